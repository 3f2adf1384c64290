"""
An outside worker fetches work: tasks of its topics that nobody holds, the most urgent first, locked for it.

Found by index and locked by compare-and-set on the database's clock; on PostgreSQL a row another worker is just taking is
passed over, on SQLite the writer is alone. The instance is not locked: fetching never waits for a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.jobs.leases import database_now
from engine.runtime.commands.external import named, seconds
from engine.runtime.values import from_json
from engine.store.models import Definition, ExternalTask, Instance, Variable
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

MOST = 1000
MOST_TOPICS = 100


@dataclass(frozen=True)
class Topic:
    """
    What a worker asks for. `lock` in milliseconds; `variables` None: all; `local`: only those of the task's own scope; the
    others narrow the choice.
    """

    name: str
    lock: int
    variables: tuple[str, ...] | None = None
    local: bool = False
    business_key: str | None = None
    definition_keys: tuple[str, ...] | None = None
    definition_ids: tuple[int, ...] | None = None
    version_tag: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A task in a worker's hands until `locked_until`."""

    ref: str
    topic: str
    element: str
    worker: str
    locked_until: datetime
    priority: int
    retries: int | None
    error: str | None
    error_details: str | None
    created_at: datetime
    instance_ref: str
    business_key: str | None
    definition_id: int
    definition_key: str
    definition_version: int
    version_tag: str | None
    properties: Mapping[str, str]
    variables: Mapping[str, Any]


def fetch_external_tasks(
    engine: Engine, work: UnitOfWork, worker: str | None, topics: Sequence[Topic], *, most: int = 10
) -> list[Fetched]:
    """
    Lock up to *most* tasks for *worker* and give them with their variables: two statements a topic and two for all.

    Suspended instances' tasks and those without tries left are not given. Raises Invalid("worker-missing"),
    ("lock-duration"), ("fetch-too-much").
    """
    worker = check(worker, topics, most)
    taken: dict[int, datetime] = {}
    wanted: dict[int, Topic] = {}
    for topic in topics:
        if len(taken) == most:
            break
        for id, until in _take(work.session, worker, topic, most - len(taken)):
            taken[id], wanted[id] = until, topic
    return _described(work.session, worker, taken, wanted) if taken else []


def can_fetch(session: Session, topics: Sequence[Topic]) -> bool:
    """Whether there is anything for these topics: asked before a transaction opens, so that idle workers never write."""
    return any(session.execute(_free(session, topic).limit(1)).first() is not None for topic in topics)


def check(worker: str | None, topics: Sequence[Topic], most: int) -> str:
    """Refuse what no worker can mean; gives its name."""
    if not 0 <= most <= MOST or len(topics) > MOST_TOPICS:
        raise Invalid("fetch-too-much", most=MOST, topics=MOST_TOPICS)
    for topic in topics:
        seconds(topic.lock)
    return named(worker)


def _free(session: Session, topic: Topic) -> Select[int]:
    asked = select(ExternalTask.id).where(
        ExternalTask.topic == topic.name,
        ExternalTask.state == "waiting",
        ExternalTask.free_at <= database_now(session),
    )
    if topic.business_key is not None:
        of_key = select(Instance.id).where(Instance.business_key == topic.business_key)
        asked = asked.where(ExternalTask.instance_id.in_(of_key))
    if topic.definition_ids is not None:
        asked = asked.where(ExternalTask.definition_id.in_(topic.definition_ids))
    if topic.definition_keys is not None:
        of_keys = select(Definition.id).where(Definition.key.in_(topic.definition_keys))
        asked = asked.where(ExternalTask.definition_id.in_(of_keys))
    if topic.version_tag is not None:
        tagged = select(Definition.id).where(Definition.version_tag == topic.version_tag)
        asked = asked.where(ExternalTask.definition_id.in_(tagged))
    return asked.order_by(ExternalTask.rank, ExternalTask.free_at, ExternalTask.id)


