"""Printed forms are checked with the solution, and an order to print is done once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from engine.actor import MACHINE
from engine.deployment.bundle import Bundle
from engine.store.models import Deployment
from services.bootstrap import Office
from services.cards.models import Card
from services.files.queries import files_of
from services.printing.check_templates import check_templates
from services.printing.print_document import PrintOrder, print_document
from services.solutions.folders import read_folder
from tests.services.inbox.road import ROOT, SLUG, Road
from tests.services.printing.papers import paper


def found(office: Office, template: bytes) -> list[tuple[str, str | None]]:
    bundle = read_folder(ROOT, SLUG)
    files = {**bundle.files, "templates_docx/reply.docx": template}
    return [(one.code, one.element) for one in check_templates(office)(replace(bundle, files=files))]


def test_the_shipped_printed_form_names_only_what_there_is(office: Office) -> None:
    assert list(check_templates(office)(read_folder(ROOT, SLUG))) == []
    assert list(check_templates(office)(Bundle("empty"))) == []


def test_what_is_wrong_with_a_printed_form_is_said_by_name(office: Office) -> None:
    assert found(office, paper("{{ card.nothing }} {{ letter.number }} {{ oops }} {{ card.text }}")) == [
        ("template-name-unknown", "card.nothing"),
        ("template-name-unknown", "oops"),
    ]
    assert found(office, paper("{% if %}")) == [("template-broken", "reply")]
    assert found(office, b"no document") == [("template-unreadable", "reply")]


def test_an_order_to_print_is_done_once(road: Road) -> None:
    road.registered()
    with road.office.database.reading() as session:
        card = session.scalars(select(Card)).one()
        deployment = session.scalars(select(Deployment)).one()
    order = PrintOrder(card.id, deployment.id, "reply", "answer", "Ответ", once="instance:1:print")
    first = print_document(road.office, MACHINE, order)
    assert print_document(road.office, MACHINE, order) == first
    assert print_document(road.office, MACHINE, replace(order, once="instance:1:again")) == first
    note = print_document(road.office, MACHINE, replace(order, file_class="common", once="instance:1:note"))
    assert note != first
    with road.office.database.reading() as session:
        made = [(row.name, row.file_class, row.version) for row in files_of(session, card.id)]
    assert made == [("Ответ.docx", "answer", 2), ("Ответ.docx", "common", 1)]  # the reply is one file with versions
