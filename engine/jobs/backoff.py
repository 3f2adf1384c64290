"""When a failed job is tried again. Pure rules."""

from __future__ import annotations

import hashlib
from datetime import timedelta

FIRST = 10.0
LONGEST = 15 * 60.0


def delay(job_id: int, attempt: int, every: float | None = None) -> timedelta:
    """
    How long to wait after failed try number *attempt* (from 1): 10 s, 20 s, 40 s … at most 15 min, with up to a tenth
    more so that jobs which failed together do not come back together. *every* is the delay drawn in the diagram.

    >>> 10 <= delay(1, 1).total_seconds() <= 11, 80 <= delay(1, 4).total_seconds() <= 88
    (True, True)
    >>> delay(1, 60).total_seconds() <= 900
    True
    """
    seconds = every if every is not None else FIRST * 2 ** min(attempt - 1, 20)
    noise = int.from_bytes(hashlib.sha256(f"{job_id}/{attempt}".encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=seconds if every is not None else min(LONGEST, seconds * (1 + noise / 10)))
