"""A program tells processes that something happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime import commands
from engine.store.unit_of_work import UnitOfWork
from services.processes.rules import must_use_engine

if TYPE_CHECKING:
    from services.office import Office


def tell_message(
    office: Office,
    actor: Actor,
    name: str,
    *,
    business_key: str | None = None,
    instance_ref: str | None = None,
    keys: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> str:
    """
    Deliver a message to the one instance that waits for it, or start a process; gives the instance's reference.

    *keys* must be among what the wait asks for, or equal the instance's variables, as Camunda correlates. Raises
    NotFound("message-nobody-waits"), Conflict("message-ambiguous").
    """
    must_use_engine(actor)

    def act(work: UnitOfWork) -> str:
        return commands.deliver_message(
            office.engine,
            work,
            actor,
            name,
            business_key=business_key,
            instance_ref=instance_ref,
            variables=keys,
            payload=payload,
        ).ref

    ref: str = commands.perform(office.engine, actor, "message.deliver", act)
    return ref


def tell_signal(office: Office, actor: Actor, name: str, payload: Mapping[str, Any] | None = None) -> int:
    """Tell a signal to everybody who waits for it; how many there are. Each is woken by a job of its own."""
    must_use_engine(actor)

    def act(work: UnitOfWork) -> int:
        return commands.broadcast_signal(office.engine, work, actor, name, payload=payload)

    told: int = commands.perform(office.engine, actor, "signal.broadcast", act)
    return told
