"""The office's documents: who approves, signs and registers which, and what is never anybody else's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.actor import Actor
from engine.errors import NotAllowed, NotFound
from services.accounts.actors import INSTALLER, actor_of
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.queries import CardPage, card_page
from services.cards.store_card import organisation_manner
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
    assert [one.id for one in chancery.page("doc_lawyer").actions] == ["agree", "agree_and_pass", "refuse"]
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
