"""
Compensation: what has been completed is remembered by its scope, and undone in reverse order, one after the other.

A record names the completed activity and either its handler, or, for a completed sub-process, the records and the local
variables it had at its end, so that its handlers see what was true then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.runtime.spiff import TaskState
from engine.runtime.values import from_json, to_json

if TYPE_CHECKING:
    from engine.bpmn.node import Event
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token

Record = dict[str, Any]


def remember(token: Token) -> None:
    """An activity has completed: remember it if it can be undone."""
    spec = token.task_spec
    holder = token.holder
    inner = token.internal_data.get("undoable")
    if inner is not None:
        token.workflow.records.append({"activity": spec.node.id, "scope": spec.name, **inner})
    elif spec.compensation is not None and not (holder is not None and holder.task_spec.merges_children):
        token.workflow.records.append({"activity": spec.node.id, "handler": spec.compensation})


def snapshot(scope: FlatScope) -> Record | None:
    """What a sub-process leaves behind so that it can be undone; None when nothing in it can."""
    if not scope.records and scope.spec.start.undo_handler is None:
        return None
    variables = scope.top_workflow.variables
    local = {name: to_json(variables.local(scope.scope, name)) for name in variables.names(scope.scope)}
    return {"records": scope.records, "variables": local}


def begin(token: Token, event: Event) -> bool:
    """Start to undo; True when there is nothing to undo, else the token waits for its handlers."""
    chosen = token.internal_data.pop("chosen", None) or _take(_remembering(token), event)
    if not chosen:
        return True
    token.internal_data["undo"] = chosen  # taken from the end
    token._set_state(TaskState.STARTED)
    return next_handler(token)


def begin_beside(token: Token, event: Event) -> None:
    """Start to undo without waiting: a token of its own waits for the handlers."""
    source = _remembering(token)
    chosen = _take(source, event)
    if chosen:
        waiting = source.spawn(source.spec.start.undo_all)
        waiting.internal_data["chosen"] = chosen
        waiting.task_spec._update(waiting)


def _take(source: FlatScope, event: Event) -> list[Record]:
    """The records an event is about; nothing is undone twice."""
    chosen = [record for record in source.records if event.activity in (None, record["activity"])]
    source.records = [record for record in source.records if record not in chosen]
    return chosen


def _remembering(token: Token) -> FlatScope:
    """The scope whose activities are undone: an event sub-process undoes those of the scope it stands in."""
    scope = token.workflow
    if scope.owner is not None and scope.owner.task_spec.node.triggered_by_event:
        return scope.owner.workflow
    return scope


def next_handler(token: Token) -> bool:
    """Start the next handler; True when all are done."""
    left: list[Record] = token.internal_data.get("undo", [])
    if not left:
        return True
    record = left.pop()
    scope = _remembering(token)
    kid = scope.spawn(record.get("handler") or record["scope"], holder=token if scope is token.workflow else None)
    if scope is not token.workflow:
        kid.internal_data["undoFor"] = token.id
    if "handler" in record:
        kid.task_spec._update(kid)
    else:
        kid.task_spec.undo(kid, record)
    return False


def restore_variables(scope: FlatScope, record: Record) -> None:
    """Give a re-opened sub-process the local variables it had when it completed."""
    for name, text in record["variables"].items():
        scope.top_workflow.variables.declare(scope.scope, name, from_json(text))
