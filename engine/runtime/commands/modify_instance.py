"""Change by hand where an instance stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Conflict, ScriptFailed
from engine.runtime.commands.running import Running, awake, must_be_at, picture
from engine.runtime.commands.writing import write
from engine.runtime.modifying import Change
from engine.store import audit
from engine.store.models import Instance
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def modify_instance(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    changes: Sequence[Change],
    *,
    reason: str = "",
    revision: int | None = None,
) -> Instance:
    """
    Begin, take away and move tokens, all at once and in this transaction; left without a token it is cancelled.

    What fails on the way (an expression, an operation) refuses the whole (Conflict `modify-failed`): nothing is changed,
    and no incident is filed, since nobody waits for it.
    """
    before, run = modified(engine, work, actor, instance_id, changes, reason=reason, revision=revision)
    audit.record(
        work.session,
        actor,
        "instance.modify",
        f"instance:{instance_id}",
        run.world.moment,
        changes=[told(change) for change in changes],
        reason=reason,
        before=before,
        after=picture(run),
    )
    return run.instance


def modified(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    changes: Sequence[Change],
    *,
    reason: str,
    revision: int | None,
) -> tuple[list[list[str]], Running]:
    """The change itself: the picture before it, and the instance as it stands now."""
    locked = locked_instance(work.session, instance_id)
    must_be_at(locked.instance, revision)
    run = awake(engine, work, actor, locked)
    before = picture(run)
    try:
        run.execution.modify(changes, reason)
        run.execution.advance()
        write(run, "modify_instance")
    except ScriptFailed as failure:
        raise Conflict("modify-failed", element=failure.params.get("element", ""), reason=failure.code) from failure
    return before, run


def told(change: Change) -> dict[str, Any]:
    """A change as the audit keeps it."""
    return {"change": type(change).__name__, **asdict(change)}
