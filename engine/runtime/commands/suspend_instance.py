"""Put an instance to sleep by order: nothing happens in it until it is resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from engine.actor import Actor
from engine.errors import Conflict
from engine.runtime.commands.running import must_run
from engine.store import audit
from engine.store.models import ExternalTask, Instance, Job
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def suspend_instance(engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int) -> Instance:
    """
    Tasks stay visible but cannot be completed, timers do not fire, jobs are held, outside workers get nothing of it; what
    is under way is finished after.
    """
    instance = locked_instance(work.session, instance_id).instance
    must_run(instance)
    _change(engine, work, actor, instance, "suspended", "waiting", "held")
    return instance


def resume_instance(engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int) -> Instance:
    """Wake it up again: what became due meanwhile is done now."""
    instance = locked_instance(work.session, instance_id).instance
    if instance.state != "suspended":
        raise Conflict("instance-not-suspended", instance=instance_id)
    _change(engine, work, actor, instance, "running", "held", "waiting")
    return instance


def _change(
    engine: Engine, work: UnitOfWork, actor: Actor, instance: Instance, state: str, jobs_from: str, jobs_to: str
) -> None:
    instance.state = state
    instance.revision += 1
    of_it = update(Job).where(Job.instance_id == instance.id, Job.state == jobs_from)
    work.session.execute(of_it.values(state=jobs_to))
    outside = update(ExternalTask).where(ExternalTask.instance_id == instance.id, ExternalTask.state == jobs_from)
    work.session.execute(outside.values(state=jobs_to))
    now = engine.clock.now()
    audit.record(work.session, actor, f"instance.{state}", f"instance:{instance.id}", now)
