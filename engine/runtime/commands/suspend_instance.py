"""Put an instance to sleep by order: nothing happens in it until it is resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from engine.actor import Actor
from engine.errors import Conflict
from engine.runtime.commands.running import must_be_at, must_run
from engine.runtime.commands.standing import picture_of
from engine.store import audit
from engine.store.models import ExternalTask, Instance, Job, Task
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def suspend_instance(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    *,
    hide_tasks: bool = False,
    revision: int | None = None,
) -> Instance:
    """
    Tasks stay visible but cannot be completed, timers do not fire, jobs are held, outside workers get nothing of it; what
    is under way is finished after. *hide_tasks*: they are held too and nobody sees them until it is resumed.
    """
    instance = locked_instance(work.session, instance_id).instance
    must_be_at(instance, revision)
    must_run(instance)
    _change(engine, work, actor, instance, "suspended", "waiting", "held")
    if hide_tasks:
        _move_tasks(work, instance_id, "open", "held")
    return instance


def resume_instance(
    engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int, *, revision: int | None = None
) -> Instance:
    """Wake it up again: what became due meanwhile is done now."""
    instance = locked_instance(work.session, instance_id).instance
    must_be_at(instance, revision)
    if instance.state != "suspended":
        raise Conflict("instance-not-suspended", instance=instance_id)
    _change(engine, work, actor, instance, "running", "held", "waiting")
    show_tasks_in(work, instance_id)
    return instance


def show_tasks_in(work: UnitOfWork, instance_id: int) -> None:
    """Tasks that were hidden with their instance are open again."""
    _move_tasks(work, instance_id, "held", "open")


def _move_tasks(work: UnitOfWork, instance_id: int, state: str, to: str) -> None:
    """The candidates follow by themselves."""
    of_it = update(Task).where(Task.instance_id == instance_id, Task.state == state)
    work.session.execute(of_it.values(state=to, revision=Task.revision + 1))


def _change(
    engine: Engine, work: UnitOfWork, actor: Actor, instance: Instance, state: str, jobs_from: str, jobs_to: str
) -> None:
    instance.state = state
    instance.revision += 1
    of_it = update(Job).where(Job.instance_id == instance.id, Job.state == jobs_from)
    work.session.execute(of_it.values(state=jobs_to))
    outside = update(ExternalTask).where(ExternalTask.instance_id == instance.id, ExternalTask.state == jobs_from)
    work.session.execute(outside.values(state=jobs_to))
    stands = picture_of(engine, work.session, instance.id)
    where, now = f"instance:{instance.id}", engine.clock.now()
    audit.record(work.session, actor, f"instance.{state}", where, now, before=stands, after=stands)
