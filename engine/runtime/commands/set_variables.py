"""Change an instance's variables from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime.commands.running import awake, blaming, must_be_at, picture
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import Instance
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def set_variables(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    values: Mapping[str, Any],
    deletions: Iterable[str] = (),
    *,
    revision: int | None = None,
) -> Instance:
    """Write and delete variables of the instance itself; conditions that read them are looked at at once."""
    locked = locked_instance(work.session, instance_id)
    must_be_at(locked.instance, revision)
    run = awake(engine, work, actor, locked)
    before = picture(run)
    with blaming(instance_id):
        run.execution.remove_variables(deletions)
        run.execution.set_variables(values)
        run.execution.advance()
        write(run, "set_variables")
    names = sorted({*values, *deletions})
    where = f"instance:{instance_id}"
    audit.record(
        work.session,
        actor,
        "instance.variables",
        where,
        run.world.moment,
        names=names[:100],
        before=before,
        after=picture(run),
    )
    return run.instance
