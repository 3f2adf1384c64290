"""Chores: whoever comes first does them, nobody else does in the same period; a failing one is noted and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.clock import ManualClock
from engine.store.audit import record
from services.accounts.actors import INSTALLER
from services.audit.anchors import anchored
from services.audit.seals import verify
from services.bootstrap import Office
from services.upkeep import chores
from services.upkeep.chores import Turn, do_chores
from services.upkeep.models import Chore, Worker


def note(office: Office) -> None:
    with office.database.unit_of_work() as work:
        record(work.session, INSTALLER, "card.changed", "card:1", office.clock.now())


def test_the_audit_is_sealed_once_a_minute_and_its_head_written_down_once_an_hour(
    office: Office, clock: ManualClock
) -> None:
    do_chores(office)
    for _ in range(3):
        note(office)
        clock.move(timedelta(minutes=2))
        assert do_chores(office) >= 1
        assert do_chores(office) == 0
    report = verify(office)
    assert (report.seals, report.unsealed, report.broken) == (3, 0, ())
    assert [anchor.seal for anchor in anchored(office)] == [1]
    clock.move(timedelta(hours=1))
    note(office)
    clock.move(timedelta(minutes=2))
    do_chores(office)
    assert [anchor.seal for anchor in anchored(office)] == [1, 4]


def test_the_worker_says_that_it_lives(office: Office, clock: ManualClock) -> None:
    do_chores(office)
    clock.move(timedelta(minutes=5))
    do_chores(office)
    with office.database.reading() as session:
        (worker,) = session.scalars(select(Worker))
    assert (worker.name, worker.seen_at) == (chores.worker_name(), clock.now())


def test_a_chore_that_fails_is_noted_and_tried_again(
    office: Office, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(_: object) -> None:
        tries.append(1)
        raise OSError("no space left")

    monkeypatch.setattr(chores, "TURNS", (Turn("seal-audit", timedelta(minutes=1), fail),))
    for _ in range(2):
        assert do_chores(office) == 1
        clock.move(timedelta(minutes=1))
    with office.database.reading() as session:
        row = session.get_one(Chore, "seal-audit")
    assert (len(tries), row.error, row.done_at) == (2, "OSError", None)
