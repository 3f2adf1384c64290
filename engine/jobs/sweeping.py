"""
The sweep: what makes everything else disposable. It finds due waits, jobs whose worker died and outbox rows nobody sends,
and tells which jobs are due. It asks first in a reading session, so that an idle sweep never becomes a writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Executable, Select, bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine.errors import ChanceryError
from engine.jobs.incidents import give_up
from engine.jobs.kinds import JobView
from engine.jobs.leases import database_now
from engine.jobs.queue import enqueue_all
from engine.store.models import Instance, Job, Outbox, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

BATCH = 500


def sweep(engine: Engine) -> list[int]:
    """Make due things into jobs, free lost leases; gives ids of jobs that are due now (at most a batch)."""
    with engine.database.reading() as session:
        found = any(session.execute(look).first() for look in _looks(engine, session))
    if found:
        engine.database.run(lambda work: _free_leases(engine, work))
        engine.database.run(lambda work: _wake_waits(engine, work))
        engine.database.run(lambda work: _send_outbox(engine, work))
    with engine.database.reading() as session:
        due = select(Job.id).where(Job.state == "waiting", Job.run_at <= engine.clock.now())
        return list(session.scalars(due.order_by(Job.run_at, Job.id).limit(BATCH)))


def _looks(engine: Engine, session: Session) -> tuple[Executable, ...]:
    return _lost(session).limit(1), _due(engine).limit(1), _unsent().limit(1)


def _lost(session: Session) -> Select[int]:
    return select(Job.id).where(Job.state == "leased", Job.lease_until < database_now(session))


def _due(engine: Engine) -> Select[int, int | None, str | None, str]:
    """Timers that are due, of instances that run and of definitions (start timers)."""
    return (
        select(Wait.id, Wait.instance_id, Wait.token, Wait.element)
        .join(Instance, Wait.instance_id == Instance.id, isouter=True)
        .where(Wait.job_id.is_(None), Wait.due_at <= engine.clock.now())
        .where(or_(Wait.instance_id.is_(None), Instance.state == "running"))
    )


def _unsent() -> Select[int, str]:
    return (
        select(Outbox.id, Outbox.kind)
        .join(Job, Outbox.job_id == Job.id, isouter=True)
        .where(Outbox.state == "waiting", or_(Job.id.is_(None), Job.state.in_(("done", "cancelled"))))
    )


def _free_leases(engine: Engine, work: UnitOfWork) -> None:
    """A worker died or hung: its job is anybody's again; after the last try it becomes an incident."""
    session = work.session
    lost = select(Job).where(Job.id.in_(_lost(session))).limit(BATCH)
    if session.get_bind().dialect.name == "postgresql":
        lost = lost.with_for_update(skip_locked=True)
    for job in session.scalars(lost):
        job.lease_owner = job.lease_until = None
        if job.attempts < job.max_attempts:
            job.state, job.run_at = "waiting", engine.clock.now()
            continue
        job.state, job.ended_at, job.fence = "failed", engine.clock.now(), job.fence + 1
        give_up(engine, work, _view(job), ChanceryError("worker-died", kind=job.kind, attempts=job.attempts))


def _view(job: Job) -> JobView:
    key = job.once_key or f"job:{job.id}"
    return JobView(
        job.id,
        job.kind,
        job.payload,
        key,
        job.instance_id,
        job.token,
        job.element,
        job.attempts,
        job.max_attempts,
        job.fence,
    )


def _wake_waits(engine: Engine, work: UnitOfWork) -> None:
    """One job for each due wait; the wait remembers it, so that the next sweep does not look at it again."""
    due = work.session.execute(_due(engine).order_by(Wait.due_at).limit(BATCH)).all()
    if not due:
        return
    rows = [
        {
            "kind": "fire-wait",
            "payload": {"wait_id": wait_id},
            "once_key": f"wait:{wait_id}",
            "instance_id": instance_id,
            "token": token,
            "element": element,
        }
        for wait_id, instance_id, token, element in due
    ]
    enqueue_all(work, engine.clock, rows)
    _remember_jobs(work, [f"wait:{row.id}" for row in due])


def _remember_jobs(work: UnitOfWork, keys: list[str]) -> None:
    made = work.session.execute(select(Job.id, Job.payload).where(Job.once_key.in_(keys))).all()
    seen = update(Wait.__table__).where(Wait.__table__.c.id == bindparam("wait")).values(job_id=bindparam("job"))  # type: ignore[arg-type]
    work.session.execute(seen, [{"wait": payload["wait_id"], "job": job_id} for job_id, payload in made])


def _send_outbox(engine: Engine, work: UnitOfWork) -> None:
    for outbox_id, kind in work.session.execute(_unsent().limit(BATCH)).all():
        made = enqueue_all(work, engine.clock, [{"kind": f"send-{kind}", "payload": {"outbox_id": outbox_id}}])
        work.session.execute(update(Outbox).where(Outbox.id == outbox_id).values(job_id=made[0]))
