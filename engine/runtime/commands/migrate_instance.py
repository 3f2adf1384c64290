"""Take a running instance over to another version of its process, and back as long as nothing has happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from engine.actor import Actor
from engine.deployment.loading import loaded, solution
from engine.errors import Conflict, NotFound
from engine.runtime.commands.running import Running, awake, blaming, must_be_at, must_run, picture
from engine.runtime.commands.writing import write
from engine.runtime.migrating import Moved, Plan, Refusal
from engine.runtime.steps.tasks import PersonTask
from engine.store import audit
from engine.store.models import (
    Definition,
    ExternalTask,
    HistoryStep,
    Incident,
    Instance,
    InstancePart,
    Job,
    Task,
    Variable,
    Wait,
)
from engine.store.repositories import locked_instance
from engine.store.rows import change, put_last
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

_TASK = ("id", "definition_id", "element", "name", "kind", "properties", "form_key")
_EXTERNAL = ("id", "definition_id", "element")
_JOB = ("id", "element", "state", "ended_at")
_INCIDENT = ("id", "element", "state", "ended_at", "ended_by")


@dataclass(frozen=True)
class Migrated:
    """What became of it: the revision it was brought to, or why not; `snapshot` is what it was before."""

    revision: int | None = None
    refusals: tuple[Refusal, ...] = ()
    snapshot: Any = None


def migrate_instance(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    source_id: int,
    target_id: int,
    plan: Plan,
    *,
    reason: str = "",
    revision: int | None = None,
) -> Migrated:
    """
    Everything that waits goes on under the new version: tasks with their holders, candidates, terms and drafts, timers with
    their moments, messages, jobs, work outside. What cannot go refuses the instance whole, before anything is written.
    """
    locked = locked_instance(work.session, instance_id)
    must_be_at(locked.instance, revision)
    if locked.instance.definition_id != source_id:
        return Migrated(refusals=(Refusal("", "migrate-other-version"),))
    run = awake(engine, work, actor, locked)
    target = loaded(engine, work.session, target_id)
    why = run.execution.obstacles(target, plan)
    if why:
        return Migrated(refusals=tuple(why))
    before, snapshot = picture(run), _snapshot(work, run.instance)
    with blaming(instance_id):
        moved = run.execution.migrate(target, plan)
        row = work.session.get_one(Definition, target_id)
        run.definition = target
        run.world.deployment_id = row.deployment_id
        run.world.solution = solution(engine, work.session, row.deployment_id)
        change(work.session, run.instance, {"definition_id": target_id})
        _rename(run, target_id, moved)
        run.execution.advance()
        run.execution.tell_again(each.token for each in moved)
        write(run, "migrate_instance")
    audit.record(
        work.session,
        actor,
        "instance.migrate",
        f"instance:{instance_id}",
        run.world.moment,
        source=source_id,
        target=target_id,
        reason=reason,
        before=before,
        after=picture(run),
    )
    return Migrated(run.instance.revision, (), snapshot)


def _rename(run: Running, target_id: int, moved: Sequence[Moved]) -> None:
    """The rows of what waits: by token, a statement a table."""
    session, instance_id = run.work.session, run.instance.id
    rows = [{"of": instance_id, "which": each.token, "to": each.node.element} for each in moved]
    people = [_task_row(each, instance_id, target_id) for each in moved if isinstance(each.step, PersonTask)]
    if not rows:
        return
    for model in (Wait, Job, Incident):
        at = update(model.__table__)  # type: ignore[arg-type]
        at = at.where(model.instance_id == bindparam("of"), model.token == bindparam("which"))
        session.execute(at.values(element=bindparam("to")), rows)
    outside = update(ExternalTask.__table__)  # type: ignore[arg-type]
    outside = outside.where(ExternalTask.instance_id == bindparam("of"), ExternalTask.token == bindparam("which"))
    session.execute(outside.values(element=bindparam("to"), definition_id=target_id), rows)
    if people:
        tasks = update(Task.__table__)  # type: ignore[arg-type]
        tasks = tasks.where(Task.instance_id == bindparam("of"), Task.token == bindparam("which"))
        names = ("definition_id", "element", "name", "kind", "properties", "form_key")
        session.execute(tasks.values({name: bindparam(f"to_{name}") for name in names}), people)


def _task_row(each: Moved, instance_id: int, target_id: int) -> dict[str, Any]:
    """A task as the new version draws it; its holder, candidates, priority and terms are kept."""
    node, name = each.node, getattr(each.step, "name_text", None)
    form = node.user_task.form_key if node.user_task is not None else None
    return {
        "of": instance_id,
        "which": each.token,
        "to_definition_id": target_id,
        "to_element": node.element,
        "to_name": (name.literal if name is not None else None) or node.name or node.element,
        "to_kind": node.properties.get("kind", "plain"),
        "to_properties": dict(node.properties),
        "to_form_key": form.literal if form is not None else None,
    }


# taking back ---------------------------------------------------------------------------------------------------------


def _snapshot(work: UnitOfWork, instance: Instance) -> dict[str, Any]:
    """Everything a migration may change, as plain JSON."""
    of = instance.id
    open_tasks = Task.state.in_(("open", "held"))
    return {
        "definition_id": instance.definition_id,
        "execution": instance.execution,
        "parts": _rows(work, InstancePart, of, ("token", "parent", "state")),
        "variables": _rows(work, Variable, of, ("scope", "name", "value")),
        "waits": _rows(work, Wait, of, tuple(Wait.__table__.columns.keys())),
        "tasks": _rows(work, Task, of, _TASK, open_tasks),
        "external": _rows(work, ExternalTask, of, _EXTERNAL),
        "jobs": _rows(work, Job, of, _JOB, Job.state.not_in(("done", "cancelled"))),
        "incidents": _rows(work, Incident, of, _INCIDENT, Incident.state == "open"),
        "open_incidents": instance.open_incidents,
    }


def _rows(work: UnitOfWork, model: Any, of: int, names: Sequence[str], *where: Any) -> list[dict[str, Any]]:
    asked = select(*(getattr(model, name) for name in names)).where(model.instance_id == of, *where)
    return [
        {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in zip(names, row, strict=True)
        }
        for row in work.session.execute(asked)
    ]


def revert_instance(
    engine: Engine, work: UnitOfWork, actor: Actor, instance_id: int, snapshot: dict[str, Any], *, revision: int
) -> Instance:
    """
    Put back what *snapshot* kept. Conflict("instance-moved-on") when anything has happened in the instance since the
    migration brought it to *revision*.
    """
    locked = locked_instance(work.session, instance_id)
    must_run(locked.instance)
    must_be_at(locked.instance, revision)
    run = awake(engine, work, actor, locked)
    before, standing = picture(run), {token for token, _, _ in run.execution.standing()}
    scopes = _rows(work, Variable, instance_id, ("scope", "name", "value"))
    session, instance, now = work.session, locked.instance, engine.clock.now()
    back = {name: snapshot[name] for name in ("definition_id", "execution", "open_incidents")}
    change(session, instance, back | {"revision": instance.revision + 1})
    for model, rows in ((InstancePart, "parts"), (Variable, "variables"), (Wait, "waits")):
        session.execute(delete(model).where(model.instance_id == instance_id))
        put_back = [_from_json(model, row) | {"instance_id": instance_id} for row in snapshot[rows]]
        if put_back:
            session.execute(insert(model.__table__), put_back)  # type: ignore[arg-type]
    _tasks_back(work, instance_id, snapshot["tasks"], now)
    for told, kept in ((ExternalTask, "external"), (Job, "jobs"), (Incident, "incidents")):
        _put_back(work, told, snapshot[kept])
    run = awake(engine, work, actor, locked_instance(session, instance_id))
    born = run.execution.standing()
    names = {(row["scope"], row["name"]) for row in snapshot["variables"]}
    variables = [[row["scope"], row["name"], row["value"]] for row in snapshot["variables"]]
    variables += [[row["scope"], row["name"], None] for row in scopes if (row["scope"], row["name"]) not in names]
    tokens = {"born": [list(each) for each in born], "gone": sorted(standing - {token for token, _, _ in born})}
    details = {"command": "revert_migration", "variables": variables, "tokens": tokens}
    step = {"instance_id": instance_id, "revision": instance.revision, "seq": 0, "token": "", "element": ""}
    who = {"what": "noted", "at": now, "by_id": actor.account_id, "acting_for": actor.acting_for}
    put_last(session, HistoryStep, step | who | {"subject_revision": None, "details": details})
    where = f"instance:{instance_id}"
    audit.record(session, actor, "instance.migrate-back", where, now, before=before, after=picture(run))
    return instance


def _tasks_back(work: UnitOfWork, instance_id: int, kept: list[dict[str, Any]], now: Any) -> None:
    """Tasks the migration opened go away; those it took away are open again; all say what they said."""
    session, ids = work.session, [row["id"] for row in kept]
    of_it = update(Task).where(Task.instance_id == instance_id)
    new = of_it.where(Task.state.in_(("open", "held")), Task.id.not_in(ids))
    session.execute(new.values(state="cancelled", ended_at=now, revision=Task.revision + 1))
    gone = of_it.where(Task.id.in_(ids), Task.state == "cancelled")
    session.execute(gone.values(state="open", ended_at=None, revision=Task.revision + 1))
    _put_back(work, Task, kept)


def _put_back(work: UnitOfWork, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        work.session.execute(update(model), [_from_json(model, row) for row in rows])


def _from_json(model: Any, row: dict[str, Any]) -> dict[str, Any]:
    columns = model.__table__.columns
    return {
        name: datetime.fromisoformat(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in row.items()
        if name in columns
    }


def not_there(work: UnitOfWork, target_id: int) -> None:
    """Raise when there is no such version, or it cannot run."""
    row = work.session.get(Definition, target_id)
    if row is None:
        raise NotFound("definition-not-found", definition=target_id)
    if not row.executable:
        raise Conflict("definition-is-draft", key=row.key)


__all__ = ["Migrated", "migrate_instance", "not_there", "revert_instance"]
