"""End an instance before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.runtime.commands.running import awake, blaming, must_be_at, picture
from engine.runtime.commands.suspend_instance import show_tasks_in
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import Instance
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def cancel_instance(
    engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int, reason: str, *, revision: int | None = None
) -> Instance:
    """Everything open in it is taken away: tasks, waits, jobs, incidents. *reason* is kept. Not undoable."""
    locked = locked_instance(work.session, instance_id)
    must_be_at(locked.instance, revision)
    if locked.instance.state == "suspended":
        locked.instance.state = "running"
        show_tasks_in(work, instance_id)
    run = awake(engine, work, actor, locked)
    before = picture(run)
    with blaming(instance_id):
        run.execution.cancel(reason)
        write(run, "cancel_instance")
    run.instance.state, run.instance.end_reason = "cancelled", reason
    where = f"instance:{instance_id}"
    audit.record(work.session, actor, "instance.cancel", where, run.world.moment, before=before, after=[])
    return run.instance
