"""Start a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.deployment.loading import loaded, solution
from engine.errors import Conflict, NotFound
from engine.runtime import Execution
from engine.runtime.commands.running import Running, blaming, world_of
from engine.runtime.commands.writing import write
from engine.runtime.modifying import Change
from engine.store import audit
from engine.store.models import Definition, Instance
from engine.store.repositories import Locked, definition_in
from engine.store.rows import put_objects
from engine.store.types import public_ref
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def start_instance(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    key: str,
    *,
    subject_ref: str | None = None,
    business_key: str | None = None,
    variables: Mapping[str, Any] | None = None,
    start: str | None = None,
    payload: Mapping[str, Any] | None = None,
    deployment_id: int | None = None,
    unit_id: int | None = None,
) -> Instance:
    """
    Start the latest definition of *key* (or the one of *deployment_id*) and run it to its first wait states.

    `start` is the node of a start event other than the plain one; `payload` what its message or signal brought. `unit_id`
    is the unit of its tasks while the subject names none. Whether this actor may start it is the office's question.
    """
    definition = definition_in(work.session, key, deployment_id=deployment_id)
    if definition is None:
        raise NotFound("definition-not-found", key=key)
    return start_definition(
        engine,
        work,
        actor,
        definition,
        subject_ref=subject_ref,
        business_key=business_key,
        variables=variables,
        start=start,
        payload=payload,
        unit_id=unit_id,
    )


def start_definition(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    definition: Definition,
    *,
    subject_ref: str | None = None,
    business_key: str | None = None,
    variables: Mapping[str, Any] | None = None,
    start: str | None = None,
    payload: Mapping[str, Any] | None = None,
    unit_id: int | None = None,
    at: Sequence[Change] = (),
) -> Instance:
    """Start exactly this definition; with `at` there and at no start event."""
    if not definition.executable:
        raise Conflict("definition-is-draft", key=definition.key)
    if definition.suspended:
        raise Conflict("definition-suspended", key=definition.key)
    row = {
        "ref": public_ref(),
        "definition_id": definition.id,
        "root_id": None,
        "business_key": business_key,
        "subject_ref": subject_ref,
        "unit_id": unit_id,
        "state": "running",
        "revision": 0,
        "started_at": engine.clock.now(),
        "started_by": actor.account_id,
        "ended_at": None,
        "end_reason": None,
        "open_incidents": 0,
        "execution": "",
    }
    (instance,) = put_objects(work.session, Instance, [row])
    locked = Locked(
        instance, solution(engine, work.session, definition.deployment_id), definition.deployment_id, definition.key
    )
    run = _begin(engine, work, actor, locked, variables or {}, start, payload, at)
    write(run, "start_instance")
    audit.record(work.session, actor, "instance.start", f"instance:{instance.id}", run.world.moment, key=definition.key)
    return instance


def _begin(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    locked: Locked,
    variables: Mapping[str, Any],
    start: str | None,
    payload: Mapping[str, Any] | None,
    at: Sequence[Change],
) -> Running:
    world = world_of(engine, work, actor, locked)
    instance = locked.instance
    definition = loaded(engine, work.session, instance.definition_id)
    who = actor.account_id if definition.asks_who else None
    initiator = None if who is None else engine.people.login(work.session, who)
    with blaming(None):  # the row goes away with the transaction: no incident can point at it
        execution = Execution.begin(
            definition,
            world,
            variables,
            start=start,
            payload=payload,
            business_key=instance.business_key,
            initiator=initiator,
            at=at,
        )
        execution.advance()
    return Running(engine, work, actor, instance, definition, execution, world)
