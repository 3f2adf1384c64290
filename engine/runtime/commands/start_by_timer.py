"""Start a process by its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.deployment.starts import next_round
from engine.runtime.commands.start_instance import start_definition
from engine.store.models import Definition, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def start_by_timer(engine: Engine, work: UnitOfWork, actor: Actor, wait: Wait) -> bool:
    """Start the definition and set its next time; False when another worker has done it."""
    locked = select(Wait).where(Wait.id == wait.id).with_for_update().execution_options(populate_existing=True)
    still = work.session.scalars(locked).one_or_none()
    if still is None or still.due_at is None or still.due_at > engine.clock.now():
        return False
    definition = work.session.get_one(Definition, still.definition_id)
    start_definition(engine, work, actor, definition, start=still.token)
    left = still.details.get("left")
    if still.details.get("timer") == "cycle" and left != 0:
        work.session.add(next_round(engine, still, left))
    work.session.delete(still)
    return True
