"""
Due timers without a job for each: many fire in one transaction, which spares each of them a claim, a lease and a commit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Select, select

from engine.jobs.kinds import JobView
from engine.store.models import Instance, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

TOGETHER = 20
"""Timers of a transaction: others wait for it on SQLite, and for the instances it has locked on PostgreSQL."""


def fire_due(engine: Engine, most: int) -> int:
    """
    Fire due timers of running instances, the longest overdue first, and give how many.

    When one of a transaction fails, nothing of it is done and no more are tried: the sweep makes a job of each due timer,
    with a transaction, tries and an incident of its own.
    """
    fired = 0
    while fired < most:
        with engine.database.reading() as session:
            if session.execute(_due(engine).limit(1)).first() is None:
                break
        try:
            some = engine.database.run(partial(_fire_some, engine, min(TOGETHER, most - fired)))
        except Exception:  # noqa: BLE001 - whatever it is happens again in the job and is written down there
            break
        if not some:
            break
        fired += some
    return fired


def _due(engine: Engine) -> Select[int, int | None, str | None, str]:
    due = select(Wait.id, Wait.instance_id, Wait.token, Wait.element).join(Instance, Wait.instance_id == Instance.id)
    return due.where(Wait.job_id.is_(None), Wait.due_at <= engine.clock.now(), Instance.state == "running")


def _fire_some(engine: Engine, most: int, work: UnitOfWork) -> int:
    """Instances somebody else is at are left for the next round: nobody waits while holding others."""
    asked = _due(engine).order_by(Wait.due_at, Wait.id).limit(most)
    due = work.session.execute(asked.with_for_update(of=Instance, skip_locked=True)).all()
    act = engine.job_kinds.by_name["fire-wait"].act
    for wait_id, instance_id, token, element in due:
        if act is not None:
            act(
                engine,
                work,
                JobView(0, "fire-wait", {"wait_id": wait_id}, "", instance_id, token, element, 1, 1, 0),
                None,
            )
    return len(due)
