"""Programs and their keys, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.actor import Actor
from engine.clock import ManualClock
from engine.errors import Invalid, NotAllowed, NotFound
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.accounts.machines import KnownPasswords, Machine, machine_by_password, machine_by_token, note_machine
from services.accounts.memberships import set_groups
from services.accounts.queries import tokens
from services.accounts.revoke_token import revoke_token
from services.bootstrap import Office
from tests.engine.commands.test_cost import counted

PASSWORD = "a long sentence of words"
ANNA = Actor(1, "Anna", "web")


@pytest.fixture
def shop(office: Office, installer: Actor) -> str:
    new = NewAccount(
        "shop", "Shop", groups=("clerk",), roles=("engine",), password=PASSWORD, must_change_password=False
    )
    create_account(office, installer, new)
    return issue_token(office, installer, "Shop", "the till", days=30).token


def by_token(office: Office, token: str) -> Machine | None:
    return machine_by_token(office, token, ip="10.0.0.1")


def test_a_token_is_its_account_by_one_statement(office: Office, shop: str):
    with counted(office.database) as counts:
        machine = by_token(office, shop)
    assert counts["statements"] == 1
    assert machine is not None
    assert machine.actor.roles == {"clerk", "engine"}
    assert (machine.actor.name, machine.actor.via, machine.actor.ip) == ("Shop", "api", "10.0.0.1")
    assert len(machine.actor.principals) == 4  # itself, the group, the role, everyone


def test_the_token_itself_is_kept_nowhere(office: Office, shop: str):
    assert shop.startswith("chancery_")
    with office.database.reading() as session:
        (row,) = tokens(session, "shop")
        assert shop not in repr(row)
        rows = session.connection().exec_driver_sql("SELECT * FROM access_token").all()
        audited = session.connection().exec_driver_sql("SELECT details FROM audit").all()
    assert not any(shop in str(value) for row in [*rows, *audited] for value in row)


def test_the_last_visit_is_noted_for_token_and_account(office: Office, clock: ManualClock, shop: str):
    machine = by_token(office, shop)
    assert machine is not None
    assert machine.is_due_a_touch
    note_machine(office, machine)
    clock.move(timedelta(seconds=59))
    assert not by_token(office, shop).is_due_a_touch  # type: ignore[union-attr]
    clock.move(timedelta(seconds=1))
    assert by_token(office, shop).is_due_a_touch  # type: ignore[union-attr]


def test_it_ends_when_it_should(office: Office, installer: Actor, clock: ManualClock, shop: str):
    with office.database.reading() as session:
        (row,) = tokens(session)
    revoke_token(office, installer, row.id)
    assert by_token(office, shop) is None
    later = issue_token(office, installer, "shop", "another", days=1).token
    assert by_token(office, later) is not None
    clock.move(timedelta(days=1))
    assert by_token(office, later) is None


def test_only_administrators_hand_out_and_take_away(office: Office, installer: Actor, shop: str):
    with pytest.raises(NotAllowed):
        issue_token(office, ANNA, "shop", "mine")
    with pytest.raises(NotAllowed):
        revoke_token(office, ANNA, 1)
    with pytest.raises(NotFound):
        issue_token(office, installer, "nobody", "x")
    with pytest.raises(NotFound):
        revoke_token(office, installer, 999)
    for name, days in ((" ", 1), ("x" * 101, 1), ("x", 0), ("x", 100_000)):
        with pytest.raises(Invalid):
            issue_token(office, installer, "shop", name, days=days)


def test_a_password_is_known_for_a_minute_and_only_with_its_hash(office: Office, clock: ManualClock, shop: str):
    known = KnownPasswords()

    def enter(password: str) -> Machine:
        with office.database.reading() as session:
            return machine_by_password(office, session, known, " SHOP ", password)

    assert enter(PASSWORD).actor.roles == {"clerk", "engine"}
    with counted(office.database) as counts:
        enter(PASSWORD)
    assert counts["statements"] == 1
    with pytest.raises(NotAllowed, match="sign-in-refused"):
        enter("wrong")
    assert not known.has(office, PASSWORD, "another hash")
    clock.move(timedelta(seconds=61))
    with counted(office.database) as counts:
        enter(PASSWORD)
    assert counts["statements"] > 1


def test_changing_groups_leaves_the_role(office: Office, installer: Actor, shop: str):
    set_groups(office, installer, "shop", set())

    machine = by_token(office, shop)
    assert machine is not None
    assert machine.actor.roles == {"engine"}
