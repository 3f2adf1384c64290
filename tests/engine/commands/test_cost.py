"""What a plain completion costs in statements: the same whatever else is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from engine import Engine
from engine.clock import ManualClock
from engine.jobs import drain, sweep
from engine.store.models import InstancePart, Variable
from engine.store.unit_of_work import Database
from tests.engine.drawing import drawing, end, flow, path, start, task
from tests.engine.office import ANNA, asking, complete, deployed, open_elements, open_tasks, started

LOOP = drawing(
    "loop",
    start(),
    task("review", candidateGroups="clerks"),
    '<exclusiveGateway id="enough" default="enough_to_review"/>',
    end(),
    path("begun", "review", "enough"),
    flow("enough", "ended", "${done}"),
    flow("enough", "review"),
)


@contextmanager
def counted(database: Database) -> Iterator[dict[str, int]]:
    """Statements (without the one that opens a transaction) and commits of a block."""
    counts = {"statements": 0, "commits": 0}

    def on_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counts["statements"] += not statement.startswith("BEGIN")

    def on_commit(_connection: Any) -> None:
        counts["commits"] += 1

    event.listen(database.pool, "before_cursor_execute", on_statement)
    event.listen(database.pool, "commit", on_commit)
    yield counts
    event.remove(database.pool, "before_cursor_execute", on_statement)
    event.remove(database.pool, "commit", on_commit)


class Watched:
    """Statements of a block with their parameters."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.statements: list[tuple[str, Any]] = []

    def __enter__(self) -> Watched:
        event.listen(self.engine.database.pool, "before_cursor_execute", self._on)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine.database.pool, "before_cursor_execute", self._on)

    def _on(self, _c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        self.statements.append((statement, parameters))

    def plans(self) -> list[str]:
        """How the database finds the rows of each SELECT; a small table may be read whole, so PostgreSQL is told not to."""
        found = []
        with self.engine.database.unit_of_work() as work:
            connection = work.session.connection()
            if not self.engine.database.is_sqlite:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
                connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            for statement, parameters in self.statements:
                if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
                    how = "EXPLAIN QUERY PLAN " if self.engine.database.is_sqlite else "EXPLAIN "
                    rows: Sequence[Any] = connection.exec_driver_sql(how + statement, parameters).all()
                    found.append("\n".join(str(row[-1]) for row in rows))
        return found


@pytest.mark.parametrize("claimed", [False, True], ids=["unclaimed", "claimed"])
def test_a_completion_is_nine_statements_and_one_commit(engine: Engine, claimed: bool) -> None:
    """And a tenth when a condition asks for a variable the step has not written itself."""
    from engine.runtime.commands import claim_task

    deployed(engine, LOOP)
    instance = started(engine, "loop", variables={"done": False})
    for round_ in range(3):
        (review,) = open_tasks(engine, instance)
        if claimed:
            with engine.database.unit_of_work() as work:
                claim_task(engine, work, ANNA, review.id)
        written = {"remark": "again"} if round_ == 1 else {"done": False}
        with counted(engine.database) as counts:
            complete(engine, asking(ANNA, f"r-{round_}"), review, written)
        assert counts == {"commits": 1, "statements": 10 if round_ == 1 else 9}


def test_a_thousand_open_tasks_and_a_thousand_done_ones_cost_nothing_more(engine: Engine) -> None:
    deployed(engine, LOOP)

    def cost(instance: Any) -> dict[str, int]:
        (review,) = open_tasks(engine, instance)
        with counted(engine.database) as counts:
            complete(engine, asking(ANNA, f"r-{review.id}"), review, {"done": False})
        return counts

    instance = started(engine, "loop")
    cost(instance)
    first = cost(instance)
    with engine.database.unit_of_work() as work:
        from engine.runtime.commands import complete_task, start_instance

        for _ in range(1000):
            start_instance(engine, work, ANNA, "loop")
        for _ in range(1000):
            work.session.flush()
            (open_one,) = _open_in(work.session, instance.id)
            complete_task(engine, work, ANNA, open_one, {"done": False})
    with engine.database.unit_of_work() as work:
        work.session.connection().exec_driver_sql("ANALYZE task")
    assert cost(instance) == first

    with Watched(engine) as watched, engine.database.reading() as session:
        _open_in(session, instance.id + 1)
    (plan,) = watched.plans()
    assert "ix_task_instance" in plan and "state" in plan, "by instance and state: done tasks are not read"


def test_one_among_many_sub_processes_costs_as_one_among_few(engine: Engine) -> None:
    """Children of a wide multi-instance sleep in rows of their own, with all that is inside them; a veto takes them away."""
    many = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person">'
    many += '<completionCondition xsi:type="tFormalExpression">${stop}</completionCondition>'
    many += "</multiInstanceLoopCharacteristics>"
    inside = start("in") + task("ask", candidateGroups="clerks") + task("answer", candidateGroups="clerks") + end("out")
    each = f'<subProcess id="each">{many}{inside}{path("in", "ask", "answer", "out")}</subProcess>'
    deployed(engine, drawing("poll", start(), each, task("sum"), end(), path("begun", "each", "sum", "ended")))

    def cost(among: int) -> list[int]:
        poll = started(engine, "poll", variables={"people": list(range(among)), "stop": False})
        ask = open_tasks(engine, poll)[among // 2]
        with counted(engine.database) as asked:
            complete(engine, asking(ANNA, f"a-{ask.id}"), ask)
        answer = next(one for one in open_tasks(engine, poll) if one.element == "answer")
        with counted(engine.database) as answered:
            complete(engine, asking(ANNA, f"b-{answer.id}"), answer)
        last = open_tasks(engine, poll)[0]
        complete(engine, asking(ANNA, f"c-{last.id}"), last)
        answer = next(one for one in open_tasks(engine, poll) if one.element == "answer")
        complete(engine, asking(ANNA, f"d-{answer.id}"), answer, {"stop": True})
        assert open_elements(engine, poll) == ["sum"]
        assert _rows_of(engine, poll.id) == 0
        return [asked["statements"], answered["statements"]]

    assert cost(200) == cost(20)


def _rows_of(engine: Engine, instance_id: int) -> int:
    """Sleeping children and variables inside them that were left behind."""
    with engine.database.reading() as session:
        parts = select(func.count()).where(InstancePart.instance_id == instance_id)
        inside = select(func.count()).where(Variable.instance_id == instance_id, Variable.scope != "")
        return (session.scalar(parts) or 0) + (session.scalar(inside) or 0)


def _open_in(session: Any, instance_id: int) -> list[int]:
    from engine import queries

    return [task.id for task in queries.open_tasks(session, instance_id)]


WAITING = drawing(
    "waiting",
    start(),
    '<parallelGateway id="all"/>',
    '<receiveTask id="letter" messageRef="m"/>',
    '<intermediateCatchEvent id="bell"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>',
    '<intermediateCatchEvent id="term"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition>'
    "</intermediateCatchEvent>",
    *(end(f"{id}_over") for id in ("letter", "bell", "term")),
    flow("begun", "all"),
    *(path("all", id, f"{id}_over") for id in ("letter", "bell", "term")),
    also='<message id="m" name="letter"/><signal id="s" name="bell"/>',
)


def test_messages_signals_and_timers_are_found_whatever_else_waits(engine: Engine, clock: ManualClock) -> None:
    """The same statements at 10 and at 10,000 waiting, and every row by an index."""
    from engine.runtime.commands import broadcast_signal, deliver_message

    deployed(engine, WAITING)

    def cost(key: str) -> list[dict[str, int]]:
        started(engine, "waiting", business_key=key)
        found = []
        with counted(engine.database) as counts:
            assert sweep(engine) == []
        found.append(counts)
        with counted(engine.database) as counts, engine.database.unit_of_work() as work:
            deliver_message(engine, work, ANNA, "letter", business_key=key)
        found.append(counts)
        with counted(engine.database) as counts, engine.database.unit_of_work() as work:
            assert broadcast_signal(engine, work, ANNA, "bell") == 1
        found.append(counts)
        assert drain(engine) == 1
        clock.move(timedelta(days=3))
        with counted(engine.database) as counts:
            assert drain(engine) == 1
        found.append(counts)
        return found

    def others(count: int) -> None:
        """As many wait for another letter, another bell and a later term."""
        numbers = f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {count})"
        same = "instance_id, token, element, kind, details, created_at"
        with engine.database.unit_of_work() as work:
            for kind in ("message", "signal", "timer"):
                due = "NULL" if kind != "timer" else "'2036-01-01 00:00:00.000000'"
                copied = f"""{numbers} INSERT INTO wait ({same}, name, due_at) SELECT instance_id, token || '-' || n.value,
                    element, kind, details, created_at, 'other-' || n.value, {due} FROM wait, n
                    WHERE wait.id = (SELECT max(id) FROM wait WHERE kind = '{kind}')"""
                work.session.execute(text(copied))

    started(engine, "waiting", business_key="first")
    with engine.database.unit_of_work() as work:
        work.session.execute(text("UPDATE wait SET name = 'elsewhere'"))
        work.session.execute(text("UPDATE wait SET due_at = '2036-01-01 00:00:00.000000' WHERE due_at IS NOT NULL"))
    others(10)
    few = cost("A-1")
    others(10_000)
    with engine.database.unit_of_work() as work:
        work.session.connection().exec_driver_sql("ANALYZE wait")
    assert cost("A-2") == few

    with Watched(engine) as watched, engine.database.unit_of_work() as work:
        sweep(engine)
        broadcast_signal(engine, work, ANNA, "bell")
    of_waits = [plan for plan in watched.plans() if "wait" in plan]
    assert of_waits
    assert not [plan for plan in of_waits if "SCAN wait" in plan or "Seq Scan on wait" in plan]
