"""An outside worker has done its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete

from engine.actor import Actor
from engine.runtime.commands.external import must_hold, named, refuse
from engine.runtime.commands.running import awake, blaming
from engine.runtime.commands.writing import write
from engine.store import audit
from engine.store.models import ExternalTask, Instance
from engine.store.repositories import locked_external_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def complete_external_task(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    ref: str,
    worker: str | None,
    values: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
) -> Instance:
    """
    Set *values* as Camunda's setVariable does (*local* ones where only output mappings see them) and run the instance to
    its next wait states, all in this transaction.

    A lock that ran out is still good while nobody else fetched the task; else Conflict `external-task-held` with holder and
    until. Done already: NotFound.
    """
    worker = named(worker)
    found = locked_external_task(work.session, ref)
    must_hold(found, worker)
    task = found.task
    mine = delete(ExternalTask).where(ExternalTask.id == task.id, ExternalTask.worker == worker)
    gone = mine.returning(ExternalTask.id).execution_options(synchronize_session=False)
    if work.session.execute(gone).one_or_none() is None:
        refuse(work.session, ref, worker)
    work.session.expunge(task)
    run = awake(engine, work, actor, found.locked)
    with blaming(run.instance.id, task.token):
        run.execution.finish_work(task.token, values, local)
        run.execution.advance()
        write(run, "complete_external_task", worked=(task.token,))
    audit.record(
        work.session,
        actor,
        "external-task.complete",
        f"instance:{run.instance.id}",
        run.world.moment,
        element=task.element,
        worker=worker,
    )
    return run.instance
