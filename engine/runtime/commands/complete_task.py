"""Complete a user task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Conflict, NotAllowed, NotFound
from engine.runtime.commands.rules import may_complete, may_see
from engine.runtime.commands.running import awake, blaming
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import Instance, Task
from engine.store.repositories import LockedTask, locked_task
from engine.store.rows import change_if
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def complete_task(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    task_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
) -> Instance:
    """
    Complete the task and run the instance to its next wait states, all in this transaction.

    `values` become variables as Camunda's setVariable sets them; `outcome` is also kept as `<element>_outcome`. With
    `revision` the task must still be the one the person saw. The second of two raises Conflict
    `task-already-completed` with who and at.
    """
    return complete_locked(engine, work, actor, locked_task(work.session, actor, task_id), values, revision=revision)


def complete_locked(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    found: LockedTask,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
) -> Instance:
    """The same for a task whose instance is locked already in this unit of work."""
    task = found.task
    _allow(engine, work, actor, found, revision)
    _close(engine, work, actor, task)
    run = awake(engine, work, actor, found.locked, {} if found.part is None else {task.token: found.part})
    with blaming(run.instance.id, task.token):
        run.execution.complete(task.token, _with_outcome(task.element, values))
        run.execution.advance()
        write(run, "complete_task", [task])
    audit.record(
        work.session,
        actor,
        "task.complete",
        f"task:{task.id}",
        run.world.moment,
        unit_id=task.unit_id,
        element=task.element,
    )
    return run.instance


def _with_outcome(element: str, values: Mapping[str, Any]) -> dict[str, Any]:
    outcome = {f"{element}_outcome": values["outcome"]} if "outcome" in values else {}
    return {**values, **outcome}


def _allow(engine: Engine, work: UnitOfWork, actor: Actor, found: LockedTask, revision: int | None) -> None:
    task = found.task
    must_be_open(engine, work, actor, task, found.candidate)
    if not may_complete(actor, task.assignee_id, found.candidate):
        raise NotAllowed("task-of-another", who=name_of(engine, work, task.assignee_id))
    if revision is not None and revision != task.revision:
        raise Conflict("task-changed", task=task.id, revision=task.revision)


def _close(engine: Engine, work: UnitOfWork, actor: Actor, task: Task) -> None:
    """By compare-and-set: on PostgreSQL the row was perhaps read before the lock was granted."""
    closed = {
        "state": "completed",
        "ended_at": engine.clock.now(),
        "ended_by": actor.account_id,
        "acting_for": actor.acting_for,
        "revision": task.revision + 1,
    }
    if not change_if(work.session, task, closed, state="open", revision=task.revision):
        work.session.refresh(task)
        must_be_open(engine, work, actor, task, candidate=True)
        raise Conflict("task-changed", task=task.id, revision=task.revision)


def must_be_open(engine: Engine, work: UnitOfWork, actor: Actor, task: Task, candidate: bool) -> None:
    """
    Refuse a task that is not open any more, saying who was faster; to strangers it does not exist.

    Whoever was entitled to it keeps seeing what became of it: the holder, the candidates, and who completed it.
    """
    if not (may_see(actor, task.assignee_id, candidate) or may_see(actor, task.ended_by, candidate)):
        raise NotFound("task-not-found", task=task.id)
    if task.state == "completed":
        raise Conflict("task-already-completed", who=name_of(engine, work, task.ended_by), at=task.ended_at)
    if task.state != "open":
        raise Conflict("task-cancelled", at=task.ended_at)


def name_of(engine: Engine, work: UnitOfWork, account_id: int | None) -> str | None:
    """Who it was, for people."""
    return None if account_id is None else engine.people.account_name(work.session, account_id)
