"""An admin or a program says how many tries an external task has, and how urgent it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from engine.actor import Actor
from engine.errors import NotFound
from engine.runtime.commands.external import give_up, may_be_fetched_again, retries_of
from engine.store import audit
from engine.store.models import ExternalTask
from engine.store.repositories import locked_external_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def set_external_retries(engine: Engine, work: UnitOfWork, actor: Actor, ref: str, retries: int) -> None:
    """More than none resolves its incident and lets it be fetched; none makes an incident."""
    left = retries_of(retries)
    found = locked_external_task(work.session, ref)
    task, instance = found.task, found.locked.instance
    if left:
        task.retries = left
        may_be_fetched_again(engine, work, actor, instance, task)
    elif task.state != "failed":
        give_up(engine, work, actor, task, message=task.error, details=task.error_details)
    where = f"instance:{instance.id}"
    audit.record(
        work.session, actor, "external-task.retries", where, engine.clock.now(), element=task.element, retries=left
    )


def set_external_priority(work: UnitOfWork, ref: str, priority: int) -> None:
    """The higher, the earlier it is fetched."""
    rank = -max(-(2**31) + 1, min(priority, 2**31 - 1))
    changed = update(ExternalTask).where(ExternalTask.ref == ref).values(rank=rank).returning(ExternalTask.id)
    if work.session.execute(changed).one_or_none() is None:
        raise NotFound("external-task-not-found", task=ref)
