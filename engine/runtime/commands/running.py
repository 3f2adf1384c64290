"""One step of one instance: restored under its lock, let run, written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from engine.actor import Actor
from engine.deployment.loading import loaded
from engine.errors import ChanceryError, Conflict, NotFound, ScriptFailed
from engine.runtime import Definition, Execution
from engine.runtime.commands.world import World
from engine.store.models import Instance
from engine.store.repositories import Locked, StoredParts, StoredScopes
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


@dataclass
class Running:
    """An instance awake inside one transaction; thrown away after any exception."""

    engine: Engine
    work: UnitOfWork
    actor: Actor
    instance: Instance
    definition: Definition
    execution: Execution
    world: World

    def definition_of(self, ref: str) -> Definition:
        """The definition a node belongs to: the instance's own, or one it called."""
        return self.definition if ref in ("", self.definition.ref) else self.world.definition_by_ref(ref)


def world_of(engine: Engine, work: UnitOfWork, actor: Actor, locked: Locked) -> World:
    """The world of an instance at this moment."""
    return World(engine, work, actor, locked.instance, locked.solution, locked.deployment_id, engine.clock.now())


def awake(
    engine: Engine, work: UnitOfWork, actor: Actor, locked: Locked, parts: dict[str, tuple[str, str]] | None = None
) -> Running:
    """Restore a locked instance; *parts* are states of sleeping children that were read already."""
    instance = locked.instance
    must_run(instance)
    world = world_of(engine, work, actor, locked)
    definition = loaded(engine, work.session, instance.definition_id)
    with blaming(instance.id):
        execution = Execution.restore(
            definition,
            world,
            instance.execution,
            variables=StoredScopes(work.session, instance.id),
            parts=StoredParts(work.session, instance.id, parts or {}),
        )
    return Running(engine, work, actor, instance, definition, execution, world)


def must_run(instance: Instance) -> None:
    """Refuse to touch an instance that sleeps by order or is over."""
    if instance.state == "suspended":
        raise Conflict("instance-suspended", instance=instance.id)
    if instance.state != "running":
        raise Conflict("instance-ended", instance=instance.id, at=instance.ended_at)


def must_be_at(instance: Instance, revision: int | None) -> None:
    """Refuse what was decided looking at an instance that has moved since; None asks nothing."""
    if revision is not None and instance.revision != revision:
        raise Conflict("instance-moved-on", instance=instance.id)


def picture(run: Running) -> list[list[str]]:
    """Where it stands, for the audit: token and element, the first hundred."""
    return [[place.token, place.element] for place in run.execution.places()[:100]]


_UNDEPLOYED = {"definition-not-found", "decision-not-found", "start-event"}


@contextmanager
def blaming(instance_id: int | None, token: str | None = None) -> Iterator[None]:
    """
    Whatever fails while a process runs is the process's failure (ScriptFailed) and names its instance and the token of
    the task or wait it began with. What the acting person can put right (Invalid, NotAllowed, Conflict…) and what the
    unit of work tries again (deadlocks) passes as it is.
    """
    try:
        yield
    except ScriptFailed as failure:
        failure.params.update(_place(instance_id, token))
        raise
    except NotFound as failure:
        if failure.code not in _UNDEPLOYED:
            raise
        raise ScriptFailed(failure.code, **failure.params, **_place(instance_id, token)) from failure
    except (ChanceryError, DBAPIError):
        raise
    except Exception as failure:
        params = {"error": type(failure).__name__, "message": str(failure)[:500]}
        raise ScriptFailed("step-failed", **params, **_place(instance_id, token)) from failure


def _place(instance_id: int | None, token: str | None) -> dict[str, int | str]:
    place: dict[str, int | str] = {}
    if instance_id is not None:
        place["instance_id"] = instance_id
    if token is not None:
        place["began_with"] = token
    return place
