"""An outside worker needs longer, lets a task go, or takes a particular one."""

from __future__ import annotations

from sqlalchemy import or_, update

from engine.jobs.leases import database_now
from engine.runtime.commands.external import change, named, refuse, seconds
from engine.store.models import ExternalTask
from engine.store.unit_of_work import UnitOfWork


def extend_lock(work: UnitOfWork, ref: str, worker: str | None, duration: int) -> None:
    """From now on *duration* milliseconds more; also after the lock ran out, while nobody else has it."""
    change(work, ref, named(worker), free_at=database_now(work.session, seconds(duration)))


def lock_external_task(work: UnitOfWork, ref: str, worker: str | None, duration: int) -> None:
    """Take exactly this task. Raises Conflict("external-task-held") while another worker has it."""
    worker, session = named(worker), work.session
    free = or_(
        ExternalTask.worker.is_(None), ExternalTask.worker == worker, ExternalTask.free_at <= database_now(session)
    )
    taken = update(ExternalTask).where(ExternalTask.ref == ref, ExternalTask.state == "waiting", free)
    values = {"worker": worker, "free_at": database_now(session, seconds(duration))}
    if session.execute(taken.values(values).returning(ExternalTask.id)).one_or_none() is None:
        refuse(session, ref, worker)


def unlock_external_task(work: UnitOfWork, ref: str) -> None:
    """Whoever holds it, holds it no more: it can be fetched at once. Unlocking what is free changes nothing."""
    freed = update(ExternalTask).where(ExternalTask.ref == ref)
    values = {"worker": None, "free_at": database_now(work.session)}
    if work.session.execute(freed.values(values).returning(ExternalTask.id)).one_or_none() is None:
        refuse(work.session, ref, "")
