"""Work outside is done (or failed in a way the diagram knows): the token that waited goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import MACHINE, Actor
from engine.errors import Conflict
from engine.runtime import Execution
from engine.runtime.commands.running import awake, blaming
from engine.runtime.commands.writing import write
from engine.store.repositories import locked_instance
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def finish_operation(
    engine: Engine,
    work: UnitOfWork,
    instance_id: int,
    token: str,
    outputs: Mapping[str, Any],
    *,
    actor: Actor = MACHINE,
) -> bool:
    """Give the outputs to the waiting token and run on; False when nobody waits for them any more: harmless twice."""
    return _go_on(
        engine, work, actor, instance_id, token, lambda execution: execution.finish_call(token, outputs), "finish_call"
    )


def fail_operation(
    engine: Engine,
    work: UnitOfWork,
    instance_id: int,
    token: str,
    code: str,
    message: str = "",
    data: Mapping[str, Any] | None = None,
    *,
    actor: Actor = MACHINE,
) -> bool:
    """The work ended with a BPMN error; one the diagram does not catch raises ScriptFailed `bpmn-error-not-caught`."""
    return _go_on(
        engine,
        work,
        actor,
        instance_id,
        token,
        lambda execution: execution.fail_call(token, code, message, data),
        "fail_call",
    )


def _go_on(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    instance_id: int,
    token: str,
    act: Callable[[Execution], None],
    command: str,
) -> bool:
    locked = locked_instance(work.session, instance_id)
    if locked.instance.state not in ("running", "suspended"):
        return False
    run = awake(engine, work, actor, locked)
    with blaming(instance_id, token):
        try:
            act(run.execution)
        except Conflict:
            return False
        run.execution.advance()
        write(run, command)
    return True
