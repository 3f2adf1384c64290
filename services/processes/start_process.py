"""A program starts a process that has no card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import NotFound
from engine.runtime.commands.perform import perform
from engine.runtime.commands.start_instance import start_definition
from engine.store.models import Definition
from engine.store.repositories import definition_in
from engine.store.unit_of_work import UnitOfWork
from services.processes.rules import must_use_engine

if TYPE_CHECKING:
    from services.office import Office


@dataclass(frozen=True)
class Started:
    """The new instance; `ended` when it ran through at once."""

    ref: str
    definition_id: int
    key: str
    version: int
    business_key: str | None
    ended: bool


def start_process(
    office: Office,
    actor: Actor,
    *,
    key: str = "",
    definition_id: int | None = None,
    business_key: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Started:
    """
    Start the latest definition of *key*, or exactly *definition_id*; a repeated request id gives the first instance.

    Raises NotFound("definition-not-found"), Conflict("definition-suspended"), ("definition-is-draft").
    """
    must_use_engine(actor)

    def act(work: UnitOfWork) -> dict[str, Any]:
        definition = _definition(work, key, definition_id)
        instance = start_definition(
            office.engine, work, actor, definition, business_key=business_key, variables=variables
        )
        ended = instance.ended_at is not None
        return vars(Started(instance.ref, definition.id, definition.key, definition.version, business_key, ended))

    return Started(**perform(office.engine, actor, "instance.start", act))


def _definition(work: UnitOfWork, key: str, definition_id: int | None) -> Definition:
    found = definition_in(work.session, key) if definition_id is None else work.session.get(Definition, definition_id)
    if found is None:
        raise NotFound("definition-not-found", key=key or definition_id)
    return found
