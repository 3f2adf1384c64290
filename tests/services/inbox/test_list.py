"""The inbox as a list: filters, words, pages, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.errors import Invalid
from services.inbox.claim_task import claim_task
from services.inbox.complete_task import complete_task
from tests.services.inbox.road import Road


def test_filters_and_counts(road: Road) -> None:
    for n in range(4):
        road.file(str(n))
    first, second = (row.ref for row in road.inbox("clerk").rows[:2])
    claim_task(road.office, road.actor("clerk"), first)
    complete_task(road.office, road.actor("clerk"), second, {"outcome": "account"})
    road.clock.move(timedelta(hours=30))
    road.file("late")
    page = road.inbox("clerk")
    assert (page.counts.all, page.counts.mine, page.counts.group, page.counts.overdue) == (4, 1, 3, 3)
    assert [row.ref for row in road.inbox("clerk", which="mine").rows] == [first]
    assert [row.mine for row in road.inbox("clerk", which="group").rows] == [False] * 3
    assert all(row.overdue for row in road.inbox("clerk", which="overdue").rows)
    assert [row.ref for row in road.inbox("clerk", which="done").rows] == [second]
    assert road.inbox("executor").rows == () and road.inbox("executor").counts.all == 0


def test_a_task_is_found_by_what_its_card_is_called(road: Road) -> None:
    road.registered()
    road.file("second", **{"card.kind": "thanks"})
    (found,) = road.inbox("manager", words="оп-2026/00001").rows
    assert (found.number, found.name) == ("ОП-2026/00001", "Назначить исполнителя")
    assert road.inbox("manager", words="нет_такого%").rows == ()


def test_pages_follow_one_another_without_gap_or_repeat(road: Road) -> None:
    for n in range(7):
        road.file(str(n))
    whole = [row.ref for row in road.inbox("clerk").rows]
    walked, cursor = [], None
    while True:
        page = road.inbox("clerk", limit=3, cursor=cursor)
        walked += [row.ref for row in page.rows]
        if (cursor := page.next_cursor) is None:
            break
    assert walked == whole and len(whole) == 7
    for bad in ("x", "2026-01-01_", "_1", "1;drop", "2026-01-01T00:00:00_1"):
        with pytest.raises(Invalid, match="cursor-bad"):
            road.inbox("clerk", cursor=bad)


def test_a_page_costs_the_same_statements_however_many_tasks(road: Road) -> None:
    from services.inbox.queries import inbox

    seen: list[str] = []
    event.listen(road.office.database.pool, "before_cursor_execute", lambda *about: seen.append(about[2]))

    def statements() -> int:
        actor, manner = road.actor("clerk"), road.manner
        with road.office.database.reading() as session:
            seen.clear()
            inbox(road.office, session, actor, manner)
            return len([one for one in seen if one.startswith("SELECT")])

    road.file("1")
    statements()
    one = statements()
    for n in range(5):
        road.file(f"more {n}")
    assert statements() == one <= 6


def test_a_task_page_costs_a_bounded_number_of_statements(road: Road) -> None:
    from services.inbox.open_task import open_task

    road.prepared()
    ref, actor, manner = road.task("approve", "lawyer"), road.actor("lawyer"), road.manner
    seen: list[str] = []
    event.listen(road.office.database.pool, "before_cursor_execute", lambda *about: seen.append(about[2]))
    with road.office.database.reading() as session:
        open_task(road.office, session, actor, ref, manner)
    assert len(seen) <= 25, len(seen)