def _take(session: Session, worker: str, topic: Topic, most: int) -> Iterable[tuple[int, datetime]]:
    free = _free(session, topic).limit(most)
    if session.get_bind().dialect.name == "postgresql":
        free = free.with_for_update(skip_locked=True)
    ids = list(session.scalars(free))
    if not ids:
        return []
    locked = (
        update(ExternalTask)
        .where(ExternalTask.id.in_(ids), ExternalTask.state == "waiting", ExternalTask.free_at <= database_now(session))
        .values(worker=worker, free_at=database_now(session, seconds(topic.lock)))
        .returning(ExternalTask.id, ExternalTask.free_at)
        .execution_options(synchronize_session=False)
    )
    until = {row.id: row.free_at for row in session.execute(locked)}
    return [(id, until[id]) for id in ids if id in until]


def _described(
    session: Session, worker: str, taken: Mapping[int, datetime], wanted: Mapping[int, Topic]
) -> list[Fetched]:
    asked: Select[*tuple[Any, ...]] = (
        select(
            ExternalTask.id,
            ExternalTask.ref,
            ExternalTask.topic,
            ExternalTask.element,
            ExternalTask.rank,
            ExternalTask.retries,
            ExternalTask.error,
            ExternalTask.error_details,
            ExternalTask.created_at,
            ExternalTask.scopes,
            ExternalTask.properties,
            ExternalTask.instance_id,
            Instance.ref.label("instance_ref"),
            Instance.business_key,
            Definition.id.label("definition_id"),
            Definition.key,
            Definition.version,
            Definition.version_tag,
        )
        .join(Instance, Instance.id == ExternalTask.instance_id)
        .join(Definition, Definition.id == ExternalTask.definition_id)
        .where(ExternalTask.id.in_(list(taken)))
    )
    rows = {row.id: row for row in session.execute(asked)}
    values = _values(session, rows, wanted)
    return [
        Fetched(
            ref=row.ref,
            topic=row.topic,
            element=row.element,
            worker=worker,
            locked_until=taken[id],
            priority=-row.rank,
            retries=row.retries,
            error=row.error,
            error_details=row.error_details,
            created_at=row.created_at,
            instance_ref=row.instance_ref,
            business_key=row.business_key,
            definition_id=row.definition_id,
            definition_key=row.key,
            definition_version=row.version,
            version_tag=row.version_tag,
            properties=row.properties,
            variables=_seen(values.get(row.instance_id, {}), row.scopes, wanted[id]),
        )
        for id in taken
        for row in (rows[id],)
    ]


def _values(
    session: Session, rows: Mapping[int, Any], wanted: Mapping[int, Topic]
) -> dict[int, dict[str, dict[str, str]]]:
    """Variables of all fetched tasks by instance and scope, in one statement; only the named ones when all are named."""
    places = {(row.instance_id, scope) for id, row in rows.items() for scope in _scopes(row.scopes, wanted[id])}
    named_ones = [wanted[id].variables for id in rows]
    if not places or all(names == () for names in named_ones):
        return {}
    asked = select(Variable.instance_id, Variable.scope, Variable.name, Variable.value).where(
        Variable.instance_id.in_({instance_id for instance_id, _ in places}),
        Variable.scope.in_({scope for _, scope in places}),
    )
    if None not in named_ones:
        asked = asked.where(Variable.name.in_({name for names in named_ones for name in names or ()}))
    found: dict[int, dict[str, dict[str, str]]] = {}
    for instance_id, scope, name, value in session.execute(asked):
        found.setdefault(instance_id, {}).setdefault(scope, {})[name] = value
    return found


def _scopes(scopes: Sequence[str], topic: Topic) -> Sequence[str]:
    return scopes[:1] if topic.local else scopes


def _seen(values: Mapping[str, Mapping[str, str]], scopes: Sequence[str], topic: Topic) -> dict[str, Any]:
    """What the task sees: the nearest scope wins."""
    seen: dict[str, str] = {}
    for scope in reversed(_scopes(scopes, topic)):
        seen |= values.get(scope, {})
    return {
        name: from_json(value)
        for name, value in sorted(seen.items())
        if topic.variables is None or name in topic.variables
    }
