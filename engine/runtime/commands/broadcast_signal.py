"""Tell a signal to everybody who waits for it: one job a receiver, so that none delays or spoils another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine.actor import Actor
from engine.jobs.queue import enqueue_all
from engine.runtime.commands.calls import plain
from engine.store import audit
from engine.store.models import Definition, Instance, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def broadcast_signal(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    name: str,
    *,
    payload: Mapping[str, Any] | None = None,
    not_to: int | None = None,
) -> int:
    """Make the jobs; gives how many receivers there are. `not_to` is the instance that threw it: inside it is told."""
    sent = plain(payload or {})
    receivers = (
        select(Wait.id, Wait.instance_id, Wait.definition_id, Wait.token, Wait.element)
        .join(Instance, Wait.instance_id == Instance.id, isouter=True)
        .join(Definition, Wait.definition_id == Definition.id, isouter=True)
        .where(Wait.kind == "signal", Wait.name == name)
        .where(or_(Instance.state.in_(("running", "suspended")), Definition.latest))
        .order_by(Wait.id)
    )
    if not_to is not None:
        receivers = receivers.where(or_(Wait.instance_id.is_(None), Wait.instance_id != not_to))
    rows = [
        {
            "kind": "fire-wait" if instance_id is not None else "start-definition",
            "payload": {"wait_id": wait_id, "definition_id": definition_id, "start": token, "payload": sent},
            "instance_id": instance_id,
            "token": token if instance_id is not None else None,
            "element": element,
        }
        for wait_id, instance_id, definition_id, token, element in work.session.execute(receivers)
    ]
    if rows:
        enqueue_all(work, engine.clock, rows)
    audit.record(
        work.session, actor, "signal.broadcast", f"signal:{name}"[:64], engine.clock.now(), receivers=len(rows)
    )
    return len(rows)
