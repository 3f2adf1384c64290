"""What a MAC of a signature covers. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def signed_words(account_id: int, decision: str, digest: str, at: datetime) -> str:
    """The message under the MAC: who, what was decided, about what, when."""
    return f"{account_id}|{decision}|{digest}|{at.astimezone(UTC).isoformat(timespec='microseconds')}"
