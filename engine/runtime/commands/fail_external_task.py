"""An outside worker could not do its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.jobs.leases import database_now
from engine.runtime.commands.external import change, give_up, must_hold, named, retries_of, seconds
from engine.store.repositories import locked_external_task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


def fail_external_task(
    engine: Engine,
    work: UnitOfWork,
    actor: Actor,
    ref: str,
    worker: str | None,
    *,
    message: str | None = None,
    details: str | None = None,
    retries: int = 0,
    retry_timeout: int = 0,
) -> None:
    """
    With *retries* left it can be fetched again after *retry_timeout* milliseconds; with none it becomes an incident, whose
    retrying gives one more try. Done twice, it is as if done once.
    """
    worker, left, pause = named(worker), retries_of(retries), seconds(retry_timeout, least=0)
    message, details = message and message[:4000], details and details[:100_000]
    if left:
        again = database_now(work.session, pause)
        change(work, ref, worker, retries=left, error=message, error_details=details, free_at=again)
        return
    found = locked_external_task(work.session, ref)
    must_hold(found, worker)
    if found.task.state == "failed":
        return
    change(work, ref, worker, free_at=database_now(work.session))
    give_up(engine, work, actor, found.task, message=message, details=details)
