"""
A migration of many instances: checked as a whole, then one instance a job, one after the other.

Whoever pauses it stops it before the next instance; what is done stays done. An instance that cannot go is written down with
the reasons and hinders no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine.actor import MACHINE, Actor
from engine.deployment.loading import loaded
from engine.errors import Conflict, Invalid, NotFound
from engine.jobs.kinds import JobView
from engine.jobs.queue import enqueue
from engine.runtime.commands.migrate_instance import Migrated, migrate_instance, not_there, revert_instance
from engine.runtime.migrating import Plan, Refusal, refusals
from engine.store import audit
from engine.store.models import Instance, Migration, MigrationItem
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

MOST, MOST_AT_ONCE = 10_000, 100
"""Instances of one migration, and of one that is a single transaction."""
LIVE = ("running", "suspended")
KIND = "migrate-instance"


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """As it is kept and edited."""
    return {"steps": dict(plan.steps), "rearm": sorted(plan.rearm)}


def plan_of(kept: Any) -> Plan:
    """The plan that was kept or typed; Invalid("migrate-plan-unreadable") when it is none."""
    steps = kept.get("steps") if isinstance(kept, dict) else None
    again = kept.get("rearm", []) if isinstance(kept, dict) else None
    if not isinstance(steps, dict) or not isinstance(again, list):
        raise Invalid("migrate-plan-unreadable")
    words = [*steps, *steps.values(), *again]
    if len(words) > MOST or not all(isinstance(word, str) and 0 < len(word) <= 255 for word in words):
        raise Invalid("migrate-plan-unreadable")
    return Plan(steps, frozenset(again))


def start_migration(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    source_id: int,
    target_id: int,
    plan: Plan,
    *,
    reason: str = "",
    instances: Sequence[str] | None = None,
) -> Migration:
    """
    Begin to take the running instances of *source_id* (or only those named) over to *target_id*.

    A plan that is wrong for every instance is refused here (Invalid `migrate-plan-wrong`, its `refusals` a parameter).
    """
    must_fit(engine, work, source_id, target_id, plan)
    asked = select(Instance.id).where(Instance.definition_id == source_id, Instance.state.in_(LIVE))
    if instances is not None:
        asked = asked.where(Instance.ref.in_(list(instances)[: MOST + 1]))
    ids = list(work.session.scalars(asked.order_by(Instance.id).limit(MOST + 1)))
    if not 0 < len(ids) <= MOST:
        raise Invalid("migrate-how-many", allowed=MOST)
    made = _made(engine, work, actor, source_id, target_id, plan, reason, len(ids))
    work.session.add_all(MigrationItem(migration_id=made.id, instance_id=id) for id in ids)
    work.session.flush()
    _go_on(engine, work, made.id)
    return made


def migrate_at_once(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    source_id: int,
    target_id: int,
    plan: Plan,
    *,
    instances: Sequence[str],
    reason: str = "",
) -> Migration:
    """
    Take the instances named over in this transaction, all of them or none; each has its way back as any other.

    What hinders one hinders all: Invalid `migrate-instances-refused`, its `instances` a parameter, refusals by reference.
    """
    must_fit(engine, work, source_id, target_id, plan)
    wanted = list(dict.fromkeys(instances))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise Invalid("migrate-how-many", allowed=MOST_AT_ONCE)
    asked = select(Instance.id, Instance.ref).where(Instance.definition_id == source_id, Instance.ref.in_(wanted))
    found = {ref: id for id, ref in work.session.execute(asked.order_by(Instance.id))}
    refused = {ref: [told(Refusal("", "migrate-other-version"))] for ref in wanted if ref not in found}
    made = _made(engine, work, actor, source_id, target_id, plan, reason, len(wanted))
    made.state = "done"
    for ref, id in found.items():
        done = _over(engine, work, actor, id, source_id, target_id, plan, reason)
        if done.refusals:
            refused[ref] = [told(each) for each in done.refusals]
        row = MigrationItem(migration_id=made.id, instance_id=id, state="done", revision=done.revision)
        row.snapshot, row.ended_at = done.snapshot, made.made_at
        work.session.add(row)
    if refused:
        raise Invalid("migrate-instances-refused", instances=refused)
    return made


def must_fit(engine: Engine, work: UnitOfWork, source_id: int, target_id: int, plan: Plan) -> None:
    """Raise what is wrong with the plan whatever instance it is for."""
    not_there(work, source_id)
    not_there(work, target_id)
    wrong = refusals(loaded(engine, work.session, source_id), loaded(engine, work.session, target_id), plan)
    if wrong:
        raise Invalid("migrate-plan-wrong", refusals=[told(each) for each in wrong])


def _made(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    source_id: int,
    target_id: int,
    plan: Plan,
    reason: str,
    count: int,
) -> Migration:
    now = engine.clock.now()
    made = Migration(
        source_id=source_id,
        target_id=target_id,
        plan=plan_to_json(plan),
        reason=reason,
        made_at=now,
        made_by=actor.account_id,
        made_by_name=actor.name,
    )
    work.session.add(made)
    work.session.flush()
    where = f"migration:{made.id}"
    audit.record(
        work.session, actor, "migration.start", where, now, source=source_id, target=target_id, instances=count
    )
    return made


def pause_migration(engine: Engine, work: UnitOfWork, actor: Actor, migration_id: int) -> None:
    """Nothing more is taken over until it is resumed."""
    _turn(engine, work, actor, migration_id, "running", "paused")


def resume_migration(engine: Engine, work: UnitOfWork, actor: Actor, migration_id: int) -> None:
    """Go on with the next instance."""
    _turn(engine, work, actor, migration_id, "paused", "running")
    _go_on(engine, work, migration_id)


def revert_item(engine: Engine, work: UnitOfWork, actor: Actor, item_id: int) -> MigrationItem:
    """Take one instance back to the version it came from, as it was; only while nothing has happened in it since."""
    item = work.session.get(MigrationItem, item_id)
    if item is None:
        raise NotFound("instance-not-found", item=item_id)
    if item.state != "done" or item.revision is None or item.snapshot is None:
        raise Conflict("migrate-not-done", item=item_id)
    revert_instance(engine, work, actor, item.instance_id, item.snapshot, revision=item.revision)
    item.state, item.ended_at = "reverted", engine.clock.now()
    return item


def do_next(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    """The job: one instance, then a job for the next."""
    migration_id, item_id = job.payload["migration"], job.payload["item"]
    kept = work.session.execute(
        select(Migration.state, Migration.source_id, Migration.target_id, Migration.plan, Migration.reason)
        .add_columns(MigrationItem.instance_id, MigrationItem.state.label("item_state"))
        .join(MigrationItem, MigrationItem.migration_id == Migration.id)
        .where(Migration.id == migration_id, MigrationItem.id == item_id)
    ).one_or_none()
    if kept is None or kept.state != "running":
        return
    if kept.item_state == "waiting":
        plan, source_id, target_id = plan_of(kept.plan), kept.source_id, kept.target_id
        done = _over(engine, work, MACHINE, kept.instance_id, source_id, target_id, plan, kept.reason)
        row = work.session.get_one(MigrationItem, item_id, populate_existing=True)
        row.state = "done" if done.revision is not None else "refused"
        row.refusals, row.revision = [told(each) for each in done.refusals], done.revision
        row.snapshot, row.ended_at = done.snapshot, engine.clock.now()
        work.session.flush()
    _go_on(engine, work, migration_id)


def gave_up(engine: Engine, work: UnitOfWork, job: JobView) -> None:
    """The instance failed while it was taken over: nothing of it is kept, the others go on."""
    row = work.session.get_one(MigrationItem, job.payload["item"])
    row.state, row.ended_at = "refused", engine.clock.now()
    row.refusals = [told(Refusal("", "migrate-failed"))]
    work.session.flush()
    _go_on(engine, work, job.payload["migration"])


def told(refusal: Refusal) -> dict[str, str]:
    """A refusal as it is kept and shown."""
    return {"element": refusal.element, "code": refusal.code, "to": refusal.to}


def _over(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    source_id: int,
    target_id: int,
    plan: Plan,
    reason: str,
) -> Migrated:
    try:
        return migrate_instance(engine, work, actor, instance_id, source_id, target_id, plan, reason=reason)
    except Conflict as why:  # suspended or over: nothing was written
        return Migrated(refusals=(Refusal("", why.code),))


def _go_on(engine: Engine, work: UnitOfWork, migration_id: int) -> None:
    asked = select(MigrationItem.id).where(MigrationItem.migration_id == migration_id, MigrationItem.state == "waiting")
    following = work.session.scalars(asked.order_by(MigrationItem.id).limit(1)).first()
    if following is None:
        over = update(Migration).where(Migration.id == migration_id, Migration.state == "running")
        work.session.execute(over.values(state="done"))
    else:
        enqueue(work, engine.clock, KIND, {"migration": migration_id, "item": following}, max_attempts=2)


def _turn(engine: Engine, work: UnitOfWork, actor: Actor, migration_id: int, state: str, to: str) -> None:
    turned = update(Migration).where(Migration.id == migration_id, Migration.state == state)
    found = work.session.execute(turned.values(state=to).returning(Migration.id)).scalars().all()
    if not found:
        raise Conflict("migrate-not-so", state=state)
    where = f"migration:{migration_id}"
    audit.record(work.session, actor, f"migration.{to}", where, engine.clock.now())


__all__ = [
    "do_next",
    "gave_up",
    "migrate_at_once",
    "pause_migration",
    "plan_of",
    "plan_to_json",
    "resume_migration",
    "revert_item",
    "start_migration",
    "told",
]
