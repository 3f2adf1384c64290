"""An administrator takes running instances over to another version of their process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, undefer

from engine.actor import Actor
from engine.deployment.loading import loaded
from engine.errors import NotFound
from engine.runtime import commands
from engine.runtime.commands.migration import (
    LIVE,
    migrate_at_once,
    pause_migration,
    plan_of,
    plan_to_json,
    resume_migration,
    revert_item,
    start_migration,
    told,
)
from engine.runtime.commands.standing import asleep
from engine.runtime.migrating import Plan, elements, generated, refusals
from engine.store.models import Definition, Deployment, Instance, Migration, MigrationItem
from engine.store.unit_of_work import UnitOfWork
from services.processes.queries import admitted

if TYPE_CHECKING:
    from services.office import Office

MOST_LOOKED_AT = 200
"""Instances a dry run looks at."""
_STATES = ("waiting", "done", "refused", "reverted")


@dataclass(frozen=True)
class Version:
    """A version of a process and how many instances run on it."""

    id: int
    key: str
    name: str
    version: int
    solution: str
    running: int


@dataclass(frozen=True)
class PlanPage:
    """A plan between two versions: elements of both (id, kind), what is wrong with it."""

    source: Version
    target: Version
    plan: Plan
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    refusals: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Tried:
    """What a dry run found: how many of those looked at would go, and why others would not."""

    looked: int
    would: int
    refused: tuple[tuple[str, tuple[dict[str, str], ...]], ...]


@dataclass(frozen=True)
class ItemRow:
    """One instance of a migration."""

    id: int
    ref: str
    state: str
    refusals: tuple[dict[str, str], ...]
    can_go_back: bool


@dataclass(frozen=True)
class MigrationRow:
    """A migration with its progress: how many items are in each state."""

    id: int
    ref: str
    key: str
    name: str
    solution: str
    source: int
    target: int
    state: str
    reason: str
    made_at: datetime
    made_by: str
    counts: dict[str, int]
    plan: Plan
    items: tuple[ItemRow, ...] = ()


def versions(session: Session, actor: Actor) -> tuple[Version, ...]:
    """Every executable version, the newest of each process first."""
    admitted(actor)
    running = (
        select(Instance.definition_id, func.count().label("n"))
        .where(Instance.state.in_(LIVE))
        .group_by("definition_id")
    ).subquery()
    asked = _versions(func.coalesce(running.c.n, 0)).outerjoin(running, running.c.definition_id == Definition.id)
    rows = session.execute(asked.where(Definition.executable).order_by(Definition.key, Definition.version.desc()))
    return tuple(Version(*row) for row in rows)


def plan_page(
    office: Office, session: Session, actor: Actor, source_id: int, target_id: int, typed: Any = None
) -> PlanPage:
    """The generated plan, or what was typed, with everything that is wrong with it. Raises NotFound, Invalid."""
    admitted(actor)
    source, target = _version(session, source_id), _version(session, target_id)
    old, new = loaded(office.engine, session, source_id), loaded(office.engine, session, target_id)
    plan = generated(old, new) if typed is None else plan_of(typed)
    return PlanPage(
        source,
        target,
        plan,
        tuple((step.node.element, step.node.kind) for step in elements(old)),
        tuple((step.node.element, step.node.kind) for step in elements(new)),
        tuple(told(each) for each in refusals(old, new, plan)),
    )


def elements_that_wait(office: Office, session: Session, actor: Actor, definition_id: int) -> frozenset[str]:
    """Elements of a version with an event of their own, which a plan can let begin anew."""
    admitted(actor)
    every = elements(loaded(office.engine, session, definition_id))
    return frozenset(step.node.element for step in every if step.node.events)


def try_migration(
    office: Office, session: Session, actor: Actor, page: PlanPage, refs: Sequence[str] | None = None
) -> Tried:
    """What would become of the running instances, or of those named: nothing is written."""
    admitted(actor)
    target = loaded(office.engine, session, page.target.id)
    source = loaded(office.engine, session, page.source.id)
    asked = select(Instance).where(Instance.definition_id == page.source.id, Instance.state.in_(LIVE))
    if refs is not None:
        asked = asked.where(Instance.ref.in_(list(refs)[:MOST_LOOKED_AT]))
    asked = asked.options(undefer(Instance.execution)).order_by(Instance.id).limit(MOST_LOOKED_AT)
    looked, refused = 0, []
    for one in session.scalars(asked):
        looked += 1
        why = [told(each) for each in asleep(office.engine, session, one, source).obstacles(target, page.plan)]
        if one.state == "suspended":
            why.append({"element": "", "code": "instance-suspended", "to": ""})
        if why:
            refused.append((one.ref, tuple(why)))
    return Tried(looked, looked - len(refused), tuple(refused))


def begin_migration(
    office: Office,
    actor: Actor,
    source_id: int,
    target_id: int,
    plan: Plan,
    *,
    reason: str,
    refs: Sequence[str] | None = None,
) -> str:
    """Begin; gives the reference of the migration."""

    def act(work: UnitOfWork) -> str:
        made = start_migration(office.engine, work, actor, source_id, target_id, plan, reason=reason, instances=refs)
        return made.ref

    ref: str = _done(office, actor, "migration.start", act)
    return ref


def migrate_now(
    office: Office, actor: Actor, source_id: int, target_id: int, plan: Plan, refs: Sequence[str], *, reason: str
) -> str:
    """Take a few named instances over at once, all or none; gives the reference of the migration."""

    def act(work: UnitOfWork) -> str:
        made = migrate_at_once(office.engine, work, actor, source_id, target_id, plan, instances=refs, reason=reason)
        return made.ref

    ref: str = _done(office, actor, "migration.start", act)
    return ref


def pause(office: Office, actor: Actor, ref: str) -> None:
    """Stop before the next instance."""
    _done(office, actor, "migration.pause", lambda work: pause_migration(office.engine, work, actor, _id(work, ref)))


def resume(office: Office, actor: Actor, ref: str) -> None:
    """Go on."""
    _done(office, actor, "migration.resume", lambda work: resume_migration(office.engine, work, actor, _id(work, ref)))


def revert(office: Office, actor: Actor, ref: str, item_id: int) -> None:
    """Take one instance of the migration back. Raises NotFound, Conflict("instance-moved-on")."""

    def act(work: UnitOfWork) -> int:
        item = work.session.get(MigrationItem, item_id)
        if item is None or item.migration_id != _id(work, ref):
            raise NotFound("migration-not-found", ref=ref)
        return revert_item(office.engine, work, actor, item_id).id

    _done(office, actor, "migration.revert", act)


def migrations(
    session: Session, actor: Actor, *, first: int = 0, limit: int = 50, states: Sequence[str] | None = None
) -> tuple[MigrationRow, ...]:
    """The newest migrations (in *states*) with their progress: two statements."""
    admitted(actor)
    asked = _migrations().order_by(Migration.id.desc()).offset(first).limit(limit)
    rows = session.execute(asked if states is None else asked.where(Migration.state.in_(states))).all()
    counted = _counts(session, [row[0] for row in rows])
    return tuple(_row(row, counted) for row in rows)


def count_migrations(session: Session, actor: Actor, states: Sequence[str]) -> int:
    """How many there are in *states*."""
    admitted(actor)
    return session.scalar(select(func.count()).select_from(Migration).where(Migration.state.in_(states))) or 0


def one_migration(session: Session, actor: Actor, ref: str, *, limit: int = 500) -> MigrationRow:
    """A migration with its instances, those that were refused first. Raises NotFound("migration-not-found")."""
    admitted(actor)
    row = session.execute(_migrations().where(Migration.ref == ref)).one_or_none()
    if row is None:
        raise NotFound("migration-not-found", ref=ref)
    asked = (
        select(MigrationItem.id, Instance.ref, MigrationItem.state, MigrationItem.refusals)
        .add_columns(MigrationItem.revision, Instance.revision.label("now"), Instance.state.label("alive"))
        .join(Instance, Instance.id == MigrationItem.instance_id)
        .where(MigrationItem.migration_id == row[0])
        .order_by(MigrationItem.state.desc(), MigrationItem.id)
        .limit(limit)
    )
    items = tuple(
        ItemRow(
            one.id,
            one.ref,
            one.state,
            tuple(one.refusals),
            one.state == "done" and one.revision == one.now and one.alive == "running",
        )
        for one in session.execute(asked)
    )
    return _row(row, _counts(session, [row[0]]), items)


def _versions(count: Any) -> Any:
    asked = select(Definition.id, Definition.key, Definition.name, Definition.version, Deployment.solution, count)
    return asked.select_from(Definition).join(Deployment, Deployment.id == Definition.deployment_id)


def _version(session: Session, definition_id: int) -> Version:
    alive = Instance.state.in_(LIVE)
    count = select(func.count()).where(Instance.definition_id == Definition.id, alive).scalar_subquery()
    row = session.execute(_versions(count).where(Definition.id == definition_id)).one_or_none()
    if row is None:
        raise NotFound("definition-not-found", key=str(definition_id))
    return Version(*row)


def _migrations() -> Any:
    source, target = aliased(Definition), aliased(Definition)
    return (
        select(
            Migration.id, Migration.ref, source.key, target.name, Deployment.solution, source.version, target.version
        )
        .add_columns(Migration.state, Migration.reason, Migration.made_at, Migration.made_by_name, Migration.plan)
        .join(source, source.id == Migration.source_id)
        .join(target, target.id == Migration.target_id)
        .join(Deployment, Deployment.id == target.deployment_id)
    )


def _row(row: Any, counted: dict[tuple[int, str], int], items: tuple[ItemRow, ...] = ()) -> MigrationRow:
    counts = {state: counted.get((row[0], state), 0) for state in _STATES}
    return MigrationRow(*row[:-1], counts, plan_of(row[-1]), items)  # type: ignore[call-arg]  # as many as columns


def _counts(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], int]:
    asked = select(MigrationItem.migration_id, MigrationItem.state, func.count())
    asked = asked.where(MigrationItem.migration_id.in_(ids)).group_by(MigrationItem.migration_id, MigrationItem.state)
    return {(row[0], row[1]): row[2] for row in session.execute(asked)}


def _id(work: UnitOfWork, ref: str) -> int:
    found = work.session.scalar(select(Migration.id).where(Migration.ref == ref))
    if found is None:
        raise NotFound("migration-not-found", ref=ref)
    return found


def _done(office: Office, actor: Actor, action: str, act: Callable[[UnitOfWork], Any]) -> Any:
    admitted(actor)
    return commands.perform(office.engine, actor, action, act)


__all__ = ["MigrationRow", "PlanPage", "Tried", "Version", "begin_migration", "plan_page", "plan_to_json", "versions"]
