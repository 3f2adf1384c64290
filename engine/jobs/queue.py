"""Putting work into the queue, in the transaction that decided it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.store.models import Job, Outbox
from engine.store.unit_of_work import UnitOfWork

MAX_ATTEMPTS = 5


def enqueue(
    work: UnitOfWork,
    clock: Clock,
    kind: str,
    payload: Any = None,
    *,
    once_key: str | None = None,
    run_at: datetime | None = None,
    instance_id: int | None = None,
    token: str | None = None,
    element: str | None = None,
    max_attempts: int = MAX_ATTEMPTS,
) -> int | None:
    """
    Make a job and give its id; None when a job with this `once_key` was made before (done or not).

    `payload` is plain JSON. Without `run_at` it is due at once and announced after the commit.
    """
    row = {
        "kind": kind,
        "payload": payload or {},
        "once_key": once_key,
        "run_at": run_at or clock.now(),
        "instance_id": instance_id,
        "token": token,
        "element": element,
        "max_attempts": max_attempts,
    }
    made = enqueue_all(work, clock, [row])
    return made[0] if made else None


def enqueue_all(work: UnitOfWork, clock: Clock, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Make many jobs with one statement; rows as in `enqueue`. Gives the ids of those that are new."""
    now = clock.now()
    insert = postgresql.insert if work.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Job).on_conflict_do_nothing(index_elements=["once_key"]).returning(Job.id, Job.run_at)
    statement = statement.execution_options(render_nulls=True)  # rows with and without a once_key in one statement
    made = work.session.execute(statement, [{**_BLANK, "run_at": now, "created_at": now, **row} for row in rows])
    ids = [(row.id, row.run_at) for row in made]
    work.new_jobs.extend(id for id, run_at in ids if run_at <= now)
    return [id for id, _ in ids]


_BLANK: dict[str, Any] = {
    "state": "waiting",
    "attempts": 0,
    "max_attempts": MAX_ATTEMPTS,
    "fence": 0,
    "payload": {},
    "once_key": None,
    "instance_id": None,
    "token": None,
    "element": None,
}


def post(
    work: UnitOfWork, clock: Clock, kind: str, once_key: str, payload: Any, subject_ref: str | None = None
) -> Outbox:
    """
    Decide an effect on the outside world: an outbox row and the job `send-<kind>` (payload: {"outbox_id"}) that does it.

    A second row with the same `once_key` is not made; the first one is given.
    """
    if (known := _posted(work.session, once_key)) is not None:
        return known
    row = Outbox(
        kind=kind, once_key=once_key, subject_ref=subject_ref, payload=payload, state="waiting", created_at=clock.now()
    )
    work.session.add(row)
    work.session.flush()
    row.job_id = enqueue(work, clock, f"send-{kind}", {"outbox_id": row.id})
    return row


def _posted(session: Session, once_key: str) -> Outbox | None:
    return session.scalars(select(Outbox).where(Outbox.once_key == once_key)).one_or_none()
