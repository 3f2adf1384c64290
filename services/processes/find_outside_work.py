"""External tasks and incidents as programs ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.jobs.leases import database_now
from engine.store.models import Definition, ExternalTask, Incident, Instance
from services.processes.find_instances import visible

ORDERS = {
    "id": ExternalTask.id,
    "lock": ExternalTask.free_at,
    "instance": ExternalTask.instance_id,
    "definition": ExternalTask.definition_id,
    "priority": ExternalTask.rank,
}


@dataclass(frozen=True)
class WorkQuery:
    """Which external tasks are wanted; None says nothing."""

    ref: str | None = None
    topic: str | None = None
    worker: str | None = None
    locked: bool | None = None
    retries_left: bool | None = None
    element: str | None = None
    instance_ref: str | None = None
    definition_key: str | None = None
    definition_id: int | None = None


@dataclass(frozen=True)
class WorkRow:
    """An external task with what it belongs to."""

    ref: str
    topic: str
    element: str
    worker: str | None
    free_at: datetime
    rank: int
    retries: int | None
    error: str | None
    created_at: datetime
    instance_ref: str
    business_key: str | None
    suspended: bool
    definition_id: int
    definition_key: str
    definition_version: int
    version_tag: str | None


@dataclass(frozen=True)
class IncidentRow:
    """An open incident of an instance."""

    id: int
    code: str
    params: Mapping[str, Any]
    element: str | None
    created_at: datetime
    job_id: int | None
    instance_ref: str
    definition_id: int
    definition_key: str
    definition_version: int


def find_work(
    session: Session,
    actor: Actor,
    query: WorkQuery,
    *,
    first: int = 0,
    size: int = 1000,
    order: tuple[str, bool] | None = None,
) -> list[WorkRow]:
    """A page of external tasks, one statement."""
    asked: Select[*tuple[Any, ...]] = _joined(
        ExternalTask.ref,
        ExternalTask.topic,
        ExternalTask.element,
        ExternalTask.worker,
        ExternalTask.free_at,
        ExternalTask.rank,
        ExternalTask.retries,
        ExternalTask.error,
        ExternalTask.created_at,
        Instance.ref,
        Instance.business_key,
        Instance.state == "suspended",
        Definition.id,
        Definition.key,
        Definition.version,
        Definition.version_tag,
    ).where(visible(actor), *_wanted(session, query))
    column, backwards = (ORDERS[order[0]], order[1]) if order else (ExternalTask.id, False)
    if order is not None and order[0] == "priority":
        backwards = not backwards
    asked = asked.order_by(column.desc() if backwards else column, ExternalTask.id).offset(first).limit(size)
    return [WorkRow(*row) for row in session.execute(asked)]


def count_work(session: Session, actor: Actor, query: WorkQuery) -> int:
    """How many there are."""
    return session.scalar(_joined(func.count()).where(visible(actor), *_wanted(session, query))) or 0


def error_details(session: Session, actor: Actor, ref: str) -> str | None:
    """What the worker said about its last failure. Raises NotFound."""
    row = session.execute(_joined(ExternalTask.error_details).where(visible(actor), ExternalTask.ref == ref)).first()
    if row is None:
        raise NotFound("external-task-not-found", task=ref)
    details: str | None = row[0]
    return details


def topics(session: Session, actor: Actor) -> list[str]:
    """The topics something waits for."""
    return list(
        session.scalars(_joined(ExternalTask.topic).where(visible(actor)).distinct().order_by(ExternalTask.topic))
    )


def find_incidents(
    session: Session,
    actor: Actor,
    *,
    id: int | None = None,
    instance_ref: str | None = None,
    codes: tuple[frozenset[str], bool] | None = None,
    first: int = 0,
    size: int = 1000,
) -> list[IncidentRow]:
    """Open incidents, the newest first; *codes* is a set and whether it is wanted or not."""
    asked: Select[*tuple[Any, ...]] = (
        select(
            Incident.id,
            Incident.code,
            Incident.params,
            Incident.element,
            Incident.created_at,
            Incident.job_id,
            Instance.ref,
            Definition.id,
            Definition.key,
            Definition.version,
        )
        .join(Instance, Instance.id == Incident.instance_id)
        .join(Definition, Definition.id == Instance.definition_id)
        .where(Incident.state == "open", visible(actor))
    )
    if id is not None:
        asked = asked.where(Incident.id == id)
    if instance_ref is not None:
        asked = asked.where(Instance.ref == instance_ref)
    if codes is not None:
        asked = asked.where(Incident.code.in_(codes[0]) if codes[1] else Incident.code.not_in(codes[0]))
    asked = asked.order_by(Incident.created_at.desc(), Incident.id.desc()).offset(first).limit(size)
    return [IncidentRow(*row) for row in session.execute(asked)]


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(*columns).select_from(ExternalTask)
    asked = asked.join(Instance, Instance.id == ExternalTask.instance_id)
    return asked.join(Definition, Definition.id == ExternalTask.definition_id)


def _wanted(session: Session, query: WorkQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    same = (
        (ExternalTask.ref, query.ref),
        (ExternalTask.topic, query.topic),
        (ExternalTask.worker, query.worker),
        (ExternalTask.element, query.element),
        (Instance.ref, query.instance_ref),
        (Definition.key, query.definition_key),
        (Definition.id, query.definition_id),
    )
    found += [column == value for column, value in same if value is not None]
    held = ExternalTask.worker.is_not(None) & (ExternalTask.free_at > database_now(session))
    if query.locked is not None:
        found.append(held if query.locked else ~held)
    if query.retries_left is not None:
        left = or_(ExternalTask.retries.is_(None), ExternalTask.retries > 0)
        found.append(left if query.retries_left else ~left)
    return found
