"""
A clock that a program moves by writing a file: for the acceptance programs, allowed only on loopback and only by a start
flag (`chancery run --clock-file PATH`), never by a request.

The file holds an ISO moment (`2026-11-25T09:00:00+03:00`: time stands there) or an ISO duration (`P3D`, `-PT2H`: time runs
on, shifted by it). An empty or missing file means the machine's own time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import isodate

from engine.errors import Invalid


class FileClock:
    """Reads the file at every question: the web process and every worker see the same move."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        machine = datetime.now(UTC)
        try:
            text = self._path.read_text("utf-8").strip()
        except FileNotFoundError:
            return machine
        if not text:
            return machine
        if text.lstrip("+-").startswith("P"):
            return machine + _duration(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise Invalid("clock-without-zone", value=text)
        return moment.astimezone(UTC)


def _duration(text: str) -> timedelta:
    shift = isodate.parse_duration(text.lstrip("+"))
    if not isinstance(shift, timedelta):
        raise Invalid("clock-not-a-duration", value=text)
    return shift
