"""
Work for the machine: rows of the database, done at least once outside and exactly once inside.

    enqueue(work, clock, kind, payload=None, *, once_key=None, run_at=None, instance_id=None, token=None, element=None,
            max_attempts=5) -> int | None                # None: a job with this once_key exists already
    run_job(engine, job_id) -> Outcome | None            # claims it first; None: nothing to claim (harmless)
    run_next(engine) -> Outcome | None                   # the most overdue one
    sweep(engine) -> list[int]                           # due waits, lost leases, unsent outbox rows -> ids of due jobs
    drain(engine, budget=1000, seconds=None) -> int      # fire, sweep, run until nothing is due: thread, tests, scenarios
    fire_due(engine, most) -> int                        # due timers without jobs, many in a transaction
    post(work, clock, kind, once_key, payload, subject_ref=None) -> Outbox       # an outbox row with the job sending it
"""

from engine.jobs.firing import fire_due
from engine.jobs.incidents import open_incident
from engine.jobs.kinds import JobKind, JobKinds, JobView
from engine.jobs.queue import enqueue, post
from engine.jobs.running import Outcome, drain, run_job, run_next
from engine.jobs.sweeping import sweep

__all__ = [
    "JobKind",
    "JobKinds",
    "JobView",
    "Outcome",
    "drain",
    "enqueue",
    "fire_due",
    "open_incident",
    "post",
    "run_job",
    "run_next",
    "sweep",
]
