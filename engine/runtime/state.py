"""An execution asleep: versioned JSON of its live tokens; everything else is in the definition and in variable rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.runtime.effects import Ended, State
from engine.runtime.scopes import FlatScope, InnerScope, Instance
from engine.runtime.spiff import TaskState
from engine.runtime.steps.multi_instance import MultiInstance
from engine.runtime.steps.tasks import PersonTask
from engine.runtime.token import Token
from engine.runtime.variables import StoredVariables, Variables

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.host import Host

FORMAT = 2
"""2: a sleeping child may have scopes of its own (`_put_to_sleep`)."""
WIDE = 16
"""From so many instances on, the children of a parallel multi-instance sleep in rows of their own."""


def dump(instance: Instance, woken: set[str]) -> State:
    """The state as text; `woken` are parts that were read and, unless they sleep again, are gone."""
    parts: dict[str, tuple[str, str] | None] = dict.fromkeys(sorted(woken, key=_by_number))
    for scope in instance.scopes():
        for token in list(scope.tasks.values()):
            if _sleeps(token):
                parts.update(_put_to_sleep(token))
    body = {
        "format": FORMAT,
        "definition": instance.definition.ref,
        "counter": instance.counter,
        "businessKey": instance.business_key,
        "ended": _ended(instance.outcome),
        "scopes": list(instance.variables.parents.items()),
        "root": _scope(instance),
        "inner": [_scope(scope) for scope in instance.subprocesses.values()],
    }
    return State(_text(body), parts)


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _by_number(token: str) -> tuple[int, str]:
    return (int(token) if token.isdigit() else 0, token)


def _ended(outcome: Ended | None) -> list[str | None] | None:
    return None if outcome is None else [outcome.outcome, outcome.code, outcome.message, outcome.element]


def _scope(scope: FlatScope) -> dict[str, Any]:
    return {
        "owner": scope.owner_id,
        "spec": scope.spec.name,
        "definition": scope.definition.ref,
        "scope": scope.scope,
        "records": scope.records,
        "correlation": scope.correlation,
        "memory": scope.task_tree.internal_data,
        "tokens": [_token(token) for token in scope.tasks.values() if token is not scope.task_tree],
    }


def _token(token: Token) -> list[Any]:
    holder = token.holder
    return [token.id, holder.id if holder else 0, token.task_spec.name, token._state, token.internal_data]


def _sleeps(token: Token) -> bool:
    """An open user task, sub-process or call of a wide parallel multi-instance, when nothing in it listens."""
    holder = token.holder
    return (
        holder is not None
        and isinstance(holder.task_spec, MultiInstance)
        and holder.internal_data["total"] >= WIDE
        and holder.task_spec.loop.kind == "parallel"
        and not token._children
        and (not isinstance(token.task_spec, PersonTask) or token.internal_data.get("asks") == "task")
        and _is_quiet(token)
    )


def _is_quiet(token: Token) -> bool:
    """
    Whether nothing but its own people, timers and jobs can move the token: a message, signal or condition that waits
    inside hears what is thrown anywhere in the instance, so such a child stays awake.
    """
    data = token.internal_data
    if data.get("asks") == "wait":
        return token.task_spec.event.kind == "timer"
    if "asks" in data:
        return True
    scope = token.workflow.top_workflow.subprocesses.get(token.id)
    if token._state == TaskState.READY or data.get("asleep"):
        return False
    if scope is None:
        return True
    return all(_is_quiet(each) for each in scope.tasks.values() if each is not scope.task_tree)


def _scopes_inside(token: Token) -> list[FlatScope]:
    """The scope a token owns and those inside it, the outer ones first."""
    scope = token.workflow.top_workflow.subprocesses.get(token.id)
    if scope is None:
        return []
    return [scope, *(inner for each in scope.tasks.values() for inner in _scopes_inside(each))]


def _put_to_sleep(token: Token) -> dict[str, tuple[str, str]]:
    """
    The child's own row, named by its token, and for each token inside that may be asked for a row which only points to
    the child: what wakes up a person's task or a timer knows no more than the token.
    """
    holder = token.holder
    assert holder is not None
    instance = token.workflow.top_workflow
    scopes = _scopes_inside(token)
    inside = [each for scope in scopes for each in scope.tasks.values() if each is not scope.task_tree]
    names = [
        name for each in (token, *inside) for name in (each.id, f"{each.id}.call") if name in instance.variables.parents
    ]
    outer = [[name, instance.variables.release(name)] for name in names]
    asking = [each.id for each in inside if "asks" in each.internal_data]
    kept = [_scope(scope) for scope in scopes]
    text = _text([FORMAT, token.task_spec.name, token._state, token.internal_data, outer, kept, asking])
    for each in (token, *inside):
        instance.subprocesses.pop(each.id, None)
        instance.waiting.pop(each.id, None)
    holder._children.remove(token.id)
    del token.workflow.tasks[token.id]
    holder.internal_data["asleep"] = holder.internal_data.get("asleep", 0) + 1
    return {token.id: (holder.id, text), **dict.fromkeys(asking, (token.id, POINTS))}


POINTS = ""
"""The text of a row that only says in which child a token sleeps."""


def wake(instance: Instance, holder_id: str, id: str, text: str) -> list[str]:
    """Bring one sleeping child back; gives the names of its rows, which are gone unless it sleeps again."""
    holder = instance.token(holder_id)
    assert holder is not None
    _, spec, state, memory, outer, kept, asking = _upgraded_part(id, json.loads(text))
    scope = holder.workflow
    token = Token(scope, scope.spec.task_specs[spec], holder, state=state, id=id)
    token.internal_data = memory
    for name, parent in outer:
        instance.variables.adopt(name, parent)
    holder.internal_data["asleep"] -= 1
    _open_scopes(instance, {id: token}, kept)
    return [id, *asking]


def _upgraded_part(id: str, part: list[Any]) -> list[Any]:
    """A child of format 1 was a user task, with its scope's parent."""
    if part[0] == 1:
        return [*part[:4], [[id, part[4]]], [], []]
    return part


