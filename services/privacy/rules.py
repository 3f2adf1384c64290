"""Who may hand out and erase a person's data, and what is noted of reading them. Pure."""

from __future__ import annotations

from datetime import datetime

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed

OFFICERS = frozenset({"admin", "dpo"})
LONGEST_REASON = 500
UNDER_WAY = frozenset({"draft", "active", "paused"})
"""Categories of states in which a card is worked on: until it is over, its person's data are needed."""


def must_keep_personal_data(actor: Actor) -> None:
    """Raises NotAllowed("personal-data") for whoever is neither administrator nor data protection officer."""
    if not actor.roles & OFFICERS:
        raise NotAllowed("personal-data")


def checked_reason(reason: str) -> str:
    """Raises Invalid beside `reason`."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("erase-refused", {"reason": ("reason-needed", {"most": LONGEST_REASON})})
    return reason.strip()


def hour_of(moment: datetime) -> str:
    """
    Reading the same thing again within it is not noted again.

    >>> from datetime import UTC
    >>> hour_of(datetime(2026, 11, 28, 7, 59, tzinfo=UTC))
    '2026-11-28T07'
    """
    return f"{moment:%Y-%m-%dT%H}"
