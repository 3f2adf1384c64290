"""Anna holds a post, then another one, then two at once; what she counts as follows the days, and nothing is rewritten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotAllowed
from engine.jobs.running import drain
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.accounts.memberships import move_to_unit
from services.accounts.models import Account, Principal
from services.bootstrap import Office
from services.organisation.appoint import appoint, appointments_of, end_appointment
from services.organisation.change_unit import UnitFacts, add_unit, change_unit, close_unit
from services.organisation.units import units

DAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def house(office: Office) -> None:
    for code, above in (("north", None), ("shop", "north"), ("south", None)):
        add_unit(office, INSTALLER, code, UnitFacts({"en": code.title()}, parent=above))
    create_account(office, INSTALLER, NewAccount("anna", "Anna", unit="shop", post="Clerk"))


def where(office: Office) -> set[str]:
    with office.database.reading() as session:
        counted = actor_of(office, session, "anna").principals
        asked = select(Principal.code).where(Principal.id.in_(counted), Principal.kind == "unit")
        return set(session.scalars(asked))


def held(office: Office) -> list[tuple[str, str, bool]]:
    with office.database.reading() as session:
        anna = session.scalar(select(Account.id).filter_by(login="anna"))
        return [(one.unit, one.post, one.active) for one in appointments_of(session, anna, "en")]


def test_a_move_keeps_the_post_before_and_rewrites_no_card(office: Office) -> None:
    assert where(office) == {"north", "shop"}
    move_to_unit(office, INSTALLER, "anna", "south")
    assert where(office) == {"south"}
    assert held(office)[0] == ("south", "Clerk", True)
    appoint(office, INSTALLER, "anna", "shop", "Head", DAY + timedelta(days=1))
    assert where(office) == {"south"}


def test_several_posts_at_once_count_together(office: Office) -> None:
    post = appoint(office, INSTALLER, "anna", "south", "Auditor", DAY, main=False)
    assert where(office) == {"north", "shop", "south"}
    with office.database.reading() as session:
        assert session.scalar(select(Account.post).filter_by(login="anna")) == "Clerk"
    end_appointment(office, INSTALLER, post, DAY)
    assert where(office) == {"north", "shop", "south"}  # the last day counts


def test_a_post_begins_and_ends_on_its_day_by_itself(office: Office, clock: ManualClock) -> None:
    appoint(office, INSTALLER, "anna", "south", "Head", DAY + timedelta(days=2), DAY + timedelta(days=3))
    assert where(office) == {"north", "shop"}
    clock.move(timedelta(days=2))
    drain(office.engine)
    assert where(office) == {"south"}
    clock.move(timedelta(days=2))
    drain(office.engine)
    assert where(office) == set()
    assert held(office) == [("south", "Head", False), ("shop", "Clerk", False)]


def test_what_cannot_be_is_said(office: Office) -> None:
    for unit, post, to_on, field in (
        ("nowhere", "x", None, "unit"),
        ("south", "x" * 300, None, "post"),
        ("south", "x", DAY - timedelta(days=1), "to_on"),
    ):
        with pytest.raises(Invalid) as refused:
            appoint(office, INSTALLER, "anna", unit, post, DAY, to_on)
        assert field in refused.value.fields
    with office.database.reading() as session, pytest.raises(NotAllowed):
        appoint(office, actor_of(office, session, "anna"), "anna", "south", "King", DAY)
    with pytest.raises(Invalid):
        change_unit(office, INSTALLER, "north", UnitFacts({"en": "North"}, parent="shop"), 1)
    with pytest.raises(Conflict, match="unit-not-empty"):
        close_unit(office, INSTALLER, "shop")


def test_a_unit_is_written_closed_and_opened(office: Office) -> None:
    assert change_unit(office, INSTALLER, "south", UnitFacts({"en": "Deep South"}, head="anna"), 1) == 2
    with pytest.raises(Conflict, match="unit-changed"):
        change_unit(office, INSTALLER, "south", UnitFacts({"en": "Other"}), 1)
    close_unit(office, INSTALLER, "south")
    close_unit(office, INSTALLER, "south")
    with pytest.raises(Invalid) as refused:
        appoint(office, INSTALLER, "anna", "south", "x", DAY)
    assert refused.value.fields["unit"][0] == "unit-closed"
    with office.database.reading() as session:
        row = next(one for one in units(session) if one.code == "south")
    assert (row.name("en"), row.head, row.closed) == ("Deep South", "anna", True)
    close_unit(office, INSTALLER, "south", closed=False)
    appoint(office, INSTALLER, "anna", "south", "x", DAY)
