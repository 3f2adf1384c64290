"""Give a task to somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.runtime.commands.claim_task import hand_over
from engine.runtime.commands.complete_task import name_of
from engine.runtime.commands.running import must_run
from engine.store.models import Task
from engine.store.repositories import locked_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def reassign_task(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    task_id: int,
    to_account_id: int,
    *,
    revision: int | None = None,
) -> Task:
    """Whether this actor may give the task away is the office's question, asked before."""
    found = locked_task(work.session, actor, task_id)
    task = found.task
    work.session.refresh(task)
    if task.state != "open":
        raise Conflict("task-already-completed", who=name_of(engine, work, task.ended_by), at=task.ended_at)
    must_run(found.locked.instance)
    if revision is not None and revision != task.revision:
        raise Conflict("task-changed", task=task_id, revision=task.revision)
    if name_of(engine, work, to_account_id) is None:
        raise NotFound("account-not-found", account=to_account_id)
    hand_over(engine, work, actor, found, to_account_id, "task.reassign")
    return task
