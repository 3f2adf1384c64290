"""Give a claimed task back to everybody who may take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from engine.actor import Actor
from engine.errors import Conflict, NotAllowed
from engine.runtime.commands.claim_task import hand_over, held_task
from engine.runtime.commands.complete_task import name_of
from engine.runtime.commands.rules import holds, is_machine
from engine.store.models import Task, TaskCandidate
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def release_task(engine: Engine, work: UnitOfWork, actor: Actor, task_id: int, *, revision: int | None = None) -> Task:
    """Only its holder may; a task drawn for exactly one person cannot go back to nobody (Conflict `nobody-else`)."""
    found = held_task(engine, work, actor, task_id, revision)
    task = found.task
    if task.assignee_id is None:
        return task
    if not (holds(actor, task.assignee_id) or is_machine(actor)):
        raise NotAllowed("task-of-another", who=name_of(engine, work, task.assignee_id))
    if not work.session.scalar(select(exists().where(TaskCandidate.task_id == task.id))):
        raise Conflict("nobody-else", task=task.id)
    hand_over(engine, work, actor, found, None, "task.release")
    return task
