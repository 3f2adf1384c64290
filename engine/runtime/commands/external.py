"""What the commands of outside workers share: whose a task is, and what becomes of one without tries left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound, ScriptFailed
from engine.jobs.incidents import OF_WORKERS, WORK_FAILED, open_incident
from engine.jobs.leases import database_now
from engine.store.models import ExternalTask, Incident, Instance
from engine.store.repositories import LockedExternalTask
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

LONGEST_LOCK = 30 * 24 * 3600.0
"""Seconds a worker may hold or put off a task."""
_MOST_RETRIES = 2**31 - 1


def seconds(milliseconds: int, *, least: int = 1) -> float:
    """A time a worker asked for. Raises Invalid("lock-duration")."""
    if not least <= milliseconds <= LONGEST_LOCK * 1000:
        raise Invalid("lock-duration", milliseconds=milliseconds)
    return milliseconds / 1000


def named(worker: str | None) -> str:
    """A worker's name. Raises Invalid("worker-missing")."""
    if not worker or len(worker) > 255:
        raise Invalid("worker-missing")
    return worker


def change(work: UnitOfWork, ref: str, worker: str, **values: Any) -> None:
    """Change a task while *worker* holds it, by compare-and-set; whoever fetched it meanwhile is named in the refusal."""
    held = update(ExternalTask).where(
        ExternalTask.ref == ref, ExternalTask.worker == worker, ExternalTask.state != "failed"
    )
    changed = held.values(**values).returning(ExternalTask.id).execution_options(synchronize_session=False)
    if work.session.execute(changed).one_or_none() is None:
        refuse(work.session, ref, worker)


def refuse(session: Session, ref: str, worker: str) -> None:
    """Say why *worker* may not touch the task."""
    asked = select(ExternalTask.worker, ExternalTask.free_at, ExternalTask.state).where(ExternalTask.ref == ref)
    row = session.execute(asked).one_or_none()
    if row is None:
        raise NotFound("external-task-not-found", task=ref)
    if row.state == "failed":
        raise Conflict("external-task-gave-up", task=ref)
    raise _held(ref, worker, row.worker, row.free_at)


def must_hold(found: LockedExternalTask, worker: str) -> None:
    """Refuse a worker whose lock ran out and whose task somebody else has now."""
    task = found.task
    if task.worker != worker:
        raise _held(task.ref, worker, task.worker, task.free_at)


def _held(ref: str, worker: str, holder: str | None, until: datetime) -> Conflict:
    if holder is None:
        return Conflict("external-task-not-locked", task=ref, worker=worker)
    return Conflict("external-task-held", task=ref, worker=worker, holder=holder, until=until)


def retries_of(given: int) -> int:
    """How many tries are left. Raises Invalid("external-task-retries")."""
    if not 0 <= given <= _MOST_RETRIES:
        raise Invalid("external-task-retries", retries=given)
    return given


def give_up(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    task: ExternalTask,
    *,
    code: str = WORK_FAILED,
    message: str | None = None,
    details: str | None = None,
) -> Incident:
    """No tries are left: nobody fetches it any more, and an admin must look. The instance is locked."""
    task.state, task.retries, task.error, task.error_details = "failed", 0, message, details
    place = {"instance_id": task.instance_id, "element": task.element, "token": task.token, "began_with": task.token}
    failure = ScriptFailed(code, topic=task.topic, message=(message or "")[:500], external_task=task.ref, **place)
    incident = open_incident(engine, work, failure, actor=actor)
    if details:
        incident.trace = details[:20_000]
    return incident


def may_be_fetched_again(
    engine: Engine, work: UnitOfWork, actor: Actor, instance: Instance, task: ExternalTask
) -> None:
    """It has tries again: open incidents of it are resolved. The instance is locked."""
    if task.state == "failed":
        task.worker, task.free_at = None, database_now(work.session)
    task.state = "held" if instance.state == "suspended" else "waiting"
    solved = update(Incident).where(
        Incident.instance_id == instance.id,
        Incident.token == task.token,
        Incident.state == "open",
        Incident.code.in_(OF_WORKERS),
    )
    values = {"state": "resolved", "ended_at": engine.clock.now(), "ended_by": actor.account_id}
    gone = work.session.scalars(solved.values(values).returning(Incident.id)).all()
    instance.open_incidents = max(0, instance.open_incidents - len(gone))
