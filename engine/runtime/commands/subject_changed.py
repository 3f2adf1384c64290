"""The subject of instances changed: conditions that read it are looked at again, each by a job of its own."""

from __future__ import annotations

from sqlalchemy import select

from engine.clock import Clock
from engine.jobs.queue import enqueue_all
from engine.store.models import Instance, Wait
from engine.store.unit_of_work import UnitOfWork


def subject_changed(clock: Clock, work: UnitOfWork, subject_ref: str) -> int:
    """Whoever changes a card calls this and touches no instance; gives how many conditions will be looked at."""
    sleeping = (
        select(Wait.id, Wait.instance_id, Wait.token, Wait.element)
        .join(Instance, Wait.instance_id == Instance.id)
        .where(Instance.subject_ref == subject_ref, Instance.state == "running", Wait.kind == "condition")
    )
    rows = [
        {
            "kind": "fire-wait",
            "payload": {"wait_id": wait_id},
            "instance_id": instance_id,
            "token": token,
            "element": element,
        }
        for wait_id, instance_id, token, element in work.session.execute(sleeping)
    ]
    if rows:
        enqueue_all(work, clock, rows)
    return len(rows)
