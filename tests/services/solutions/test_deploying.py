"""A solution with a route goes live; entering a card starts it; a second version leaves running cards alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.actor import Actor
from engine.clock import ManualClock
from engine.deployment.bundle import Bundle
from engine.errors import NotAllowed
from engine.store.models import Deployment, Instance, Task
from services.accounts.actors import INSTALLER
from services.accounts.queries import groups
from services.bootstrap import Office
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.models import Card
from services.cards.queries import card_page
from services.directories.queries import search_items
from services.fields import Manner
from services.solutions.deploy_solution import check_solution, deploy_solution
from services.solutions.export_solution import solution_files
from tests.services.letters import CARD, RU, acting, letters, settle_cast

ROUTE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t" id="d">
  <bpmn:process id="letters" isExecutable="true" camunda:historyTimeToLive="P1Y">
    <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="read"/>
    <bpmn:userTask id="read" name="Читать" camunda:candidateGroups="lawyer">
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="b" sourceRef="read" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""
VALUES = {"text": "Текст", "sender": {"name": "Клара", "mail": "clara@example.org"}}


def with_route(**more: str) -> Bundle:
    words = RU + '[task.read]\nname = "Читать"\n'
    files = {
        "letters.bpmn": ROUTE,
        "cards/letter.toml": 'process = "letters"\n' + CARD,
        "forms/read.form": '{"components": []}',
        "texts/ru.toml": words,
        "texts/en.toml": words,
    }
    return Bundle("letters", dict(letters().files) | {path: text.encode() for path, text in (files | more).items()})


@pytest.fixture
def live(office: Office) -> Office:
    result = deploy_solution(office, INSTALLER, with_route())
    assert [found.code for found in result.findings] == []
    assert result.version == 1
    settle_cast(office)
    return office


def manner(office: Office) -> Manner:
    return Manner("ru", now=office.clock.now())


def test_roles_directories_and_files_are_there(live: Office) -> None:
    with live.database.reading() as session:
        assert {row.code: row.names["ru"] for row in groups(session)}["clerk"] == "Делопроизводитель"
        assert [one.code for one in search_items(session, "subjects", "свеж", "ru", manner(live).today)] == ["01.01.01"]
        assert solution_files(session, "letters") == with_route().files


def test_entering_a_card_starts_its_process_once(live: Office) -> None:
    anna = acting(live, "anna", request_id="r-1")
    entered = create_card(live, anna, NewCard("letter", VALUES))
    assert create_card(live, anna, NewCard("letter", VALUES)) == entered
    with live.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Card)) == 1
        instance = session.scalars(select(Instance)).one()
        assert (instance.ref, instance.subject_ref) == (entered.instance, f"card:{entered.id}")
        task = session.scalars(select(Task)).one()
        assert (task.element, task.subject_ref, task.state) == ("read", f"card:{entered.id}", "open")


def test_the_same_bundle_is_deployed_once_and_a_broken_one_never(live: Office) -> None:
    assert deploy_solution(live, INSTALLER, with_route()).unchanged
    broken = with_route(**{"cards/letter.toml": CARD.replace("{seq:05}", "")})
    result = deploy_solution(live, INSTALLER, broken)
    assert result.refused and "journal-mask" in {found.code for found in result.findings}
    assert {found.code for found in check_solution(live, broken)} == {found.code for found in result.findings}
    with live.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Deployment)) == 1
    with pytest.raises(NotAllowed):
        deploy_solution(live, Actor(1, "Anna", "web"), with_route())


def test_a_second_version_is_in_force_at_once_and_old_cards_live_on(live: Office, clock: ManualClock) -> None:
    anna = acting(live, "anna")
    first = create_card(live, anna, NewCard("letter", VALUES | {"sum": "5"}))
    clock.move(timedelta(minutes=1))
    words = (RU + '[task.read]\nname = "Читать"\n').replace('sum = "Сумма"', 'sum = "Сумма, ₽"')
    second = deploy_solution(live, INSTALLER, with_route(**{"texts/ru.toml": words}))
    assert second.version == 2
    with live.database.reading() as session:
        page = card_page(live, session, anna, first.ref, manner(live))
    field = page.field("sum")
    assert field is not None
    assert (field.label, field.shown) == ("Сумма, ₽", "5")
