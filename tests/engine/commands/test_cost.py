"""What a plain completion costs in statements: the same whatever else is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from engine import Engine
from engine.store.unit_of_work import Database
from tests.engine.drawing import drawing, end, flow, path, start, task
from tests.engine.office import ANNA, asking, complete, deployed, open_tasks, started

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
    assert cost(instance) == first


def _open_in(session: Any, instance_id: int) -> list[int]:
    from engine import queries

    return [task.id for task in queries.open_tasks(session, instance_id)]
