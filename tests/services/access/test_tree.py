"""What a place in the tree of units gives: to a branch's manager, to heads, and to nobody below them."""

from __future__ import annotations

import random
from datetime import date

import pytest
from sqlalchemy import event, select

from engine.actor import MACHINE
from engine.jobs import drain
from engine.store.unit_of_work import UnitOfWork
from services.access.follow_moves import BATCH
from services.access.models import CardAccess
from services.access.queries import standing, visible_cards
from services.access.rules import visible_fields
from services.accounts.actors import INSTALLER
from services.accounts.memberships import move_to_unit, set_groups, substitute
from services.bootstrap import Office
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card
from services.organisation.change_unit import UnitFacts, change_unit
from services.organisation.units import units
from tests.services.access.changes import Changing
from tests.services.letters import acting


@pytest.fixture
def letter(office: Office) -> int:
    """A letter about store 101, which hangs below the north branch; north-1 is beside the store, south elsewhere."""
    changing = Changing(office, random.Random(1)).furnish(cards=1)
    hang(office, "101", "north")
    hang(office, "north-1", "101")
    drain(office.engine)
    return changing.cards[0]


def hang(office: Office, code: str, parent: str | None, head: str | None = None) -> None:
    with office.database.reading() as session:
        row = next(one for one in units(session) if one.code == code)
    change_unit(office, INSTALLER, code, UnitFacts(row.names, row.kind, parent, head or row.head), row.revision)


def works(office: Office, login: str, unit: str, *groups: str) -> None:
    set_groups(office, INSTALLER, login, set(groups))
    move_to_unit(office, INSTALLER, login, unit)
    drain(office.engine)


def sees(office: Office, login: str, id: int) -> bool:
    """By the list and by the rules, which agree."""
    with office.database.reading() as session:
        card, actor = session.get_one(Card, id), acting(office, login)
        listed = session.scalar(select(Card.id).where(Card.id == id, visible_cards(actor))) is not None
        place = standing(session, actor, card, office.shelf.card_type(session, card.type))
        assert listed == bool(place.mask & 1)
        return listed


def test_a_manager_sees_what_is_in_the_branch_and_below_and_nobody_else_does(office: Office, letter: int) -> None:
    works(office, "boris", "north", "lawyer")
    works(office, "eva", "north")
    works(office, "dmitri", "north-1", "lawyer")
    works(office, "greta", "south", "lawyer")

    assert sees(office, "boris", letter)
    assert not sees(office, "eva", letter), "she works in the branch, but is no manager of it"
    assert not sees(office, "dmitri", letter), "the manager of an office below sees nothing of the store above it"
    assert not sees(office, "greta", letter), "the manager of another branch"


def test_the_group_held_in_one_unit_and_the_work_in_another_do_not_add_up(office: Office, letter: int) -> None:
    works(office, "boris", "south", "lawyer")
    works(office, "eva", "north")
    substitute(office, INSTALLER, "boris", "eva", date(2026, 11, 1), None)

    assert not sees(office, "eva", letter), "as Boris she is the lawyer of the south, as herself nobody of the north"
    works(office, "boris", "north", "lawyer")
    assert sees(office, "eva", letter), "now she stands in for the lawyer of the north"


def test_a_manager_sees_only_the_fields_of_the_rule(office: Office, letter: int) -> None:
    works(office, "boris", "north", "lawyer")
    with office.database.reading() as session:
        card = session.get_one(Card, letter)
        type = office.shelf.card_type(session, card.type)
        assert visible_fields(type, standing(session, acting(office, "boris"), card, type)) == {"kind", "subject"}


def test_a_unit_that_hangs_elsewhere_takes_its_cards_along(office: Office, letter: int) -> None:
    works(office, "boris", "north", "lawyer")
    works(office, "greta", "south", "lawyer")
    others = office.database.run(lambda work: more_letters(office, work, BATCH + 3))
    assert sees(office, "boris", letter)
    sent: list[str] = []
    event.listen(office.database.pool, "before_cursor_execute", lambda *about: sent.append(about[2]))
    hang(office, "101", "south")
    assert len(sent) < 60, "the cards follow by a job, however many there are"

    assert drain(office.engine) >= 2, "a batch a transaction"
    for id in (letter, others[0], others[-1]):
        assert sees(office, "greta", id)
        assert not sees(office, "boris", id)


def more_letters(office: Office, work: UnitOfWork, count: int) -> list[int]:
    sender = {"name": "Клара", "mail": "clara@example.org"}
    given = {"kind": "claim", "text": "x", "subject": "01.01.01", "sender": sender, "store": "101"}
    anna = acting(office, "anna")
    return [create_card_in(office, work, anna, NewCard("letter", given)).id for _ in range(count)]


def test_heads_see_what_their_people_write_and_execute(office: Office, letter: int) -> None:
    works(office, "anna", "north-1", "clerk")
    works(office, "eva", "south")
    assert not sees(office, "eva", letter)

    hang(office, "101", "north", head="eva")
    assert sees(office, "eva", letter), "head of a unit above the one its author works in"
    hang(office, "101", "north", head="greta")
    assert not sees(office, "eva", letter), "and no longer head"

    works(office, "anna", "south", "clerk")
    hang(office, "south", None, head="dmitri")
    assert sees(office, "dmitri", letter), "the author works in his unit now"
    with office.database.reading() as session:
        given = select(CardAccess.principal_id).where(CardAccess.card_id == letter)
        assert len(session.scalars(given).all()) < 12, "outcomes for principals, never expanded members"


def test_an_executors_head_may_only_what_the_state_gives(office: Office, letter: int) -> None:
    works(office, "boris", "north-1", "lawyer")
    hang(office, "north-1", "101", head="eva")
    due = {"executor": "boris", "due": "01.12.2026"}
    office.database.run(lambda work: change_card_in(office, work, MACHINE, letter, due))

    assert not sees(office, "eva", letter), "the letter is not in work yet"
