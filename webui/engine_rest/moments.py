"""Moments as clients write them: Camunda's own form and any other ISO 8601 with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_OFFSET = re.compile(r"([+-]\d{2})(\d{2})\Z")


def read_moment(text: str) -> datetime | None:
    """
    A moment in UTC, None when it is none or no calendar has it.

    >>> read_moment("2026-01-23T14:42:45.000+0300").isoformat(), read_moment("2026-01-23")
    ('2026-01-23T11:42:45+00:00', None)
    >>> read_moment("9999-12-31T23:59:59-14:00")
    """
    tidy = _OFFSET.sub(r"\1:\2", text.strip().replace(" ", "+"))
    try:
        at = datetime.fromisoformat(tidy)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
