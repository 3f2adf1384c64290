"""An administrator steers an instance: its variables, whether it sleeps, where it stands, whether it begins again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.actor import Actor
from engine.errors import ChanceryError, Invalid, NotFound
from engine.runtime import commands
from engine.runtime.commands import Foreseen
from engine.runtime.commands.restart_instance import Inputs
from engine.runtime.commands.standing import Standing, standing
from engine.runtime.modifying import Change
from engine.store.models import Instance
from engine.store.unit_of_work import UnitOfWork
from services.processes.find_instances import variable_texts
from services.processes.mend import cancel_incident, retry_incident, skip_incident
from services.processes.queries import admitted

if TYPE_CHECKING:
    from services.office import Office

MOST_INCIDENTS = 100
"""Incidents mended at once."""
_MENDING = {"retry": retry_incident, "skip": skip_incident, "cancel": cancel_incident}


@dataclass(frozen=True)
class Mended:
    """How many incidents were dealt with; why others were not, by number."""

    done: int
    refused: Mapping[int, str]


def variables_of(session: Session, actor: Actor, ref: str) -> tuple[queries.InstanceView, dict[str, str]]:
    """The instance and its variables as the engine's own JSON. Raises NotFound."""
    admitted(actor)
    view = queries.instance(session, ref)
    return view, variable_texts(session, view.id)


def standing_of(office: Office, session: Session, actor: Actor, ref: str) -> tuple[queries.InstanceView, Standing]:
    """The instance, where it stands and where it could. Raises NotFound."""
    admitted(actor)
    view = queries.instance(session, ref)
    return view, standing(office.engine, session, view.id)


def edit_variables(
    office: Office, actor: Actor, ref: str, values: Mapping[str, Any], deletions: Iterable[str] = (), *, revision: int
) -> None:
    """Write and delete variables of the instance as it was at *revision*. Raises Conflict("instance-moved-on")."""
    gone = list(deletions)

    def act(work: UnitOfWork, instance_id: int) -> None:
        commands.set_variables(office.engine, work, actor, instance_id, values, gone, revision=revision)

    _operate(office, actor, ref, "instance.variables", act)


def put_to_sleep(office: Office, actor: Actor, ref: str, *, revision: int | None = None) -> None:
    """Nothing happens in the instance until it is resumed."""

    def act(work: UnitOfWork, instance_id: int) -> None:
        commands.suspend_instance(office.engine, work, actor, instance_id, revision=revision)

    _operate(office, actor, ref, "instance.suspend", act)


def wake_up(office: Office, actor: Actor, ref: str, *, revision: int | None = None) -> None:
    """Resume it: what became due meanwhile is done now."""

    def act(work: UnitOfWork, instance_id: int) -> None:
        commands.resume_instance(office.engine, work, actor, instance_id, revision=revision)

    _operate(office, actor, ref, "instance.resume", act)


def modify_instance(
    office: Office,
    actor: Actor,
    ref: str,
    changes: Sequence[Change],
    *,
    reason: str = "",
    revision: int | None = None,
    variables: Mapping[str, Any] | None = None,
) -> None:
    """Change where it stands, all at once; *variables* are written before."""

    def act(work: UnitOfWork, instance_id: int) -> None:
        if variables:
            commands.set_variables(office.engine, work, actor, instance_id, variables)
        commands.modify_instance(office.engine, work, actor, instance_id, changes, reason=reason, revision=revision)

    _operate(office, actor, ref, "instance.modify", act)


def foresee_modification(
    office: Office,
    actor: Actor,
    ref: str,
    changes: Sequence[Change],
    *,
    revision: int | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Foreseen:
    """What `modify_instance` would do; nothing of it is kept. Raises what it would raise."""
    admitted(actor)
    with office.database.reading() as session:
        instance_id = queries.instance(session, ref).id
    return commands.foresee_modification(
        office.engine, actor, instance_id, changes, revision=revision, variables=variables
    )


def restart_instances(
    office: Office,
    actor: Actor,
    refs: Sequence[str],
    *,
    inputs: Inputs,
    at: Sequence[Change] = (),
    with_business_key: bool = True,
    definition_id: int | None = None,
) -> list[str]:
    """Start finished instances anew; gives the references of the new ones. All of *definition_id*, when one is named."""
    admitted(actor)
    if not 0 < len(refs) <= MOST_INCIDENTS:
        raise Invalid("too-many-at-once", allowed=MOST_INCIDENTS)

    def act(work: UnitOfWork) -> list[str]:
        made = []
        for ref in refs:
            old = _found(work, ref, definition_id)
            made.append(
                commands.restart_instance(
                    office.engine, work, actor, old, inputs=inputs, at=at, with_business_key=with_business_key
                ).ref
            )
        return made

    answer: list[str] = commands.perform(office.engine, actor, "instance.restart", act)
    return answer


def mend_incidents(office: Office, actor: Actor, what: str, numbers: Sequence[int]) -> Mended:
    """Deal with several incidents in the same way, each in its own transaction: one that cannot be hinders no other."""
    admitted(actor)
    if not 0 < len(numbers) <= MOST_INCIDENTS:
        raise Invalid("too-many-at-once", allowed=MOST_INCIDENTS)
    refused: dict[int, str] = {}
    for number in dict.fromkeys(numbers):
        own = None if actor.request_id is None else f"{actor.request_id[:48]}.{number}"
        try:
            _MENDING[what](office, replace(actor, request_id=own), number)
        except ChanceryError as why:
            refused[number] = why.code
    return Mended(len(set(numbers)) - len(refused), refused)


def _operate(office: Office, actor: Actor, ref: str, action: str, act: Callable[[UnitOfWork, int], None]) -> None:
    admitted(actor)

    def whole(work: UnitOfWork) -> str:
        act(work, _found(work, ref))
        return ref

    commands.perform(office.engine, actor, action, whole)


def _found(work: UnitOfWork, ref: str, definition_id: int | None = None) -> int:
    asked = select(Instance.id).where(Instance.ref == ref)
    if definition_id is not None:
        asked = asked.where(Instance.definition_id == definition_id)
    found = work.session.scalar(asked)
    if found is None:
        raise NotFound("instance-not-found")
    return found
