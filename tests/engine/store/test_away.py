"""Whoever is stuck with a lock does not keep the others for ever, and what they are told is that the database is away."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.store.ailments import ailment
from engine.store.models import Instance
from engine.store.rows import ask_outside
from engine.store.unit_of_work import Database


def test_a_connection_that_is_ended_or_kept_waiting_too_long_says_away(database: Database) -> None:
    if database.is_sqlite:
        with (
            database.unit_of_work() as work,
            pytest.raises(OperationalError) as ended,
            database.pool.connect() as other,
        ):
            work.session.execute(text("CREATE TABLE kept (id int)"))
            other.connection.driver_connection.execute("PRAGMA busy_timeout=50")  # type: ignore[union-attr]
            other.execute(text("SELECT 1"))
        assert ailment(ended.value) == "database-away"
        return
    with pytest.raises(OperationalError) as ended, database.reading() as session:
        me = session.scalar(text("SELECT pg_backend_pid()"))
        with database.pool.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({me})"))
        session.execute(text("SELECT 1"))
    assert ailment(ended.value) == "database-away"


def test_a_stuck_process_does_not_keep_its_locks(database: Database) -> None:
    """
    As one that was stopped in the middle of a transaction: PostgreSQL ends it, with a shorter time here. On SQLite, which is
    for one process, the others give up waiting.
    """
    if database.is_sqlite:
        with database.reading() as session:
            assert session.scalar(text("PRAGMA busy_timeout")) == 30_000
        return
    with database.reading() as session:
        limits = [
            session.scalar(text(f"SHOW {name}")) for name in ("idle_in_transaction_session_timeout", "lock_timeout")
        ]
    assert limits == ["1min", "15s"]
    with database.unit_of_work() as work:
        work.session.execute(text("CREATE TABLE kept (id int)"))
        work.session.execute(text("INSERT INTO kept VALUES (1)"))
    with pytest.raises(DBAPIError) as lost, database.reading() as stuck:
        stuck.execute(text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
        stuck.execute(text("SELECT * FROM kept FOR UPDATE"))
        with database.unit_of_work() as work:
            work.session.execute(text("UPDATE kept SET id = 2"))
        stuck.execute(text("UPDATE kept SET id = 3"))
    assert ailment(lost.value) == "database-away"


@pytest.mark.postgres
def test_a_question_of_its_own_to_a_postgres_that_is_down_says_away() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    with pytest.raises(DBAPIError) as refused:
        ask_outside(database.pool, select(Instance.id).where(Instance.id == bindparam("id")), {"id": 1})
    assert ailment(refused.value) == "database-away"
    database.close()
