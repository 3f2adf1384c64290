"""An outside worker's task ended in a way the diagram has a word for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid
from engine.jobs.incidents import ERROR_NOT_CAUGHT
from engine.runtime import UnknownError
from engine.runtime.commands.external import change, give_up, must_hold, named
from engine.runtime.commands.running import awake, blaming
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import Instance
from engine.store.repositories import locked_external_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def report_bpmn_error(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    ref: str,
    worker: str | None,
    code: str | None,
    message: str = "",
    values: Mapping[str, Any] | None = None,
) -> Instance:
    """
    The nearest error boundary event or event sub-process that takes *code* goes on with *values*. When there is none, the
    task is given up with an incident: losing the token without a word, as Camunda does, would help nobody.
    """
    worker = named(worker)
    if not code:
        raise Invalid("error-code-missing")
    found = locked_external_task(work.session, ref)
    must_hold(found, worker)
    task = found.task
    change(work, ref, worker, error=message[:4000])  # from here to the commit nobody fetches it
    run = awake(engine, work, actor, found.locked)
    with blaming(run.instance.id, task.token):
        try:
            run.execution.fail_call(task.token, code, message, values)
        except UnknownError:
            give_up(engine, work, actor, task, code=ERROR_NOT_CAUGHT, message=f"{code}: {message}"[:4000])
            return run.instance
        run.execution.advance()
        work.session.expunge(task)
        write(run, "report_bpmn_error")
    now = run.world.moment
    where = f"instance:{run.instance.id}"
    audit.record(work.session, actor, "external-task.error", where, now, element=task.element, worker=worker, code=code)
    return run.instance
