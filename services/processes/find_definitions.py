"""Processes that can be started, and deployments, as programs ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.store.models import Definition, Deployment, Resource

ORDERS = {
    "key": Definition.key,
    "id": Definition.id,
    "name": Definition.name,
    "version": Definition.version,
    "deployment": Definition.deployment_id,
}


@dataclass(frozen=True)
class DefinitionQuery:
    """Which definitions are wanted; drafts never are."""

    ids: tuple[int, ...] | None = None
    keys: tuple[str, ...] | None = None
    name: str | None = None
    version: int | None = None
    version_tag: str | None = None
    deployment_id: int | None = None
    latest: bool = False
    suspended: bool | None = None


@dataclass(frozen=True)
class DefinitionRow:
    """One version of a process."""

    id: int
    key: str
    name: str
    version: int
    version_tag: str | None
    deployment_id: int
    path: str
    suspended: bool


@dataclass(frozen=True)
class DeploymentRow:
    """A deployment; `note` is what it was called by whoever made it."""

    id: int
    solution: str
    version: int
    note: str
    at: datetime


def find_definitions(
    session: Session,
    query: DefinitionQuery,
    *,
    first: int = 0,
    size: int = 1000,
    order: tuple[str, bool] | None = None,
) -> list[DefinitionRow]:
    """A page of definitions, one statement."""
    asked: Select[*tuple[Any, ...]] = (
        select(
            Definition.id,
            Definition.key,
            Definition.name,
            Definition.version,
            Definition.version_tag,
            Definition.deployment_id,
            Resource.path,
            Definition.suspended,
        )
        .join(Resource, Resource.id == Definition.resource_id)
        .where(Definition.executable, *_wanted(query))
    )
    column, backwards = (ORDERS[order[0]], order[1]) if order else (Definition.id, False)
    asked = asked.order_by(column.desc() if backwards else column, Definition.id).offset(first).limit(size)
    return [DefinitionRow(*row) for row in session.execute(asked)]


def count_definitions(session: Session, query: DefinitionQuery) -> int:
    """How many there are."""
    counted = select(func.count()).select_from(Definition).where(Definition.executable, *_wanted(query))
    return session.scalar(counted) or 0


def one_definition(session: Session, *, id: int | None = None, key: str | None = None) -> DefinitionRow:
    """One by id, or the latest of a key. Raises NotFound("definition-not-found")."""
    query = DefinitionQuery(ids=(id,)) if id is not None else DefinitionQuery(keys=(key or "",), latest=True)
    found = find_definitions(session, query, size=1)
    if not found:
        raise NotFound("definition-not-found", key=key or id)
    return found[0]


def drawing_of(session: Session, definition_id: int) -> bytes:
    """The file as it was given."""
    asked = select(Resource.content).join(Definition, Definition.resource_id == Resource.id)
    return session.execute(asked.where(Definition.id == definition_id)).scalar_one()


def find_deployments(
    session: Session, *, id: int | None = None, name: str | None = None, first: int = 0, size: int = 1000
) -> list[DeploymentRow]:
    """Deployments, the oldest first."""
    asked = select(Deployment.id, Deployment.solution, Deployment.version, Deployment.note, Deployment.deployed_at)
    if id is not None:
        asked = asked.where(Deployment.id == id)
    if name is not None:
        asked = asked.where((Deployment.note == name) | (Deployment.solution == name))
    return [DeploymentRow(*row) for row in session.execute(asked.order_by(Deployment.id).offset(first).limit(size))]


def count_deployments(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(Deployment)) or 0


def deployed_resources(session: Session, deployment_id: int) -> list[tuple[int, str]]:
    """Number and path of a deployment's files."""
    asked = select(Resource.id, Resource.path).where(Resource.deployment_id == deployment_id).order_by(Resource.path)
    return [(id, path) for id, path in session.execute(asked)]


def resource_content(session: Session, deployment_id: int, resource_id: int) -> tuple[str, bytes]:
    """A file's path and bytes. Raises NotFound("file-not-deployed")."""
    asked = select(Resource.path, Resource.content)
    asked = asked.where(Resource.deployment_id == deployment_id, Resource.id == resource_id)
    row = session.execute(asked).one_or_none()
    if row is None:
        raise NotFound("file-not-deployed", deployment=deployment_id, file=resource_id)
    return row.path, row.content


def _wanted(query: DefinitionQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.ids is not None:
        found.append(Definition.id.in_(query.ids))
    if query.keys is not None:
        found.append(Definition.key.in_(query.keys))
    if query.latest:
        found.append(Definition.latest.is_(True))
    same = (
        (Definition.name, query.name),
        (Definition.version, query.version),
        (Definition.version_tag, query.version_tag),
        (Definition.deployment_id, query.deployment_id),
        (Definition.suspended, query.suspended),
    )
    return found + [column == value for column, value in same if value is not None]
