"""
Writing down what a step did. A plain completion costs a handful of statements whatever the history: state and counters
are one row, tasks, candidates, variables, history and jobs one statement each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, String, bindparam, delete, select, update

from engine import feel
from engine.dmn import Decision
from engine.errors import ScriptFailed
from engine.jobs.incidents import open_incident
from engine.jobs.queue import enqueue
from engine.office import StepOutcome
from engine.past import EVERY, KIND
from engine.runtime import Changes, Stuck, WaitOpened
from engine.runtime.commands.calls import cancel_calls, plain, request_calls, throw_events
from engine.runtime.commands.correlation import key_text
from engine.runtime.commands.opening import open_tasks
from engine.runtime.commands.running import Running
from engine.runtime.effects import EndKind
from engine.store.models import (
    ExternalTask,
    HistoryDecision,
    HistoryStep,
    Incident,
    InstancePart,
    Task,
    TaskCandidate,
    Variable,
    Wait,
)
from engine.store.rows import change, drop, put, put_last, put_or_change, send, together

_STATES: dict[EndKind, str] = {
    "completed": "completed",
    "terminated": "completed",
    "error": "failed",
    "cancelled": "cancelled",
}


def write(run: Running, command: str, completed: Sequence[Task] = (), worked: Collection[str] = ()) -> StepOutcome:
    """
    Write what happened since the instance was restored, tell the office, and give what it was told.

    *completed* are tasks, *worked* tokens of external tasks which the command itself has closed by compare-and-set.
    """
    changes = run.execution.changes()
    closed = [*completed, *_close_tasks(run, changes, completed)]
    cancel_calls(run, changes)
    opened, candidates = open_tasks(run, changes.tasks_opened)
    with together(run.work.session):
        put(run.work.session, TaskCandidate, candidates)
        _write_state(run, changes)
        _close_waits(run, changes, worked)
        _open_waits(run, changes.waits_opened)
        _write_variables(run, changes)
    request_calls(run, changes.calls_requested)
    throw_events(run, changes)
    _write_history(run, changes, command)
    _write_decisions(run)
    _mend(run, changes)
    _report_stalled(run, changes.stalled)
    solution = run.world.solution
    outcome = StepOutcome(run.instance, solution, tuple(opened), tuple(closed), changes.ended is not None)
    for listener in run.engine.listeners:
        listener.after_step(run.work, run.actor, outcome)
    run.work.session.flush()
    return outcome


def _write_state(run: Running, changes: Changes) -> None:
    instance, session = run.instance, run.work.session
    state = run.execution.state()
    changed: dict[str, Any] = {"execution": state.main, "revision": instance.revision + 1}
    if changes.ended is not None:
        changed["state"] = _STATES[changes.ended.outcome]
        changed["ended_at"] = run.world.moment
        changed["end_reason"] = changes.ended.code or changes.ended.message
    change(session, instance, changed)
    gone = [{"instance_id": instance.id, "token": token} for token, asleep in state.parts.items() if asleep is None]
    rows = [
        {"instance_id": instance.id, "token": token, "parent": asleep[0], "state": asleep[1]}
        for token, asleep in state.parts.items()
        if asleep is not None
    ]
    drop(session, InstancePart, gone)
    put_or_change(session, InstancePart, rows)
    for holder in changes.swept:
        _sweep_children(run, holder)


def _sweep_children(run: Running, holder: str) -> None:
    """Sleeping children of a multi-instance that is over go away by their parent, unread."""
    session, row = run.work.session, {"instance_id": run.instance.id, "parent": holder}
    send(session, _variables_of_children, [row])
    drop(session, InstancePart, [row])


def _variables_of_children(dialect: str) -> Any:
    instance = bindparam("instance_id", type_=BigInteger)
    children = select(InstancePart.token).where(
        InstancePart.instance_id == instance, InstancePart.parent == bindparam("parent", type_=String)
    )
    return delete(Variable.__table__).where(Variable.instance_id == instance, Variable.scope.in_(children))  # type: ignore[arg-type]


def _close_tasks(run: Running, changes: Changes, completed: Sequence[Task]) -> list[Task]:
    """Tasks the diagram took away."""
    known = {task.token for task in completed}
    tokens = [closed.token for closed in changes.tasks_closed if closed.token not in known]
    if not tokens and not changes.swept:
        return []
    gone = select(Task).where(Task.instance_id == run.instance.id, Task.state == "open")
    gone = gone.where(Task.token.in_(tokens) | Task.multi_instance.in_(changes.swept), Task.token.not_in(known))
    tasks = list(run.work.session.scalars(gone.order_by(Task.id)))
    for task in tasks:
        task.state, task.ended_at, task.revision = "cancelled", run.world.moment, task.revision + 1
    run.work.session.flush()
    return tasks


def _close_waits(run: Running, changes: Changes, worked: Collection[str]) -> None:
    session, instance = run.work.session, {"instance_id": run.instance.id}
    drop(session, Wait, [{**instance, "token": closed.token} for closed in changes.waits_closed])
    calls = [closed.token for closed in changes.calls_closed if closed.token not in worked]
    drop(session, ExternalTask, [{**instance, "token": token} for token in calls])


def _open_waits(run: Running, opened: Iterable[WaitOpened]) -> None:
    rows = [
        {
            "instance_id": run.instance.id,
            "token": wait.token,
            "element": wait.element,
            "kind": wait.kind,
            "name": wait.name,
            "correlation": key_text(wait.keys),
            "details": {"names": list(wait.names), "boundary": wait.boundary, "repeat": wait.repeat},
            "due_at": wait.due,
            "created_at": run.world.moment,
        }
        for wait in opened
    ]
    put(run.work.session, Wait, rows)


def _write_variables(run: Running, changes: Changes) -> None:
    session, instance_id = run.work.session, run.instance.id
    rows: list[dict[str, Any]] = [
        {"instance_id": instance_id, "scope": row.scope, "name": row.name, "value": row.json}
        for row in changes.variables
    ]
    gone = [{name: row[name] for name in ("instance_id", "scope", "name")} for row in rows if row["value"] is None]
    drop(session, Variable, gone)
    drop(session, Variable, [{"instance_id": instance_id, "scope": scope} for scope in changes.dropped])
    put_or_change(session, Variable, [row for row in rows if row["value"] is not None])


def _write_history(run: Running, changes: Changes, command: str) -> None:
    instance, actor = run.instance, run.actor
    subject = instance.subject_ref
    seen = run.engine.context.revision(run.work, subject) if subject is not None else None
    details = {
        "command": command,
        "variables": [[row.scope, row.name, row.json] for row in changes.variables],
        "tokens": _moved(changes),
    }
    lines: list[tuple[str, str, str]] = [(step.token, step.element, step.what) for step in changes.steps]
    lines = lines or [("", "", "noted")]
    rows = [
        {
            "instance_id": instance.id,
            "revision": instance.revision,
            "seq": seq,
            "token": token,
            "element": element,
            "what": what,
            "at": run.world.moment,
            "by_id": actor.account_id,
            "acting_for": actor.acting_for,
            "subject_revision": seen,
            "details": details if seq == 0 else None,
        }
        for seq, (token, element, what) in enumerate(lines)
    ]
    put_last(run.work.session, HistoryStep, *rows)
    if instance.revision % EVERY == 0:
        kept = {"instance_id": instance.id, "revision": instance.revision}
        enqueue(run.work, run.engine.clock, KIND, kept, once_key=f"image:{instance.id}:{instance.revision}")


def _moved(changes: Changes) -> dict[str, list[Any]]:
    """What the step did to the tokens and to scopes of variables; `engine.past` adds it up."""
    moved: dict[str, list[Any]] = {
        "born": [[each.token, each.element, each.holder] for each in changes.born],
        "gone": changes.gone,
        "swept": changes.swept,
        "dropped": changes.dropped,
    }
    return {name: some for name, some in moved.items() if some}


def _write_decisions(run: Running) -> None:
    rows = [
        {
            "instance_id": run.instance.id,
            "revision": run.instance.revision,
            "element": call.element,
            "decision": call.ref,
            "evaluation": _evaluation(decided),
            "at": run.world.moment,
        }
        for call, decided in run.world.decisions
    ]
    put_last(run.work.session, HistoryDecision, *rows)


def _evaluation(decided: Decision) -> dict[str, Any]:
    """Inputs, matched rules and outputs of each decision of the graph, as stored JSON."""
    made = [
        {
            "decision": each.decision_id,
            "name": each.decision_name,
            "inputs": plain(each.inputs),
            "rules": list(each.matched_rules),
            "rule_ids": list(each.rule_ids),
            "outputs": feel.values.to_json(feel.values.convert(each.outputs)),
        }
        for each in decided.evaluations
    ]
    return {"made": made, "warnings": [str(warning) for warning in decided.warnings[:20]]}


def _mend(run: Running, changes: Changes) -> None:
    """A token that got past the place where a step failed resolves that incident."""
    if not run.instance.open_incidents:
        return
    past = {step.token for step in changes.steps if step.what != "entered"}
    mended = update(Incident).where(Incident.instance_id == run.instance.id, Incident.state == "open")
    if changes.ended is None:
        mended = mended.where(Incident.token.in_(past))
    values = {"state": "resolved", "ended_at": run.world.moment, "ended_by": run.actor.account_id}
    found = run.work.session.scalars(mended.values(values).returning(Incident.id)).all()
    run.instance.open_incidents = max(0, run.instance.open_incidents - len(found))


def _report_stalled(run: Running, stalled: Sequence[Stuck]) -> None:
    """Nothing can ever wake the instance: what was done stays done, an admin must look."""
    for stuck in stalled:
        place = {"instance_id": run.instance.id, "element": stuck.element, "token": stuck.token}
        open_incident(run.engine, run.work, ScriptFailed("nothing-can-happen", **place), actor=run.actor)
