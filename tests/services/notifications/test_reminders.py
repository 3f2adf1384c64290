"""A term that is near or past is spoken of once, to those who can still do something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from engine.clock import ManualClock
from engine.store.models import Job, Task
from services.accounts.models import Account
from services.bootstrap import Office
from services.notifications.models import Notice
from services.notifications.remind import OVERDUE, REMIND, SOON, near_at, remind
from tests.services.inbox.road import Road

AT = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)


@pytest.fixture
def road(office: Office, clock: ManualClock) -> Road:
    return Road(office, clock)


def reminded(road: Road) -> list[tuple[str, str]]:
    """Who was told what: first what was near, then what was past."""
    asked = (
        select(Account.login, Notice.kind)
        .join(Notice, Notice.account_id == Account.id)
        .where(Notice.kind.in_((SOON, OVERDUE)))
        .order_by(Notice.kind, Account.login)
    )
    with road.office.database.reading() as session:
        return [tuple(row) for row in session.execute(asked)]


@pytest.mark.parametrize(
    ("term", "before"),
    [
        (timedelta(days=10), timedelta(days=2, hours=12)),
        (timedelta(days=1), timedelta(hours=6)),
        (timedelta(hours=8), timedelta(hours=4)),
        (timedelta(hours=2), timedelta(minutes=30)),
    ],
)
def test_a_term_is_near_in_its_last_quarter_or_its_last_four_hours(term: timedelta, before: timedelta) -> None:
    assert near_at(AT, AT + term) == AT + term - before


def test_a_group_s_task_is_spoken_of_when_its_term_is_near_and_when_it_is_past(road: Road) -> None:
    road.file()
    road.clock.move(timedelta(hours=17))
    road.drain()
    assert reminded(road) == []
    road.clock.move(timedelta(hours=2))
    road.drain()
    road.drain()
    assert reminded(road) == [("clerk", SOON), ("clerk2", SOON)]
    road.clock.move(timedelta(hours=6))
    road.drain()
    road.clock.move(timedelta(days=30))
    road.drain()
    late = reminded(road)[2:]
    assert late == [("clerk", OVERDUE), ("clerk2", OVERDUE), ("store101", OVERDUE)]
    assert road.incidents() == []


def test_a_task_done_in_time_is_not_spoken_of(road: Road) -> None:
    road.registered()
    road.clock.move(timedelta(hours=20))
    road.does("manager", "assign", "accept")
    executor = road.executor()
    assert reminded(road) == []
    road.clock.move(timedelta(days=30))
    road.drain()
    told = reminded(road)
    assert [kind for login, kind in told if login == executor] == [SOON, OVERDUE]
    assert [login for login, kind in told if kind == OVERDUE and login in {"clerk", "manager"}] == []


def test_said_twice_it_is_told_once_in_a_bounded_number_of_statements(road: Road) -> None:
    road.file()
    said: list[str] = []
    event.listen(road.office.database.pool, "before_cursor_execute", lambda *args: said.append(args[2]))

    def twice(work: object) -> list[int]:
        task = work.session.scalars(select(Task)).one()  # type: ignore[attr-defined]
        return [remind(road.office, work, task, OVERDUE) for _ in range(2)]  # type: ignore[arg-type]

    assert road.office.database.run(twice) == [3, 0]
    assert len(said) < 40, said
    with road.office.database.reading() as session:
        assert len(session.scalars(select(Job).where(Job.kind == REMIND)).all()) == 1
