"""The inbox as a list: filters, words, pages, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from engine.errors import Invalid
from engine.store.models import Task
from services.inbox.claim_task import claim_task
from services.inbox.complete_task import complete_task
from services.inbox.find_tasks import TaskQuery, find_tasks
from services.inbox.walk import MANY
from tests.services.cards.test_list_cost import examined, listening
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
    assert statements() == one <= 7


def test_a_page_looks_at_no_more_of_twenty_thousand_tasks_than_of_fifty_pages(road: Road) -> None:
    road.file("1")
    with road.office.database.unit_of_work() as work:
        (task,) = work.session.scalars(select(Task).where(Task.state == "open"))
        columns = [
            column.key for column in Task.__table__.columns if column.key not in ("id", "ref", "token", "due_at")
        ]
        same = ", ".join(columns)
        numbers = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 20000)"
        due = "CASE WHEN n.value % 3 = 0 THEN NULL WHEN n.value % 2 = 0 THEN '2031-01-01 00:00:00.000000' ELSE "
        due += "'2031-02-01 00:00:00.000000' END"
        if not road.office.database.is_sqlite:
            due = f"CAST({due} AS timestamp with time zone)"
        copied = f"{numbers} INSERT INTO task (ref, token, due_at, {same}) SELECT 'x' || n.value, 'x' || n.value, {due}"
        work.session.execute(text(f"{copied}, {same} FROM task, n WHERE task.id = {task.id}"))
        taken_over = "INSERT INTO task_candidate (task_id, principal_id, state, due_at) "
        taken_over += "SELECT t.id, c.principal_id, t.state, t.due_at"
        known = f"FROM task t, task_candidate c WHERE c.task_id = {task.id} AND t.id > {task.id}"
        work.session.execute(text(f"{taken_over} {known}"))
    with road.office.database.unit_of_work() as work:
        for table in ("task", "task_candidate"):
            work.session.connection().exec_driver_sql(f"ANALYZE {table}")
    page = road.inbox("clerk")
    assert (page.counts.all, page.counts.group, page.counts.overdue) == (MANY, MANY, 0)
    seen, cursor = set(), None
    for _ in range(3):
        with listening(road.office) as said:
            page = road.inbox("clerk", limit=25, cursor=cursor)
        walked = [
            examined(road.office, *each) for each in said if "task_candidate" in each[0] and "count(" not in each[0]
        ]
        assert len(walked) == 1
        assert walked[0][0] <= 50 * 25, walked
        seen |= {row.ref for row in page.rows}
        cursor = page.next_cursor
    assert len(seen) == 75


def test_a_program_s_list_by_term_is_the_same_walked_as_looked_through(road: Road) -> None:
    for n in range(5):
        road.file(str(n))
    claim_task(road.office, road.actor("clerk2"), road.inbox("clerk").rows[1].ref)
    actor = road.actor("clerk")
    with road.office.database.reading() as session:
        known = find_tasks(session, actor, TaskQuery(unassigned=True))
        slowly = TaskQuery(unassigned=True, definition_key=known[0].definition_key)
        for first, size in ((0, 100), (1, 2), (3, 5), (9, 1)):
            walked = find_tasks(
                session, actor, TaskQuery(unassigned=True), first=first, size=size, order=("due", False)
            )
            assert walked == find_tasks(session, actor, slowly, first=first, size=size, order=("due", False))
    assert len(known) == 4


def test_a_task_page_costs_a_bounded_number_of_statements(road: Road) -> None:
    from services.inbox.open_task import open_task

    road.prepared()
    ref, actor, manner = road.task("approve", "lawyer"), road.actor("lawyer"), road.manner
    seen: list[str] = []
    event.listen(road.office.database.pool, "before_cursor_execute", lambda *about: seen.append(about[2]))
    with road.office.database.reading() as session:
        open_task(road.office, session, actor, ref, manner)
    assert len(seen) <= 25, len(seen)
