"""The office's documents: who approves, signs and registers which, and what is never anybody else's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from services.accounts.actors import INSTALLER, actor_of
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.alike import alike_cards, hints_while_entering
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.judge_alike import judge_alike
from services.cards.linked_cards import linked_cards
from services.cards.models import Card
from services.cards.queries import CardPage, card_page
from services.cards.store_card import organisation_manner
from services.fields import Manner
from services.parties.models import Party
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from tests.services.conftest import office  # noqa: F401 - a fixture
from tests.solutions.shelves import ROOT

LETTER: dict[str, Any] = {
    "addressee": {"name": "Clara"},
    "kind": "letter",
    "subject": "The term",
    "body": "<p>On Friday.</p>",
}
APPROVED_BY = {"approver": "doc_lawyer", "second_approver": "doc_head", "signer": "doc_director"}


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


@pytest.fixture
def chancery(office: Office) -> Chancery:  # noqa: F811
    return Chancery(office)


def test_only_the_named_approvers_approve_one_after_the_other_and_only_the_named_signer_signs(
    chancery: Chancery,
) -> None:
    assert chancery.press("doc_specialist", "to_approval", APPROVED_BY) == "approval"
    assert [one.id for one in chancery.page("doc_lawyer").actions] == ["agree_and_pass", "refuse"]
    assert chancery.page("doc_head").actions == chancery.page("doc_director").actions == ()
    with pytest.raises(NotAllowed):
        chancery.press("doc_head", "agree_and_pass")
    with pytest.raises(Exception, match="card-guard"):
        chancery.press("doc_lawyer", "agree")
    assert chancery.press("doc_lawyer", "agree_and_pass") == "second_approval"
    assert chancery.press("doc_head", "agree_second") == "signing"
    with pytest.raises(NotAllowed):
        chancery.press("doc_head", "sign")
    assert chancery.press("doc_director", "sign") == "signed"
    assert chancery.press("doc_registrar", "register") == "registered"
    assert chancery.page("doc_specialist").number == "ИСХ-2026/00001"


def test_who_approves_documents_sees_only_those_brought_to_them(chancery: Chancery) -> None:
    chancery.press("doc_specialist", "to_approval", {"approver": "doc_head", "signer": "doc_director"})
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
