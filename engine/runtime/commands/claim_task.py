"""Take a task: from now on it is in nobody else's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.deployment.loading import loaded
from engine.errors import Conflict, Invalid
from engine.runtime.commands.complete_task import must_be_open, name_of
from engine.runtime.commands.running import awake, blaming, must_run
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import Task
from engine.store.repositories import LockedTask, locked_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def claim_task(engine: Engine, work: UnitOfWork, actor: Actor, task_id: int, *, revision: int | None = None) -> Task:
    """
    The actor becomes the holder (a substitute for the person acted for stays the actor). Claiming what one holds
    changes nothing; of two claimers the second raises Conflict `task-already-claimed` with who and at.
    """
    found = held_task(engine, work, actor, task_id, revision)
    task = found.task
    if actor.account_id is None:
        raise Invalid("claim-needs-account")
    if task.assignee_id == actor.account_id:
        return task
    if task.assignee_id is not None and task.assignee_id != actor.acting_for:
        raise Conflict("task-already-claimed", who=name_of(engine, work, task.assignee_id), at=task.claimed_at)
    hand_over(engine, work, actor, found, actor.account_id, "task.claim")
    return task


def held_task(engine: Engine, work: UnitOfWork, actor: Actor, task_id: int, revision: int | None) -> LockedTask:
    """An open task this actor may see, with its instance locked and its row fresh."""
    found = locked_task(work.session, actor, task_id)
    work.session.refresh(found.task)  # on PostgreSQL it was perhaps read before the lock was granted
    must_be_open(engine, work, actor, found.task, found.candidate)
    must_run(found.locked.instance)
    if revision is not None and revision != found.task.revision:
        raise Conflict("task-changed", task=task_id, revision=found.task.revision)
    return found


def hand_over(engine: Engine, work: UnitOfWork, actor: Actor, found: LockedTask, to: int | None, action: str) -> None:
    """Write a new holder (None: nobody), once for the row and once for the record; listeners of the task hear of it."""
    task, now = found.task, engine.clock.now()
    before = task.assignee_id
    task.assignee_id, task.claimed_at, task.revision = to, (now if to is not None else None), task.revision + 1
    audit.record(work.session, actor, action, f"task:{task.id}", now, unit_id=task.unit_id, before=before, after=to)
    if not loaded(engine, work.session, task.definition_id).hears_holders:
        return
    run = awake(engine, work, actor, found.locked, {} if found.part is None else {task.token: found.part})
    with blaming(run.instance.id, task.token):
        run.execution.assigned(task.token)
        run.execution.advance()
        write(run, "assign_task")
