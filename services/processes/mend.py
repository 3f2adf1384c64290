"""An administrator mends what stopped: tries again, skips, gives up, or stops the whole instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.runtime import commands
from engine.store.models import Instance
from engine.store.unit_of_work import UnitOfWork
from services.processes.queries import admitted

if TYPE_CHECKING:
    from services.office import Office


def retry_incident(office: Office, actor: Actor, incident_id: int) -> None:
    """Try the failed job or step again from now."""
    admitted(actor)
    _perform(office, actor, "incident.retry", commands.retry_incident, incident_id)


def skip_incident(office: Office, actor: Actor, incident_id: int) -> None:
    """Take the failed step as done without its effect; the instance goes on."""
    admitted(actor)
    _perform(office, actor, "incident.skip", commands.skip_incident, incident_id)


def cancel_incident(office: Office, actor: Actor, incident_id: int) -> None:
    """Close the incident; the instance stays where it is."""
    admitted(actor)
    _perform(office, actor, "incident.cancel", commands.cancel_incident, incident_id)


def cancel_instance(office: Office, actor: Actor, ref: str, reason: str) -> None:
    """Stop the instance for good. Raises Invalid beside `reason` when none is given, NotFound."""
    admitted(actor)
    if not reason:
        raise Invalid("reason-missing", {"reason": ("required", {})})

    def act(work: UnitOfWork) -> None:
        found = work.session.scalar(select(Instance.id).where(Instance.ref == ref))
        if found is None:
            raise NotFound("instance-not-found")
        commands.cancel_instance(office.engine, work, actor, found, reason)

    commands.perform(office.engine, actor, "instance.cancel", act)


def _perform(office: Office, actor: Actor, action: str, command: Callable[..., Any], incident_id: int) -> None:
    def act(work: UnitOfWork) -> None:
        command(office.engine, work, actor, incident_id)

    commands.perform(office.engine, actor, action, act)
