"""
`chancery worker`: does jobs until told to end.

With Redis, rq's worker brings the ids (registered there, so `rq info` shows it) and a drainer thread beside it sweeps the
database; while Redis is away the drainer alone goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from engine import Engine
from engine.jobs.running import run_job
from services.worker.announcing import QUEUE
from services.worker.draining import working

log = structlog.get_logger(__name__)
_SWEEP_BESIDE_REDIS = 5.0
_REST = 2.0


class OfficeWorker(SimpleWorker):
    """rq's worker, for which a job is only an id: the row is claimed by compare-and-set, a second delivery does nothing."""

    def __init__(self, engine: Engine, connection: Redis) -> None:
        queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
        super().__init__([queue], connection=connection, serializer=JSONSerializer)
        self._engine = engine
        self.was_told_to_stop = False
        self._in_hand = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Between two jobs rq still calls itself busy, and would first wait for a message that may never come."""
        self.was_told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
        if not self._in_hand:
            raise StopRequested

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Forget the message first: whatever happens now, the database knows what is still to be done."""
        job_id = int(job.args[0])
        self._in_hand = True
        try:
            job.delete()
            run_job(self._engine, job_id)
        finally:
            self._in_hand = False


def work_forever(
    engine: Engine, *, redis_url: str = "", poll: float = 1.0, beside: Callable[[], object] | None = None
) -> None:
    """Do jobs until SIGTERM or SIGINT, and *beside* them; the job in hand is finished. Must be the main thread."""
    stop = _Stop()
    with working(engine, _SWEEP_BESIDE_REDIS if redis_url else poll, beside):
        while not stop.asked.is_set():
            if redis_url:
                stop.listen()
                _listen(engine, redis_url, stop)
            stop.listen()
            stop.asked.wait(_REST if redis_url else 3600)


def work_off(engine: Engine, redis_url: str) -> None:
    """Do what is announced in Redis now, then return."""
    with Redis.from_url(redis_url) as connection:
        OfficeWorker(engine, connection).work(burst=True, logging_level="WARNING")


def _listen(engine: Engine, redis_url: str, stop: _Stop) -> None:
    connection = Redis.from_url(redis_url, socket_connect_timeout=2)
    try:
        worker = OfficeWorker(engine, connection)
        worker.work(logging_level="WARNING")
        if worker.was_told_to_stop:
            stop.asked.set()
    except RedisError as failure:
        log.warning("redis-away", reason=type(failure).__name__)
    finally:
        connection.close()


class _Stop:
    """A wish to end, from a signal."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def listen(self) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked.set()
