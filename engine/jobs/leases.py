"""
Who works on a job: claimed by compare-and-set with a lease on the database's clock, so that clocks of machines never
matter. Every claim raises the fence; whoever finishes must still hold the fence it claimed with.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Interval, Update, bindparam, cast, func, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.clock import Clock
from engine.errors import Conflict
from engine.jobs.kinds import JobView
from engine.store.models import Job
from engine.store.types import Moment
from engine.store.unit_of_work import Database

LEASE = 60.0
HANGS = 1800.0
"""Seconds; prolonged every third of it while work outside goes on."""


class LostLease(Conflict):
    """Somebody else has the job now (or it was cancelled): what was done in this transaction must not count."""


def database_now(session: Session, plus: float = 0) -> ColumnElement[Any]:
    """The database's own clock as SQL, *plus* seconds."""
    return _now_in(session.get_bind().dialect.name, plus)


def _now_in(dialect: str, plus: float) -> ColumnElement[Any]:
    if dialect == "postgresql":
        now = func.clock_timestamp(type_=DateTime(timezone=True))
        return now + cast(literal(timedelta(seconds=plus), Interval), Interval)
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{plus:+} seconds")


def claim(database: Database, clock: Clock, job_id: int | None = None, *, lease: float = LEASE) -> JobView | None:
    """Take the most overdue waiting job (or exactly *job_id*); None when there is nothing to take."""

    def take(session: Session) -> JobView | None:
        taken = _taking(session.get_bind().dialect.name, job_id is not None, lease)
        row = session.execute(taken, {"now": clock.now(), "one": job_id, "owner": _owner()}).one_or_none()
        return None if row is None else _view(row)

    return database.run(lambda work: take(work.session))


@cache
def _taking(dialect: str, exactly_one: bool, lease: float) -> Any:
    due = select(Job.id).where(Job.state == "waiting", Job.run_at <= bindparam("now", type_=Moment()))
    due = due.where(Job.id == bindparam("one")) if exactly_one else due.order_by(Job.run_at, Job.id)
    if dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    taken = (
        update(Job.__table__)  # type: ignore[arg-type]
        .where(Job.id == due.limit(1).scalar_subquery(), Job.state == "waiting")
        .values(
            state="leased",
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
            lease_owner=bindparam("owner"),
            lease_until=_now_in(dialect, lease),
        )
    )
    return taken.returning(*_SEEN)


_SEEN = (
    Job.id,
    Job.kind,
    Job.payload,
    Job.once_key,
    Job.instance_id,
    Job.token,
    Job.element,
    Job.attempts,
    Job.max_attempts,
    Job.fence,
    Job.result,
)


def _view(row: Any) -> JobView:
    id, kind, payload, once_key, instance_id, token, element, attempts, max_attempts, fence, result = row
    key = once_key or f"job:{id}"
    return JobView(id, kind, payload, key, instance_id, token, element, attempts, max_attempts, fence, result)


def held(job: JobView) -> Update:
    """An update of the job that matches only while the lease is still ours."""
    return (
        update(Job)
        .where(Job.id == job.id, Job.fence == job.fence, Job.state == "leased")
        .execution_options(synchronize_session=False)
    )


def settle(session: Session, job: JobView, **values: Any) -> None:
    """Change the job if the lease is still ours, else raise LostLease (the caller's transaction rolls back)."""
    changed = held(job).values(lease_owner=None, lease_until=None, **values).returning(Job.id)
    if session.execute(changed).one_or_none() is None:
        raise LostLease("lease-lost", job=job.id)


@contextmanager
def heartbeat(database: Database, job: JobView, lease: float = LEASE, longest: float = HANGS) -> Iterator[None]:
    """
    Prolong the lease from a thread while the block runs; stops by itself when the lease was lost, and after *longest*
    seconds: what takes so long hangs, and the job goes to another worker, at last to an incident.
    """
    over, end = threading.Event(), time.monotonic() + longest

    def beat() -> None:
        while not over.wait(lease / 3) and time.monotonic() < end:
            if not database.run(lambda work: _prolong(work.session, job, lease)):
                return

    thread = threading.Thread(target=beat, name=f"lease-{job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _prolong(session: Session, job: JobView, lease: float) -> bool:
    changed = held(job).values(lease_until=database_now(session, lease)).returning(Job.id)
    return session.execute(changed).one_or_none() is not None


def _owner() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_native_id()}"
