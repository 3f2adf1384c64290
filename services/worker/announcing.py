"""
Ids of due jobs go to Redis through a thread of their own, so that nobody's request waits for Redis. Redis away, slow or
emptied costs only time: workers sweep the database.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from engine import Engine

log = structlog.get_logger(__name__)
QUEUE = "chancery"
TASK = "chancery.job"  # never imported: workers read the id and claim the row
_WAITING_IDS = 10_000


class Announcer(threading.Thread):
    """Puts job ids into Redis; when too many wait, the newest are left to the sweep."""

    def __init__(self, url: str) -> None:
        super().__init__(name="chancery-announcer", daemon=True)
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._ids: queue.Queue[int | None] = queue.Queue(_WAITING_IDS)

    def announce(self, ids: list[int]) -> None:
        """Never blocks, never raises."""
        with suppress(queue.Full):
            for job_id in ids:
                self._ids.put_nowait(job_id)

    def run(self) -> None:
        while (job_id := self._ids.get()) is not None:
            self._put(job_id)
        self._redis.close()

    def stop(self) -> None:
        """Send what waits, then end."""
        self._ids.put(None)
        self.join(10)

    def _put(self, job_id: int) -> None:
        try:
            self._queue.enqueue(TASK, job_id, job_id=f"job-{job_id}", unique=True, result_ttl=0, ttl=3600)
        except DuplicateJobError:
            return  # it waits there already
        except RedisError as failure:
            log.warning("job-not-announced", job=job_id, reason=type(failure).__name__)


@contextmanager
def announcing(engine: Engine, redis_url: str) -> Iterator[Announcer]:
    """Jobs of this process's commits are announced in Redis while the block runs."""
    announcer = Announcer(redis_url)
    before, engine.database.announce = engine.database.announce, announcer.announce
    announcer.start()
    try:
        yield announcer
    finally:
        engine.database.announce = before
        announcer.stop()
