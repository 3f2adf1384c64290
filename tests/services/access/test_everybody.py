"""`*` in an access: whoever of staff is signed in sees the circular; customers, and who was shut out, do not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.deployment.bundle import Bundle
from engine.errors import ChanceryError, NotFound
from engine.jobs import drain
from engine.store.unit_of_work import UnitOfWork
from services.access.explain_access import explain_access
from services.access.models import CardAccess
from services.access.rewrite_access import access_of
from services.access.role_matrix import EVERYWHERE, role_matrix
from services.accounts.actors import INSTALLER
from services.accounts.models import Account
from services.accounts.shut_account import shut_account_in
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.conditions import CardFilter
from services.cards.create_card import NewCard, create_card_in
from services.cards.list_cards import list_cards
from services.cards.models import Card
from services.cards.queries import card_page
from services.fields import Manner
from services.solutions.manifest import parse_toml
from services.solutions.read_card_type import read_card_type
from tests.services.letters import CARD, acting, letters, put_on_shelf, settle_cast

REGISTERED = '\n[[access]]\nwho = "*"\nstates = ["registered"]\nmay = ["see"]\nsees_not = ["passport"]\n'
TEXT = 'key = "text"\ntype = "text"\nmultiline = true\nrequired = true'
ALWAYS = '\n[[access]]\nwho = "*"\nmay = ["see"]\n'


def opened(rule: str) -> Bundle:
    """The letters, open to everybody of staff."""
    made = letters()
    return Bundle(made.solution, {**made.files, "cards/letter.toml": (CARD + rule).encode()})


def letter(office: Office) -> str:
    values = {"kind": "claim", "text": "Просрочено", "sender": {"name": "Клара"}, "passport": "4500 000000"}
    return office.database.run(
        lambda work: create_card_in(office, work, acting(office, "anna"), NewCard("letter", values)).ref
    )


def fields(office: Office, reader: Actor, ref: str) -> set[str]:
    with office.database.reading() as session:
        page = card_page(office, session, reader, ref, Manner("ru", now=office.clock.now()))
        return {field.key for group in page.groups for field in group.fields if field.shown}


def account_of(work: UnitOfWork, login: str) -> Account:
    return work.session.scalars(select(Account).filter_by(login=login)).one()


def listed(office: Office, reader: Actor) -> list[str]:
    with office.database.reading() as session:
        page = list_cards(office, session, reader, "letter", Manner("ru", now=office.clock.now()), CardFilter())
        return [row.ref for row in page.rows]


def agrees(office: Office, ref: str) -> bool:
    """Whether what lists are asked by is what the rules come to."""
    with office.database.reading() as session:
        card = session.scalars(select(Card).where(Card.ref == ref)).one()
        kept = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == card.id)
        return dict(session.execute(kept).all()) == access_of(office, UnitOfWork(session), card)


def test_everybody_of_staff_sees_it_while_the_rule_speaks(office: Office) -> None:
    put_on_shelf(office, opened(REGISTERED))
    settle_cast(office)
    ref, dmitri = letter(office), acting(office, "dmitri")
    with pytest.raises(NotFound):
        fields(office, dmitri, ref)
    assert listed(office, dmitri) == []
    act_on_card(office, acting(office, "anna"), ref, "register", {}, None)
    assert fields(office, dmitri, ref) == {"kind", "text", "sender"} and listed(office, dmitri) == [ref]
    assert agrees(office, ref)
    with office.database.reading() as session:
        told = explain_access(office, session, dmitri, ref, None, "ru")
    assert [way.kind for rule in told.rules if rule.rule.who == "*" for way in rule.ways] == ["everyone"]


def test_a_customer_and_somebody_shut_out_are_nobody_of_staff(office: Office) -> None:
    put_on_shelf(office, opened(ALWAYS))
    settle_cast(office)
    ref, dmitri = letter(office), acting(office, "dmitri")
    assert listed(office, dmitri) == [ref] and "passport" in fields(office, dmitri, ref)
    clara = Actor(None, "Клара", via="portal", party_card_id=-1)
    assert listed(office, clara) == []
    with pytest.raises(NotFound):
        fields(office, clara, ref)
    office.database.run(lambda work: shut_account_in(office, work, INSTALLER, account_of(work, "dmitri")))
    with pytest.raises(ChanceryError):
        acting(office, "dmitri")


def test_cards_there_already_follow_a_new_version_of_the_rules(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)
    ref, dmitri = letter(office), acting(office, "dmitri")
    assert listed(office, dmitri) == []
    put_on_shelf(office, opened(ALWAYS), version=2)
    drain(office.engine)
    assert listed(office, dmitri) == [ref] and agrees(office, ref)
    with office.database.reading() as session:
        matrix = role_matrix(office.shelf.solutions(session)["letters"])
    sees = next(module for module in matrix.modules if module.what == "see")
    assert [cell.reach for cell in sees.cells] == [EVERYWHERE] * len(matrix.roles)


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("card-who-idle", 'who = ["role:head"]', 'who = ["party"]'),
        ("card-who-idle", TEXT, f'{TEXT}\nrequired_of = ["*"]'),
        ("card-right-elsewhere", 'may = ["see", "edit", "bin", "purge"]', 'may = ["see", "move"]'),
        ("card-right-elsewhere", 'may = ["see", "edit", "bin", "purge"]', 'may = ["see", "create:letter"]'),
        ("card-right-unknown", 'may = ["see", "edit", "bin", "purge"]', 'may = ["see", "read"]'),
        ("card-who-unknown", 'who = "role:head"\nmay', 'who = "everybody"\nmay'),
    ],
)  # fmt: skip
def test_what_would_give_nothing_is_refused_with_what_to_say_instead(code: str, old: str, new: str) -> None:
    assert old in CARD
    raw, _ = parse_toml(CARD.replace(old, new, 1).encode(), "cards/letter.toml")
    findings = read_card_type(raw or {}, "cards/letter.toml")[1]
    assert code in [found.code for found in findings]
    assert all(found.reason and found.remedy for found in findings)
