"""Where an instance stands, for whoever is about to change it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session, undefer

from engine.deployment.loading import loaded
from engine.runtime import Definition, Execution
from engine.runtime.host import Host
from engine.runtime.modifying import Place, startable
from engine.store.models import Instance
from engine.store.repositories import StoredParts, StoredScopes

if TYPE_CHECKING:
    from engine import Engine


@dataclass(frozen=True)
class Standing:
    """Tokens that can be taken away or moved, and elements (id, kind) a token can be begun before."""

    places: tuple[Place, ...]
    elements: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Shelf:
    """All the world that waking up needs: the definitions of called processes."""

    engine: Engine
    session: Session

    def definition_by_ref(self, ref: str) -> Definition:
        return loaded(self.engine, self.session, int(ref))


def standing(engine: Engine, session: Session, instance_id: int) -> Standing:
    """Where it stands now; nothing of an instance that is over."""
    instance = session.get_one(Instance, instance_id, options=[undefer(Instance.execution)])
    definition = loaded(engine, session, instance.definition_id)
    if instance.state not in ("running", "suspended"):
        return Standing((), ())
    execution = asleep(engine, session, instance, definition)
    return Standing(tuple(execution.places()), tuple(startable(definition)))


def picture_of(engine: Engine, session: Session, instance_id: int | None) -> list[list[str]]:
    """Where it stands, for the audit: token and element, the first hundred; it need not run."""
    if instance_id is None:
        return []
    return [[place.token, place.element] for place in standing(engine, session, instance_id).places[:100]]


def asleep(engine: Engine, session: Session, instance: Instance, definition: Definition) -> Execution:
    """An execution to look at: nothing in it may be run."""
    host = cast(Host, cast(Any, _Shelf(engine, session)))
    return Execution.restore(
        definition,
        host,
        instance.execution,
        variables=StoredScopes(session, instance.id),
        parts=StoredParts(session, instance.id, {}),
    )
