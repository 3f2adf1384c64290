"""The one commit: all or nothing; reads see only what was committed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from engine.actor import MACHINE
from engine.store import audit
from engine.store.models import Audit
from engine.store.unit_of_work import Database

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def test_what_is_done_in_a_unit_of_work_is_there_afterwards(database: Database) -> None:
    with database.unit_of_work() as work:
        audit.record(work.session, MACHINE, "test.write", "card:1", NOW)
        assert count(database) == 0
    assert count(database) == 1


def test_an_exception_takes_everything_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.unit_of_work() as work:
        audit.record(work.session, MACHINE, "test.write", "card:1", NOW)
        work.session.flush()
        raise RuntimeError("in the middle")
    assert count(database) == 0


def test_nobody_is_woken_for_what_was_taken_back(database: Database) -> None:
    woken: list[str] = []
    with pytest.raises(RuntimeError), database.unit_of_work() as work:
        work.after_commit.append(lambda: woken.append("lost"))
        raise RuntimeError("in the middle")
    with database.unit_of_work() as work:
        work.after_commit.append(lambda: woken.append("kept"))
    assert woken == ["kept"]
