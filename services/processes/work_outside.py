"""Outside workers, through the accounts they act as: they fetch, hold and finish what processes ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime import commands
from engine.runtime.commands.fetch_external_tasks import Fetched, Topic, can_fetch, check
from engine.store.unit_of_work import UnitOfWork
from services.processes.rules import must_use_engine

if TYPE_CHECKING:
    from services.office import Office


def fetch_work(office: Office, actor: Actor, worker: str | None, topics: Sequence[Topic], most: int) -> list[Fetched]:
    """Lock and give what there is; nothing to fetch is found out without writing."""
    must_use_engine(actor)
    check(worker, topics, most)
    with office.database.reading() as session:
        if not can_fetch(session, topics):
            return []
    return office.database.run(
        lambda work: commands.fetch_external_tasks(office.engine, work, worker, topics, most=most)
    )


def complete_work(
    office: Office, actor: Actor, ref: str, worker: str | None, values: Mapping[str, Any], local: Mapping[str, Any]
) -> None:
    """Done: the process runs on in the same transaction; a repeated request id changes nothing."""
    must_use_engine(actor)

    def act(work: UnitOfWork) -> str:
        return commands.complete_external_task(office.engine, work, actor, ref, worker, values, local).ref

    commands.perform(office.engine, actor, "external-task.complete", act)


def fail_work(
    office: Office,
    actor: Actor,
    ref: str,
    worker: str | None,
    *,
    message: str | None,
    details: str | None,
    retries: int,
    retry_timeout: int,
) -> None:
    """Not done: again later, or an incident."""
    must_use_engine(actor)

    def act(work: UnitOfWork) -> None:
        commands.fail_external_task(
            office.engine,
            work,
            actor,
            ref,
            worker,
            message=message,
            details=details,
            retries=retries,
            retry_timeout=retry_timeout,
        )

    office.database.run(act)


def report_error(
    office: Office,
    actor: Actor,
    ref: str,
    worker: str | None,
    code: str | None,
    message: str,
    values: Mapping[str, Any],
) -> None:
    """Ended by an error of the diagram."""
    must_use_engine(actor)

    def act(work: UnitOfWork) -> str:
        return commands.report_bpmn_error(office.engine, work, actor, ref, worker, code, message, values).ref

    commands.perform(office.engine, actor, "external-task.error", act)


def extend_work(office: Office, actor: Actor, ref: str, worker: str | None, milliseconds: int) -> None:
    """Hold it longer."""
    must_use_engine(actor)
    office.database.run(lambda work: commands.extend_lock(work, ref, worker, milliseconds))


def lock_work(office: Office, actor: Actor, ref: str, worker: str | None, milliseconds: int) -> None:
    """Take exactly this one."""
    must_use_engine(actor)
    office.database.run(lambda work: commands.lock_external_task(work, ref, worker, milliseconds))


def let_work_go(office: Office, actor: Actor, ref: str) -> None:
    """Anybody may fetch it again."""
    must_use_engine(actor)
    office.database.run(lambda work: commands.unlock_external_task(work, ref))


def set_retries(office: Office, actor: Actor, refs: Sequence[str], retries: int) -> None:
    """How many tries these tasks have; all in one transaction."""
    must_use_engine(actor)

    def act(work: UnitOfWork) -> None:
        for ref in sorted(set(refs)):
            commands.set_external_retries(office.engine, work, actor, ref, retries)
            work.session.flush()

    office.database.run(act)


def set_priority(office: Office, actor: Actor, ref: str, priority: int) -> None:
    """How urgent it is."""
    must_use_engine(actor)
    office.database.run(lambda work: commands.set_external_priority(work, ref, priority))
