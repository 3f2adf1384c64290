"""The worker thread, Redis as a messenger, and both when something is away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from engine import Engine
from engine.clock import SystemClock
from engine.jobs import JobKind, JobKinds, enqueue
from engine.jobs.running import sweep
from engine.store.models import Job
from engine.store.unit_of_work import Database
from services.worker.announcing import QUEUE, announcing
from services.worker.draining import working
from services.worker.process import work_off

ROOT = Path(__file__).resolve().parents[3]


def engine_on(database: Database, done: list[int]) -> Engine:
    kinds = JobKinds()
    kinds.register(JobKind("note", outside=lambda _engine, job: done.append(job.payload["n"])))
    return Engine(database, SystemClock(), job_kinds=kinds)


def ask(engine: Engine, *numbers: int) -> None:
    with engine.database.unit_of_work() as work:
        for n in numbers:
            enqueue(work, engine.clock, "note", {"n": n})


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def states(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Job.state)))


def test_a_job_is_done_at_once_after_the_commit_that_made_it(database: Database) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    with working(engine, poll=60) as drainer:
        wait_for(lambda: drainer.age < 5)
        time.sleep(0.3)  # the first round is over: only a wake-up can bring the next before a minute is past
        ask(engine, 1, 2, 3)
        wait_for(lambda: done == [1, 2, 3] and states(database) == {"done"})
    assert database.announce is None


def test_work_left_by_another_process_is_found_without_a_wake_up(database: Database) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    ask(engine, 7)
    with working(engine, poll=0.1):
        wait_for(lambda: states(database) == {"done"})
        database.announce = None
        ask(engine, 8)
        wait_for(lambda: done == [7, 8])


def test_a_round_that_ended_before_the_work_did_is_followed_by_the_next_at_once(database: Database) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    ask(engine, *range(130))
    with working(engine, poll=60):
        wait_for(lambda: len(done) == 130 and states(database) == {"done"}, seconds=20)


def test_the_thread_outlives_a_database_that_is_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    monkeypatch.setattr("services.worker.draining._REST_AFTER_FAILURE", 0.05)
    true_drain, away = sys.modules["services.worker.draining"].drain, [True]

    def drain(*args: object, **named: object) -> int:
        if away[0]:
            raise OSError("the database is away")
        return true_drain(*args, **named)

    monkeypatch.setattr("services.worker.draining.drain", drain)
    with working(engine, poll=0.05) as drainer:
        ask(engine, 1)
        time.sleep(0.3)
        assert (drainer.is_alive(), done) == (True, [])
        away[0] = False
        wait_for(lambda: done == [1])


@pytest.mark.redis
def test_redis_carries_ids_and_a_second_delivery_does_nothing(database: Database, redis_url: str) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    with announcing(engine, redis_url) as announcer:
        ask(engine, 1, 2)
        with redis.Redis.from_url(redis_url) as connection:
            waiting = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
            wait_for(lambda: len(waiting.job_ids) == 2)
            announcer.announce(sweep(engine))  # again: unique ids keep it at two
            time.sleep(0.2)
            assert len(waiting.job_ids) == 2
            assert [job.args for job in waiting.jobs] == [(id,) for id in sweep(engine)] or [
                list(job.args) for job in waiting.jobs
            ] == [[id] for id in sweep(engine)]
    work_off(engine, redis_url)
    with announcing(engine, redis_url) as announcer:
        announcer.announce([1, 2])
    work_off(engine, redis_url)
    assert (done, states(database)) == ([1, 2], {"done"})


@pytest.mark.redis
def test_an_emptied_redis_loses_nothing(database: Database, redis_url: str) -> None:
    done: list[int] = []
    engine = engine_on(database, done)
    with announcing(engine, redis_url):
        ask(engine, 1, 2, 3)
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
    with working(engine, poll=0.1):
        wait_for(lambda: done == [1, 2, 3])


def test_nobody_waits_for_a_redis_that_is_away(database: Database) -> None:
    engine = engine_on(database, [])
    with announcing(engine, "redis://127.0.0.1:1/0"):
        before = time.monotonic()
        ask(engine, 1)
        assert time.monotonic() - before < 1
    assert states(database) == {"waiting"}


WORKER = """
import sys
from engine import Engine
from engine.clock import SystemClock
from engine.jobs import JobKind, JobKinds
from engine.store.unit_of_work import Database
from services.worker.process import work_forever
kinds = JobKinds()
kinds.register(JobKind("note", outside=lambda engine, job: open(sys.argv[2], "a").write(f"{job.payload['n']}\\n")))
work_forever(Engine(Database(sys.argv[1]), SystemClock(), job_kinds=kinds), redis_url=sys.argv[3], poll=0.1)
"""


@pytest.mark.redis
@pytest.mark.parametrize("with_redis", [False, True])
def test_a_worker_process_does_jobs_and_ends_when_told(
    database: Database, database_url: str, redis_url: str, tmp_path: Path, with_redis: bool
) -> None:
    notes = tmp_path / "notes"
    notes.touch()
    url = redis_url if with_redis else ""
    command = [sys.executable, "-c", WORKER, database_url, str(notes), url]
    worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        engine = engine_on(database, [])
        if with_redis:
            with announcing(engine, redis_url):
                ask(engine, *range(20))
        else:
            ask(engine, *range(20))
        wait_for(lambda: len(notes.read_text().split()) == 20 and states(database) == {"done"}, 30)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    finally:
        worker.kill()
        worker.wait()
    assert sorted(map(int, notes.read_text().split())) == list(range(20))
