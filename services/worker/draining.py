"""A thread that does whatever is due: woken after a commit, and by itself every *poll* seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from engine import Engine
from engine.jobs.running import drain

log = structlog.get_logger(__name__)
_REST_AFTER_FAILURE = 2.0
_BESIDE = 15.0
_JOBS, _SECONDS = 100, 5.0
"""What a round may take before the thread shows that it lives and looks at what else there is."""


class Drainer(threading.Thread):
    """Drains jobs until `stop`. A database that is away is waited for; nothing a job does can end the thread."""

    def __init__(self, engine: Engine, poll: float, beside: Callable[[], object] | None = None) -> None:
        super().__init__(name="chancery-worker", daemon=True)
        self._beside, self._beside_at = beside, time.monotonic()
        self._engine = engine
        self._poll = poll
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self.beat = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the thread last went round: what a health page asks."""
        return time.monotonic() - self.beat

    def wake(self, _: list[int]) -> None:
        """There is something to do (the ids do not matter: the queue is asked)."""
        self._woken.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            rest = self._round()
            self._look_beside()
            self.beat = time.monotonic()
            self._woken.wait(rest)

    def stop(self, timeout: float = 30.0) -> None:
        """End after the job in hand."""
        self._stopping.set()
        self._woken.set()
        self.join(timeout)

    def _look_beside(self) -> None:
        if self._beside is None or time.monotonic() < self._beside_at:
            return
        self._beside_at = time.monotonic() + _BESIDE
        try:
            self._beside()
        except Exception as failure:  # noqa: BLE001 - as above
            log.warning("worker-chores-failed", reason=type(failure).__name__)

    def _round(self) -> float:
        """Seconds to rest: none when the round ended before the work did."""
        began = time.monotonic()
        try:
            done = drain(self._engine, budget=_JOBS, seconds=_SECONDS)
        except Exception as failure:  # noqa: BLE001 - the database is away: the thread outlives it
            log.warning("worker-round-failed", reason=type(failure).__name__)
            return _REST_AFTER_FAILURE
        return 0.0 if done >= _JOBS or time.monotonic() - began >= _SECONDS else self._poll


@contextmanager
def working(engine: Engine, poll: float, beside: Callable[[], object] | None = None) -> Iterator[Drainer]:
    """Jobs are done by a thread of this process while the block runs, and *beside* them what it calls now and then."""
    drainer = Drainer(engine, poll, beside)
    before, engine.database.announce = engine.database.announce, drainer.wake
    drainer.start()
    try:
        yield drainer
    finally:
        engine.database.announce = before
        drainer.stop()
