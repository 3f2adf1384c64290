"""The questions commands ask of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.models import (
    DecisionDefinition,
    Definition,
    Deployment,
    ExternalTask,
    Instance,
    InstancePart,
    Resource,
    Task,
    TaskCandidate,
    Variable,
)
from engine.store.rows import ask, columns_of, taken
from engine.store.types import among


@dataclass(frozen=True)
class Locked:
    """An instance whose row is ours until the transaction ends, and what it was deployed with."""

    instance: Instance
    solution: str
    deployment_id: int
    definition_key: str


@dataclass(frozen=True)
class LockedTask:
    """A task with its locked instance. `candidate`: one of the actor's principals may take it; `part`: asleep on its own."""

    locked: Locked
    task: Task
    candidate: bool
    part: tuple[str, str] | None


@dataclass(frozen=True)
class LockedExternalTask:
    """An external task with its locked instance."""

    locked: Locked
    task: ExternalTask


def locked_instance(session: Session, instance_id: int) -> Locked:
    """Lock an instance (SQLite: the transaction has the whole database already)."""
    rows = ask(session, _INSTANCE, {"instance_id": instance_id})
    if not rows:
        raise NotFound("instance-not-found", instance=instance_id)
    return Locked(taken(session, Instance, _INSTANCES, rows[0][: len(_INSTANCES)]), *rows[0][len(_INSTANCES) :])


def locked_task(session: Session, actor: Actor, task_id: int | str) -> LockedTask:
    """
    Lock the instance of a task (named by id or by public reference) and read the task, in one statement.

    On PostgreSQL the task may be read as it was before the lock was granted: change it only by compare-and-set.
    """
    asked = _TASK_BY_REF if isinstance(task_id, str) else _TASK
    rows = ask(session, asked, {"which": task_id, "principals": actor.principals})
    if not rows:
        raise NotFound("task-not-found", task=task_id)
    row, first, after = rows[0], len(_INSTANCES), len(_INSTANCES) + len(_TASKS)
    candidate, parent, part, *deployed = row[after:]
    return LockedTask(
        Locked(taken(session, Instance, _INSTANCES, row[:first]), *deployed),
        taken(session, Task, _TASKS, row[first:after]),
        bool(candidate),
        None if part is None else (parent, part),
    )


def locked_external_task(session: Session, ref: str) -> LockedExternalTask:
    """
    Lock the instance of an external task and read the task, in one statement.

    Workers fetch without locking the instance: change the task only by compare-and-set on its worker.
    """
    rows = ask(session, _EXTERNAL_TASK, {"ref": ref})
    if not rows:
        raise NotFound("external-task-not-found", task=ref)
    row, first, after = rows[0], len(_INSTANCES), len(_INSTANCES) + len(_EXTERNAL_TASKS)
    locked = Locked(taken(session, Instance, _INSTANCES, row[:first]), *row[after:])
    return LockedExternalTask(locked, taken(session, ExternalTask, _EXTERNAL_TASKS, row[first:after]))


def _with_deployment(*columns: Any) -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(*columns, Deployment.solution, Definition.deployment_id, Definition.key)
    return asked.select_from(Instance).join(Definition, Instance.definition_id == Definition.id).join(Deployment)


def _locking(asked: Select[*tuple[Any, ...]], which: Any) -> Select[*tuple[Any, ...]]:
    return asked.where(which).with_for_update(of=Instance.__table__)


_INSTANCES = columns_of(Instance, "execution")
_TASKS = columns_of(Task)
_EXTERNAL_TASKS = columns_of(ExternalTask)
_DEFINITIONS = columns_of(Definition)
_CANDIDATE = (
    exists().where(TaskCandidate.task_id == Task.id, among(TaskCandidate.principal_id, "principals")).correlate(Task)
)
_INSTANCE = _locking(_with_deployment(*_INSTANCES), Instance.id == bindparam("instance_id"))
_WITH_TASK = (
    _with_deployment(*_INSTANCES, *_TASKS, _CANDIDATE, InstancePart.parent, InstancePart.state)
    .join(Task, Task.instance_id == Instance.id)
    .join(
        InstancePart, (InstancePart.instance_id == Task.instance_id) & (InstancePart.token == Task.token), isouter=True
    )
)
_TASK = _locking(_WITH_TASK, Task.id == bindparam("which"))
_TASK_BY_REF = _locking(_WITH_TASK, Task.ref == bindparam("which"))
_EXTERNAL_TASK = _locking(
    _with_deployment(*_INSTANCES, *_EXTERNAL_TASKS).join(ExternalTask, ExternalTask.instance_id == Instance.id),
    ExternalTask.ref == bindparam("ref"),
)
_LATEST = select(*_DEFINITIONS).where(Definition.key == bindparam("key"), Definition.latest).limit(1)
_SCOPE = select(Variable.name, Variable.value).where(
    Variable.instance_id == bindparam("instance_id"), Variable.scope == bindparam("scope")
)
_CHILDREN = (
    select(InstancePart.token, InstancePart.state)
    .where(InstancePart.instance_id == bindparam("instance_id"), InstancePart.parent == bindparam("parent"))
    .order_by(InstancePart.token)
)
_PART = select(InstancePart.parent, InstancePart.state).where(
    InstancePart.instance_id == bindparam("instance_id"), InstancePart.token == bindparam("token")
)


