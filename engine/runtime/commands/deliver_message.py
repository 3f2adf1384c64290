"""Deliver a message to the one instance that waits for it, or start a process by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import feel
from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.runtime.commands.correlation import answered_by
from engine.runtime.commands.fire_wait import wake_token
from engine.runtime.commands.start_instance import start_definition
from engine.runtime.values import to_json
from engine.store import audit
from engine.store.models import Definition, Instance, Variable, Wait
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def deliver_message(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    name: str,
    *,
    correlation: Mapping[str, Any] | None = None,
    subject_ref: str | None = None,
    business_key: str | None = None,
    payload: Mapping[str, Any] | None = None,
    instance_ref: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Instance:
    """
    A waiting instance comes first; its keys must all be among *correlation* or in the *payload*, where the diagrams'
    correlation properties read them; *subject_ref*, *business_key*, *instance_ref* or *variables* it must have narrow the
    choice. Several that fit: Conflict `message-ambiguous`. Nobody, and no start event of that name: NotFound
    `message-nobody-waits`.
    """
    keys = {**_carried(engine, work.session, name, payload or {}), **(correlation or {})}
    waiting = _waiting(work.session, name, keys, subject_ref, business_key, instance_ref, variables or {})
    if len({instance_id for _, instance_id in waiting}) > 1:
        raise Conflict("message-ambiguous", message=name, instances=len(waiting))
    instance = None
    if not waiting and instance_ref is not None:
        raise NotFound("message-nobody-waits", message=name)
    if waiting:
        wait_id, instance_id = waiting[0]
        instance = wake_token(engine, work, actor, instance_id, wait_id, payload)
    else:
        instance = _started(engine, work, actor, name, subject_ref, business_key, payload)
    if instance is None:
        raise NotFound("message-nobody-waits", message=name)
    audit.record(work.session, actor, "message.deliver", f"instance:{instance.id}", engine.clock.now(), message=name)
    return instance


def _carried(engine: Engine, session: Session, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The keys a message carries in its payload."""
    if not payload:
        return {}
    asked = select(Wait.details).where(Wait.kind == "correlation", Wait.name == name)
    found: dict[str, Any] = {}
    for details in session.scalars(asked.order_by(Wait.id)):
        path = feel.compile_expression(details["path"])
        value = path.evaluate(payload, now=engine.clock.now(), zone=engine.zone, functions=engine.functions)
        if value is not None and path.names & set(payload):
            found.setdefault(details["property"], value)
    return found


def _waiting(
    session: Session,
    name: str,
    keys: Mapping[str, Any],
    subject_ref: str | None,
    business_key: str | None,
    instance_ref: str | None,
    variables: Mapping[str, Any],
) -> list[tuple[int, int]]:
    """Waits of instances that this message fits; by index, whatever else waits."""
    fits = or_(Wait.correlation.is_(None), Wait.correlation.in_(answered_by(keys)))
    found = (
        select(Wait.id, Instance.id)
        .join(Instance, Wait.instance_id == Instance.id)
        .where(Wait.kind == "message", Wait.name == name, fits)
        .order_by(Wait.id)
        .limit(10)
    )
    if subject_ref is not None:
        found = found.where(Instance.subject_ref == subject_ref)
    if business_key is not None:
        found = found.where(Instance.business_key == business_key)
    if instance_ref is not None:
        found = found.where(Instance.ref == instance_ref)
    for variable, value in variables.items():
        has = select(Variable.name).where(Variable.instance_id == Instance.id, Variable.scope == "")
        found = found.where(has.where(Variable.name == variable, Variable.value == to_json(value)).exists())
    return [(wait_id, instance_id) for wait_id, instance_id in session.execute(found)]


def _started(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    name: str,
    subject_ref: str | None,
    business_key: str | None,
    payload: Mapping[str, Any] | None,
) -> Instance | None:
    offers = (
        select(Wait.token, Definition)
        .join(Definition, Wait.definition_id == Definition.id)
        .where(Wait.kind == "message", Wait.name == name, Definition.latest)
        .order_by(Wait.id)
        .limit(1)
    )
    row = work.session.execute(offers).one_or_none()
    if row is None:
        return None
    node, definition = row
    return start_definition(
        engine,
        work,
        actor,
        definition,
        subject_ref=subject_ref,
        business_key=business_key,
        start=node,
        payload=payload,
    )