def revive(definition: Definition, host: Host, main: str, stored: StoredVariables) -> Instance:
    """An execution as it was when it went to sleep."""
    body = upgrade(json.loads(main))
    instance = Instance(definition, host, Variables(stored, dict(body["scopes"])), body["counter"])
    instance.business_key = body["businessKey"]
    if body["ended"] is not None:
        instance.outcome = Ended(*body["ended"])
        instance.closed = instance.completed = True
    _fill(instance, body["root"])
    _open_scopes(instance, dict(instance.tasks), body["inner"])
    return instance


def _open_scopes(instance: Instance, owners: dict[str, Token], kept: list[dict[str, Any]]) -> None:
    """Scopes as they were, each owned by a token of *owners* or of a scope before it."""
    for part in kept:
        owner = owners[part["owner"]]
        called = part["definition"] != owner.workflow.definition.ref
        made = instance.host.definition_by_ref(part["definition"]) if called else owner.workflow.definition
        spec = made.specs.get(part["spec"]) if part["spec"] in made.specs else made.spec
        scope = InnerScope(spec, owner, made, part["scope"])
        instance.subprocesses[owner.id] = scope
        _fill(scope, part)
        owners.update(scope.tasks)


def _fill(scope: FlatScope, part: dict[str, Any]) -> None:
    scope.records = part["records"]
    scope.correlation = part["correlation"]
    scope.task_tree.internal_data = part["memory"]
    scope.task_tree._state = TaskState.COMPLETED
    instance = scope.top_workflow
    for id, holder, spec, state, memory in part["tokens"]:
        parent = scope.tasks[holder] if holder else scope.task_tree
        token = Token(scope, scope.spec.task_specs[spec], parent, state=state, id=id)
        token.internal_data = memory
        if memory.get("asks") == "wait":
            instance.waiting[id] = token
        if state == TaskState.READY and not token.task_spec.manual:
            instance.queue.append(token)


def upgrade(body: dict[str, Any]) -> dict[str, Any]:
    """Bring the text of an earlier release to today's format; each step knows the one before it."""
    if body["format"] > FORMAT:
        raise ValueError(f"state format {body['format']} is newer than this release knows ({FORMAT})")
    return body
