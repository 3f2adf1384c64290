"""Doing a claimed job: outside without a transaction, inside once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import ChanceryError, Conflict, NotFound, OutsideError
from engine.jobs import backoff
from engine.jobs.firing import fire_due
from engine.jobs.incidents import described, give_up
from engine.jobs.kinds import JobKind, JobView
from engine.jobs.leases import LostLease, claim, heartbeat, settle
from engine.jobs.sweeping import sweep
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

Outcome = Literal["done", "again", "incident", "held", "lost"]


def run_job(engine: Engine, job_id: int) -> Outcome | None:
    """Claim and do one job; None when there was nothing to claim (done, leased elsewhere, not due): harmless."""
    job = claim(engine.database, engine.clock, job_id)
    return None if job is None else run_claimed(engine, job)


def run_next(engine: Engine) -> Outcome | None:
    """Claim and do the most overdue job."""
    job = claim(engine.database, engine.clock)
    return None if job is None else run_claimed(engine, job)


def drain(engine: Engine, budget: int = 1000, seconds: float | None = None) -> int:
    """
    Fire due timers, sweep and do due jobs until there is nothing, or *budget* of them or *seconds* are used up; gives how
    many were done.
    """
    done, end = 0, None if seconds is None else time.monotonic() + seconds
    while done < budget:
        before = done
        done += fire_due(engine, budget - done)
        sweep(engine)
        while done < budget and (end is None or time.monotonic() < end) and run_next(engine) is not None:
            done += 1
        if done == before or (end is not None and time.monotonic() >= end):
            break
    return done


def run_claimed(engine: Engine, job: JobView) -> Outcome:
    """Do a job whose lease is ours. Whatever fails is written down; nothing is raised but the end of the process."""
    result = job.result
    try:
        kind = _kind(engine, job)
        if kind.outside is not None and result is None:
            with heartbeat(engine.database, job):
                result = kind.outside(engine, job)
        engine.database.run(lambda work: _finish(engine, work, kind, job, result))
        return "done"
    except LostLease:
        return "lost"
    except Exception as failure:  # noqa: BLE001 - any failure of a job ends as a retry or an incident, never as a dead worker
        return _failed(engine, job, failure, result)


def _kind(engine: Engine, job: JobView) -> JobKind:
    if job.kind not in engine.job_kinds.by_name:
        raise NotFound("job-kind-unknown", kind=job.kind)
    return engine.job_kinds.by_name[job.kind]


def _finish(engine: Engine, work: UnitOfWork, kind: JobKind, job: JobView, result: Any) -> None:
    """The rows first (they lock the instance), then the fence: the lock order of every command."""
    if kind.act is not None:
        kind.act(engine, work, job, result)
    work.session.flush()
    settle(work.session, job, state="done", ended_at=engine.clock.now(), last_error=None, result=result)


def _failed(engine: Engine, job: JobView, failure: Exception, result: Any) -> Outcome:
    try:
        return engine.database.run(lambda work: _write_failure(engine, work, job, failure, result))
    except LostLease:
        return "lost"


def _write_failure(engine: Engine, work: UnitOfWork, job: JobView, failure: Exception, result: Any) -> Outcome:
    code, _ = described(failure)
    error = f"{code}: {failure}"[:2000]
    if isinstance(failure, Conflict) and failure.code == "instance-suspended":
        settle(work.session, job, state="held", attempts=job.attempt - 1, result=result)
        return "held"
    if job.attempt < job.max_attempts and not _hopeless(failure):
        again = engine.clock.now() + backoff.delay(job.id, job.attempt, _every(job))
        settle(work.session, job, state="waiting", run_at=again, last_error=error, result=result)
        return "again"
    give_up(engine, work, job, failure)
    settle(work.session, job, state="failed", ended_at=engine.clock.now(), last_error=error, result=result)
    return "incident"


def _hopeless(failure: Exception) -> bool:
    if isinstance(failure, OutsideError):
        return failure.permanent
    return isinstance(failure, ChanceryError) and failure.code == "job-kind-unknown"


def _every(job: JobView) -> float | None:
    every = job.payload.get("retry_every") if isinstance(job.payload, dict) else None
    if isinstance(every, list):
        every = every[min(job.attempt, len(every)) - 1]
    return None if every is None else float(every)
