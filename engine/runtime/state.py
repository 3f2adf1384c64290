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

FORMAT = 1
WIDE = 16
"""From so many instances on, the children of a parallel multi-instance of user tasks sleep in rows of their own."""


def dump(instance: Instance, woken: set[str]) -> State:
    """The state as text; `woken` are parts that were read and, unless they sleep again, are gone."""
    parts: dict[str, tuple[str, str] | None] = dict.fromkeys(sorted(woken, key=_by_number))
    for scope in instance.scopes():
        for token in list(scope.tasks.values()):
            if _sleeps(token):
                parts[token.id] = _put_to_sleep(token)
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
    """An open user task of a wide parallel multi-instance."""
    holder = token.holder
    return (
        holder is not None
        and isinstance(holder.task_spec, MultiInstance)
        and isinstance(token.task_spec, PersonTask)
        and token._state == TaskState.READY
        and holder.internal_data["total"] >= WIDE
        and holder.task_spec.loop.kind == "parallel"
    )


def _put_to_sleep(token: Token) -> tuple[str, str]:
    holder = token.holder
    assert holder is not None
    instance = token.workflow.top_workflow
    outer = instance.variables.release(token.id)
    text = _text([FORMAT, token.task_spec.name, token._state, token.internal_data, outer])
    holder._children.remove(token.id)
    del token.workflow.tasks[token.id]
    holder.internal_data["asleep"] = holder.internal_data.get("asleep", 0) + 1
    return holder.id, text


def wake(instance: Instance, holder_id: str, id: str, text: str) -> Token:
    """Bring one sleeping child back."""
    holder = instance.token(holder_id)
    assert holder is not None
    _, spec, state, memory, outer = json.loads(text)
    scope = holder.workflow
    token = Token(scope, scope.spec.task_specs[spec], holder, state=state, id=id)
    token.internal_data = memory
    instance.variables.adopt(id, outer)
    holder.internal_data["asleep"] -= 1
    return token


def revive(definition: Definition, host: Host, main: str, stored: StoredVariables) -> Instance:
    """An execution as it was when it went to sleep."""
    body = upgrade(json.loads(main))
    instance = Instance(definition, host, Variables(stored, dict(body["scopes"])), body["counter"])
    instance.business_key = body["businessKey"]
    if body["ended"] is not None:
        instance.outcome = Ended(*body["ended"])
        instance.closed = instance.completed = True
    _fill(instance, body["root"])
    owners = dict(instance.tasks)
    for part in body["inner"]:
        owner = owners[part["owner"]]
        called = part["definition"] != owner.workflow.definition.ref
        made = host.definition_by_ref(part["definition"]) if called else owner.workflow.definition
        spec = made.specs.get(part["spec"]) if part["spec"] in made.specs else made.spec
        scope = InnerScope(spec, owner, made, part["scope"])
        instance.subprocesses[owner.id] = scope
        _fill(scope, part)
        owners.update(scope.tasks)
    return instance


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
