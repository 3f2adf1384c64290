"""A program changes a running instance: its variables, whether it sleeps, its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime import commands
from engine.store.unit_of_work import UnitOfWork
from services.processes.find_instances import one_instance
from services.processes.rules import must_use_engine

if TYPE_CHECKING:
    from services.office import Office


def change_variables(
    office: Office, actor: Actor, ref: str, values: Mapping[str, Any], deletions: Iterable[str] = ()
) -> None:
    """Write and delete variables; waiting conditions see them at once."""
    gone = list(deletions)

    def act(work: UnitOfWork, instance_id: int) -> None:
        commands.set_variables(office.engine, work, actor, instance_id, values, gone)

    _steer(office, actor, ref, "instance.variables", act)


def suspend(office: Office, actor: Actor, ref: str, suspended: bool) -> None:
    """Put it to sleep or wake it; already so: nothing changes."""
    with office.database.reading() as session:
        if (one_instance(session, actor, ref).state == "suspended") == suspended:
            return
    command = commands.suspend_instance if suspended else commands.resume_instance

    def act(work: UnitOfWork, instance_id: int) -> None:
        command(office.engine, work, actor, instance_id)

    _steer(office, actor, ref, "instance.suspend" if suspended else "instance.resume", act)


def end_instance(office: Office, actor: Actor, ref: str, reason: str) -> None:
    """End it before its time."""

    def act(work: UnitOfWork, instance_id: int) -> None:
        commands.cancel_instance(office.engine, work, actor, instance_id, reason)

    _steer(office, actor, ref, "instance.cancel", act)


def _steer(office: Office, actor: Actor, ref: str, action: str, act: Callable[[UnitOfWork, int], None]) -> None:
    must_use_engine(actor)

    def whole(work: UnitOfWork) -> str:
        act(work, one_instance(work.session, actor, ref).id)
        return ref

    commands.perform(office.engine, actor, action, whole)
