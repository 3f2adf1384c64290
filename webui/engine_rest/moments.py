"""Moments as clients write them: Camunda's own form and any other ISO 8601 with an offset."""

from __future__ import annotations

import re
from datetime import datetime

_OFFSET = re.compile(r"([+-]\d{2})(\d{2})\Z")


def read_moment(text: str) -> datetime | None:
    """
    An aware moment, None when it is none.

    >>> read_moment("2026-01-23T14:42:45.000+0000").isoformat(), read_moment("2026-01-23")
    ('2026-01-23T14:42:45+00:00', None)
    """
    tidy = _OFFSET.sub(r"\1:\2", text.strip().replace(" ", "+"))
    try:
        at = datetime.fromisoformat(tidy)
    except ValueError:
        return None
    return None if at.tzinfo is None else at