class StoredScopes:
    """Variables of an instance, read a scope at a time when something in it is asked for."""

    def __init__(self, session: Session, instance_id: int) -> None:
        self._session = session
        self._instance_id = instance_id
        self._scopes: dict[str, dict[str, str]] = {}

    def one(self, scope: str, name: str) -> str | None:
        """JSON text of a variable, None when there is none of this name in exactly this scope."""
        return self._scope(scope).get(name)

    def all(self, scope: str) -> list[tuple[str, str]]:
        """Name and JSON text of every variable of a scope."""
        return list(self._scope(scope).items())

    def _scope(self, scope: str) -> dict[str, str]:
        if scope not in self._scopes:
            rows = ask(self._session, _SCOPE, {"instance_id": self._instance_id, "scope": scope})
            self._scopes[scope] = dict(rows)
        return self._scopes[scope]


class StoredParts:
    """Sleeping multi-instance children of an instance; *known* were read already."""

    def __init__(self, session: Session, instance_id: int, known: Mapping[str, tuple[str, str]]) -> None:
        self._session = session
        self._instance_id = instance_id
        self._known = known

    def one(self, token: str) -> tuple[str, str] | None:
        """Multi-instance (or child) and state of the row of a token."""
        if token in self._known:
            return self._known[token]
        rows = ask(self._session, _PART, {"instance_id": self._instance_id, "token": token})
        return (rows[0][0], rows[0][1]) if rows else None

    def of(self, holder: str) -> list[tuple[str, str]]:
        """Token and state of every child of a multi-instance."""
        rows = ask(self._session, _CHILDREN, {"instance_id": self._instance_id, "parent": holder})
        return [(token, state) for token, state in rows]


def definition_in(
    session: Session, key: str, *, deployment_id: int | None = None, version: str | None = None, tag: str | None = None
) -> Definition | None:
    """The definition of a key: in a deployment, of a version, with a version tag, else the latest."""
    if deployment_id is None and version is None and tag is None:
        found = ask(session, _LATEST, {"key": key})
        return taken(session, Definition, _DEFINITIONS, found[0]) if found else None
    asked = select(Definition).where(Definition.key == key)
    if deployment_id is not None:
        asked = asked.where(Definition.deployment_id == deployment_id)
    elif version is not None:
        asked = asked.where(Definition.version == _number(version))
    else:
        asked = asked.where(Definition.version_tag == tag).order_by(Definition.version.desc())
    return session.scalars(asked.limit(1)).one_or_none()


def compiled_text(session: Session, definition_id: int) -> tuple[str, str]:
    """Key and compiled text of a definition."""
    row = session.execute(
        select(Definition.key, Definition.compiled).where(Definition.id == definition_id)
    ).one_or_none()
    if row is None:
        raise NotFound("definition-not-found", definition=definition_id)
    return row[0], row[1]


def decision_file(
    session: Session, key: str, *, deployment_id: int | None = None, version: str | None = None
) -> Row[int, str, str] | None:
    """Resource id, path and sha256 of the file with a decision: in a deployment, of a version, else the latest."""
    asked = select(Resource.id, Resource.path, Resource.sha256)
    asked = asked.join(DecisionDefinition, DecisionDefinition.resource_id == Resource.id)
    asked = asked.where(DecisionDefinition.key == key)
    if deployment_id is not None:
        asked = asked.where(DecisionDefinition.deployment_id == deployment_id)
    elif version is not None:
        asked = asked.where(DecisionDefinition.version == _number(version))
    else:
        asked = asked.where(DecisionDefinition.latest)
    return session.execute(asked.limit(1)).one_or_none()


def _number(version: str | InstrumentedAttribute[int]) -> int:
    text = str(version)
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def solution_of(session: Session, deployment_id: int) -> str:
    """The solution a deployment belongs to."""
    return session.execute(select(Deployment.solution).where(Deployment.id == deployment_id)).scalar_one()
