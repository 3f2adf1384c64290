"""The office's documents: who approves, signs and registers which, and what is never anybody else's."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.jobs import drain
from engine.store.models import Task
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.models import Account
from services.approval.models import ApprovalRound
from services.approval.queries import approval_sheet
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.alike import alike_cards, hints_while_entering
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.judge_alike import judge_alike
from services.cards.linked_cards import linked_cards
from services.cards.models import Card
from services.cards.older_cards import mapped
from services.cards.queries import CardPage, card_page
from services.cards.store_card import organisation_manner
from services.fields import Manner
from services.inbox.complete_task import complete_task
from services.parties.models import Party
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from services.solutions.read_card_type import read_card_type
from tests.services.conftest import office  # noqa: F401 - a fixture
from tests.solutions.shelves import ROOT

LETTER: dict[str, Any] = {
    "addressee": {"name": "Clara"},
    "kind": "letter",
    "subject": "The term",
    "body": "<p>On Friday.</p>",
}
APPROVED_BY = {"approvers": ["doc_lawyer", "doc_head"], "approval_order": "in_turn", "signer": "doc_director"}
AGREE, REFUSE = {"outcome": "agree"}, {"outcome": "refuse", "remark": "No term"}


class Chancery:
    """The office with its people, and a letter a specialist has written."""

    def __init__(self, office: Office) -> None:  # noqa: F811
        self.office = office
        bundle = read_folder(ROOT, "office")
        assert deploy_solution(office, INSTALLER, bundle).deployment_id
        load_demo(
            office, INSTALLER, bundle.files["demo/units.csv"], bundle.files["demo/accounts.csv"], "a demo password"
        )
        self.ref = create_card(office, self.who("doc_specialist"), NewCard("outgoing", LETTER)).ref

    def who(self, login: str) -> Actor:
        with self.office.database.reading() as session:
            return actor_of(self.office, session, login)

    def manner(self) -> Manner:
        with self.office.database.reading() as session:
            return organisation_manner(self.office, session)

    def page(self, login: str) -> CardPage:
        with self.office.database.reading() as session:
            return card_page(self.office, session, self.who(login), self.ref, organisation_manner(self.office, session))

    def press(self, login: str, transition: str, values: dict[str, Any] | None = None) -> str:
        page = self.page(login)
        return act_on_card(self.office, self.who(login), self.ref, transition, values or {}, page.revision)

    def open_tasks(self) -> list[tuple[str, str]]:
        """Who is asked what."""
        with self.office.database.reading() as session:
            asked = select(Account.login, Task.element).join(Account, Account.id == Task.assignee_id)
            return session.execute(asked.where(Task.state == "open").order_by(Task.id)).all()

    def decides(self, login: str, values: dict[str, str]) -> str:
        """Somebody completes the task of theirs; gives the state of the document."""
        with self.office.database.reading() as session:
            account = select(Account.id).where(Account.login == login).scalar_subquery()
            task = session.scalars(select(Task.ref).where(Task.assignee_id == account, Task.state == "open")).one()
        complete_task(self.office, self.who(login), task, values, manner=self.manner())
        drain(self.office.engine)
        with self.office.database.reading() as session:
            return session.scalars(select(Card.state).where(Card.ref == self.ref)).one()

    def outcomes(self) -> list[str | None]:
        with self.office.database.reading() as session:
            return list(session.scalars(select(ApprovalRound.outcome).order_by(ApprovalRound.id)))

    def sheet(self) -> list[list[tuple[str, str]]]:
        """The visas of every round, the first round first."""
        with self.office.database.reading() as session:
            card = session.scalars(select(Card.id).where(Card.ref == self.ref)).one()
            rounds = approval_sheet(session, card)
        return [[(visa.login, visa.decision) for visa in one.visas] for one in reversed(rounds)]


@pytest.fixture
def chancery(office: Office) -> Chancery:  # noqa: F811
    return Chancery(office)


def test_any_number_of_named_people_approve_one_after_the_other_and_only_the_named_signer_signs(
    chancery: Chancery,
) -> None:
    three = ["doc_lawyer", "doc_head", "doc_registrar"]
    assert chancery.press("doc_specialist", "to_approval", {**APPROVED_BY, "approvers": three}) == "approval"
    for login in three:
        assert chancery.open_tasks() == [(login, "approve_in_turn")]
        assert chancery.page(login).actions == chancery.page("doc_director").actions == ()
        chancery.decides(login, AGREE)
    assert chancery.page("doc_specialist").state.id == "signing" and chancery.open_tasks() == []
    assert chancery.sheet() == [[(login, "agreed") for login in three]]
    with pytest.raises(NotAllowed):
        chancery.press("doc_head", "sign")
    assert chancery.press("doc_director", "sign") == "signed"
    assert chancery.press("doc_registrar", "register") == "registered"
    assert chancery.page("doc_specialist").number == "ИСХ-2026/00001"


def test_a_refusal_in_turn_stops_the_round_and_the_next_one_begins_from_the_start(chancery: Chancery) -> None:
    chancery.press("doc_specialist", "to_approval", APPROVED_BY)
    assert chancery.decides("doc_lawyer", REFUSE) == "rework"
    assert chancery.sheet() == [[("doc_lawyer", "refused"), ("doc_head", "skipped")]]
    chancery.press("doc_specialist", "to_approval", APPROVED_BY)
    assert chancery.open_tasks() == [("doc_lawyer", "approve_in_turn")]


def test_asked_all_at_once_everybody_is_heard_before_it_goes_back(chancery: Chancery) -> None:
    chancery.press("doc_specialist", "to_approval", {**APPROVED_BY, "approval_order": "together"})
    assert chancery.open_tasks() == [("doc_lawyer", "approve"), ("doc_head", "approve")]
    assert chancery.decides("doc_lawyer", REFUSE) == "approval"
    assert chancery.decides("doc_head", {"outcome": "remarks", "remark": "Add the bill"}) == "rework"
    assert chancery.sheet() == [[("doc_lawyer", "refused"), ("doc_head", "remarks")]]


def test_the_author_takes_it_back_and_nobody_is_asked_any_more(chancery: Chancery) -> None:
    chancery.press("doc_specialist", "to_approval", APPROVED_BY)
    assert "withdraw" not in [one.id for one in chancery.page("doc_lawyer").actions]
    assert chancery.press("doc_specialist", "withdraw") == "rework"
    assert [one.id for one in chancery.page("doc_specialist").actions] == [], "the route is still being closed"
    with pytest.raises(Conflict, match="card-process-runs"):
        chancery.press("doc_specialist", "to_approval", APPROVED_BY)
    drain(chancery.office.engine)
    assert chancery.open_tasks() == []
    assert chancery.sheet() == [[("doc_lawyer", "skipped"), ("doc_head", "skipped")]]
    assert chancery.outcomes() == ["withdrawn"]
    assert [one.id for one in chancery.page("doc_specialist").actions] == ["to_approval"]
    assert chancery.press("doc_specialist", "to_approval", {**APPROVED_BY, "approvers": ["doc_head"]}) == "approval"
    assert chancery.decides("doc_head", AGREE) == "signing"


def test_two_approvers_of_an_earlier_version_become_the_first_of_many() -> None:
    with (ROOT / "processes" / "office" / "cards" / "outgoing.toml").open("rb") as file:
        type, _ = read_card_type(tomllib.load(file))
    assert type is not None
    for before, after in (
        ({"approver": "doc_lawyer", "second_approver": "doc_head"}, ["doc_lawyer", "doc_head"]),
        ({"approver": "doc_lawyer", "second_approver": "doc_lawyer"}, ["doc_lawyer"]),
        ({"approvers": ["doc_head"]}, ["doc_head"]),
    ):
        once = mapped(before, type)
        assert once == {"approvers": after} and mapped(once, type) == once


def test_who_approves_documents_sees_only_those_brought_to_them(chancery: Chancery) -> None:
    chancery.press("doc_specialist", "to_approval", {**APPROVED_BY, "approvers": ["doc_head"]})
    assert chancery.page("doc_head").state.id == "approval"
    with pytest.raises(NotFound):
        chancery.page("doc_lawyer")
    with pytest.raises(NotFound):
        chancery.page("doc_registrar")


def test_a_letter_that_came_twice_is_compared_and_the_verdict_is_kept(office: Office) -> None:  # noqa: F811
    chancery = Chancery(office)
    registrar = chancery.who("doc_registrar")
    came = {"sender": {"name": "Clara", "mail": "c@example.com"}, "their_no": "15/П", "their_date": "2025-11-12"}
    told = {"kind": "inquiry", "delivery": "post"}

    def entered(**values: Any) -> str:
        return create_card(office, registrar, NewCard("incoming", {**came, **told, **values})).ref

    def alike(ref: str, login: str = "doc_registrar") -> list[tuple[str, tuple[str, ...]]]:
        with office.database.reading() as session:
            found = alike_cards(office, session, chancery.who(login), ref, chancery.manner())
        return [(one.card.ref, tuple(field.label for field in one.fields if not field.same)) for one in found.cards]

    first = entered(subject="The term")
    other = entered(subject="The price", their_no="16/П")
    again = entered(subject="When will it be", delivery="mail")
    assert alike(first) == [(again, ("Способ доставки", "Краткое содержание"))] and alike(other) == []
    with pytest.raises(NotFound):
        alike(again, "doc_specialist")
    with office.database.reading() as session:
        typed = {
            "sender": session.scalars(select(Party.ref).order_by(Party.id)).all()[-1],
            "their_no": "۱۵/П ",
            "their_date": "12.11.2025",
        }
        hints = hints_while_entering(office, session, registrar, "incoming", typed, chancery.manner())
        assert [one.card.ref for one in hints.alike] == [again, first] and [one.ref for one in hints.earlier] == [other]
        with pytest.raises(NotFound):
            hints_while_entering(office, session, chancery.who("doc_director"), "incoming", typed, chancery.manner())

    judge_alike(office, registrar, again, first, "duplicate")
    assert alike(first) == alike(again) == []
    third = entered(subject="The term once more")
    judge_alike(office, registrar, third, first, "different")
    assert [ref for ref, _ in alike(third)] == [again]
    with office.database.reading() as session:
        card = session.scalars(select(Card).where(Card.ref == third)).one()
        rows = linked_cards(office, session, registrar, card.id, chancery.manner())
    assert [(row.other.ref, row.made_by) for row in rows if row.kind == "not_duplicate_of"] == [
        (first, "Делопроизводитель канцелярии")
    ]
    with pytest.raises(Invalid, match="link-refused"):
        judge_alike(office, registrar, third, again, "perhaps")
