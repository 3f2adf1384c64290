"""Wake what waits: a due timer, a message or signal that came, a condition to be looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import MACHINE, Actor
from engine.runtime.commands.running import awake, blaming
from engine.runtime.commands.start_by_timer import start_by_timer
from engine.runtime.commands.writing import write
from engine.store.models import Instance, Wait
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def fire_wait(
    engine: Engine,
    work: UnitOfWork,
    wait_id: int,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: Actor = MACHINE,
) -> bool:
    """Wake the token of a wait (or start a process by its timer); False when it is gone already: harmless twice."""
    wait = work.session.get(Wait, wait_id)
    if wait is None:
        return False
    if wait.instance_id is None:
        return start_by_timer(engine, work, actor, wait)
    return wake_token(engine, work, actor, wait.instance_id, wait_id, payload) is not None


def wake_token(
    engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int, wait_id: int, payload: Mapping[str, Any] | None
) -> Instance | None:
    """Lock the instance, see whether the wait is still there, wake its token; None when it is gone."""
    locked = locked_instance(work.session, instance_id)
    still = select(Wait.token, Wait.kind).where(Wait.id == wait_id)
    row = work.session.execute(still).one_or_none()
    if row is None or row.token is None:
        return None
    run = awake(engine, work, actor, locked)
    with blaming(instance_id, row.token):
        if not run.execution.fire(row.token, payload):
            return None
        run.execution.advance()
        write(run, f"fire_{row.kind}")
    return run.instance
