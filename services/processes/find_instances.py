"""Instances as programs ask for them: those without a card, and those whose card the account may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, true
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.models import Definition, Instance, Variable
from services.access.models import CardAccess
from services.access.rules import SEE

ORDERS = {
    "instance": Instance.id,
    "key": Definition.key,
    "definition": Definition.id,
    "business": Instance.business_key,
    "started": Instance.started_at,
    "ended": Instance.ended_at,
}
LIVE = ("running", "suspended")


@dataclass(frozen=True)
class InstanceQuery:
    """Which instances are wanted; None says nothing."""

    refs: tuple[str, ...] | None = None
    business_key: str | None = None
    definition_keys: tuple[str, ...] | None = None
    definition_id: int | None = None
    deployment_id: int | None = None
    states: tuple[str, ...] | None = LIVE
    with_incident: bool = False


@dataclass(frozen=True)
class InstanceRow:
    """An instance with its definition."""

    id: int
    ref: str
    business_key: str | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    definition_id: int
    definition_key: str
    definition_version: int
    definition_name: str


def visible(actor: Actor) -> ColumnElement[bool]:
    """A clause on `Instance`: what this account may see of it through the engine's interface."""
    if "admin" in actor.roles:
        return true()
    cards = select(literal("card:") + cast(CardAccess.card_id, String)).where(
        CardAccess.principal_id.in_(actor.principals), CardAccess.mask.op("&")(SEE) != 0
    )
    return or_(Instance.subject_ref.is_(None), Instance.subject_ref.in_(cards))


def find_instances(
    session: Session,
    actor: Actor,
    query: InstanceQuery,
    *,
    first: int = 0,
    size: int = 1000,
    order: tuple[str, bool] | None = None,
) -> list[InstanceRow]:
    """A page of instances, one statement."""
    asked = _joined(
        Instance.id,
        Instance.ref,
        Instance.business_key,
        Instance.state,
        Instance.started_at,
        Instance.ended_at,
        Instance.end_reason,
        Definition.id,
        Definition.key,
        Definition.version,
        Definition.name,
    ).where(visible(actor), *_wanted(query))
    column, backwards = (ORDERS[order[0]], order[1]) if order else (Instance.id, False)
    asked = asked.order_by(column.desc() if backwards else column, Instance.id).offset(first).limit(size)
    return [InstanceRow(*row) for row in session.execute(asked)]


def count_instances(session: Session, actor: Actor, query: InstanceQuery) -> int:
    """How many there are."""
    return session.scalar(_joined(func.count()).where(visible(actor), *_wanted(query))) or 0


def one_instance(session: Session, actor: Actor, ref: str, *, ended_too: bool = False) -> InstanceRow:
    """The instance. Raises NotFound("instance-not-found") also for one this account may not see."""
    query = InstanceQuery(refs=(ref,), states=None if ended_too else LIVE)
    found = find_instances(session, actor, query, size=1)
    if not found:
        raise NotFound("instance-not-found", ref=ref)
    return found[0]


def variable_texts(session: Session, instance_id: int, name: str | None = None) -> dict[str, str]:
    """Variables of the instance itself as the engine's own JSON, by name."""
    asked = select(Variable.name, Variable.value).where(Variable.instance_id == instance_id, Variable.scope == "")
    asked = asked if name is None else asked.where(Variable.name == name)
    return {row.name: row.value for row in session.execute(asked.order_by(Variable.name))}


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(*columns).select_from(Instance)
    return asked.join(Definition, Definition.id == Instance.definition_id)


def _wanted(query: InstanceQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.refs is not None:
        found.append(Instance.ref.in_(query.refs))
    if query.states is not None:
        found.append(Instance.state.in_(query.states))
    if query.business_key is not None:
        found.append(Instance.business_key == query.business_key)
    if query.definition_keys is not None:
        found.append(Definition.key.in_(query.definition_keys))
    if query.definition_id is not None:
        found.append(Definition.id == query.definition_id)
    if query.deployment_id is not None:
        found.append(Definition.deployment_id == query.deployment_id)
    if query.with_incident:
        found.append(Instance.open_incidents > 0)
    return found
