"""
The one commit of the product.

A use case opens `database.unit_of_work()`, changes rows through `work.session` and leaves; leaving commits, an exception
rolls everything back. What must happen in the outside world is a row in the same transaction (job, outbox), never a call
made in here. Slow work (files written, forms printed, mail parsed) is done before the unit of work opens: on SQLite a
write is a short BEGIN IMMEDIATE and everybody else waits for it.

Reads that change nothing use `database.reading()`: a session of its own that never waits behind a writer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from engine.store.rows import together, write_last

T = TypeVar("T")
_RETRIES = 3
_IDLE = 1.0  # seconds
_WRITES = "chancery_writes"
_GIVE_UP = (
    "-c idle_in_transaction_session_timeout=60s -c lock_timeout=15s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
"""
PostgreSQL takes the locks of a process that was stopped or whose machine is gone away from it, so that others are not kept
longer than by a lease; who waits for a lock gives up after four times the second and answers that the database is away.
"""


@dataclass
class UnitOfWork:
    """
    One transaction. `after_commit` callables only wake somebody up; they may be lost without harm. `new_jobs` are ids of
    jobs due at once, told to `Database.announce` after the commit.
    """

    session: Session
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    new_jobs: list[int] = field(default_factory=list)
    ending: bool = False  # from here on nobody knows whether it was committed, should the connection be lost


class Database:
    """
    The connection pool and the two ways to use it. `announce` is told of jobs due at once (wakes the worker thread, or
    puts the ids into Redis); it may fail or be absent, the sweep finds them too.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.announce: Callable[[list[int]], None] | None = None
        self.pool = _pool(url)
        self._writer = sessionmaker(self.pool, expire_on_commit=False)
        reads = self.pool.execution_options(**{_WRITES: False}) if self.is_sqlite else self.pool
        self._reader = sessionmaker(reads, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.pool.dialect.name == "sqlite"

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """Open a writing transaction; commits when the block ends well."""
        work = UnitOfWork(self._writer())
        try:
            yield work
            _end(work)
        except BaseException:
            work.session.rollback()
            raise
        finally:
            work.session.close()
        for wake in work.after_commit:
            wake()
        if work.new_jobs and self.announce is not None:
            self.announce(work.new_jobs)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reads; whatever it changed is thrown away, what it loaded stays readable afterwards."""
        session = self._reader()
        try:
            yield session
        finally:
            session.close()

    def run(self, act: Callable[[UnitOfWork], T]) -> T:
        """
        Run *act* in a unit of work; deadlocks, serialisation failures and connections lost before the commit are tried
        again three times.
        """
        for attempt in range(_RETRIES + 1):
            work: UnitOfWork | None = None
            try:
                with self.unit_of_work() as work:
                    return act(work)
            except DBAPIError as error:
                lost = error.connection_invalidated and work is not None and not work.ending
                if attempt == _RETRIES or not (lost or _worth_retrying(error)):
                    raise
                time.sleep(0.02 * 2**attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        self.pool.dispose()


def _end(work: UnitOfWork) -> None:
    """On PostgreSQL the COMMIT goes along with what is written last: SQLAlchemy's own finds nothing left to commit then."""
    work.session.flush()
    work.ending = True
    with together(work.session) as driver:
        if write_last(work.session) and driver is not None:
            driver.commit()
    work.session.commit()


def _worth_retrying(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if state in {"40001", "40P01", "55P03"}:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def _pool(url: str) -> Engine:
    """
    The connection that came back last is lent first: SQLite's keeps the pages it has read as long as no other one writes,
    PostgreSQL's has its statements prepared.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        once_open = {"timeout": 30, "check_same_thread": False}
        pool = create_engine(parsed, connect_args=once_open, pool_size=20, max_overflow=20, pool_use_lifo=True)
        _teach_sqlite(pool)
        return pool
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    arguments = {} if "options" in parsed.query else {"options": _GIVE_UP}
    pool = create_engine(parsed, pool_size=10, max_overflow=20, connect_args=arguments, pool_use_lifo=True)
    _ping_idle(pool)
    return pool


def _ping_idle(pool: Engine) -> None:
    """
    Ask a connection whether it lives before it is used, unless it was in use a moment ago: that would be a round trip more
    for every transaction. One that is lost nevertheless is noticed by its first statement, and `Database.run` tries again.
    """

    @event.listens_for(pool, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(pool, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("used", time.monotonic()) < _IDLE:
            return
        try:
            pool.dialect.do_ping(connection)
        except Exception as failure:
            raise DisconnectionError("the connection died while it lay idle") from failure


def _teach_sqlite(pool: Engine) -> None:
    @event.listens_for(pool, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(pool, "begin")
    def on_begin(connection: Any) -> None:
        # A deferred transaction that writes later fails at once with "database is locked" (measured): writers queue here.
        writes = connection.get_execution_options().get(_WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
