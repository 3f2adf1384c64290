"""Who may use the engine directly, as programs do. Pure."""

from __future__ import annotations

from engine.actor import Actor
from engine.errors import NotAllowed
from services.accounts.rules import ENGINE


def may_use_engine(actor: Actor) -> bool:
    """Administrators, and accounts with the role `engine`."""
    return bool(actor.roles & {"admin", ENGINE})


def must_use_engine(actor: Actor) -> None:
    """Raises NotAllowed("engine-not-allowed")."""
    if not may_use_engine(actor):
        raise NotAllowed("engine-not-allowed")
