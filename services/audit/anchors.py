"""
Heads of the audit's chain written down outside the database: whoever can cut the end off the audit in the database
leaves it here. A line an hour in a file of the data folder; every backup carries it and the log says each head too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from services.office import Parts

log = structlog.get_logger(__name__)
FILE = "audit-anchors.txt"
EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Anchor:
    """A seal as it was at a moment (ISO)."""

    at: str
    seal: int
    mac: str


def anchored(office: Parts) -> Iterator[Anchor]:
    """Every head that was written down, oldest first; a line that is none is passed over."""
    path = _path(office)
    if not path.exists():
        return
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            parts = line.split()
            if len(parts) == 3 and parts[1].isdigit():
                yield Anchor(parts[0], int(parts[1]), parts[2])


def anchor(office: Parts, seal: int, mac: str, at: datetime) -> bool:
    """Write a head down, unless one was within the hour; gives whether it was written."""
    log.info("audit-sealed", seal=seal, head=mac)
    last = max(anchored(office), key=lambda one: one.seal, default=None)
    if last is not None and (last.seal >= seal or datetime.fromisoformat(last.at) > at - EVERY):
        return False
    handle = os.open(_path(office), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as file:
        file.write(f"{at.isoformat(timespec='seconds')} {seal} {mac}\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _path(office: Parts) -> Path:
    return office.settings.data_dir / FILE
