"""Sealed audit rows: an edit, a deletion and an insertion show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from engine.clock import ManualClock
from engine.store.audit import record
from engine.store.models import Audit, AuditSeal
from services.accounts.actors import INSTALLER
from services.audit.seals import seal, verify
from services.bootstrap import Office


def note(office: Office, count: int) -> None:
    with office.database.unit_of_work() as work:
        for at in range(count):
            record(work.session, INSTALLER, "card.changed", f"card:{at}", office.clock.now(), text="ё")


@pytest.fixture
def sealed(office: Office, clock: ManualClock) -> Office:
    for _ in range(2):
        note(office, 3)
        clock.move(timedelta(minutes=2))
        assert seal(office) == 3
    return office


def report(office: Office) -> tuple[int, tuple[int, ...], int]:
    found = verify(office)
    return found.rows, found.broken, found.unsealed


def test_whole_rows_verify_and_the_rest_is_named(sealed: Office) -> None:
    note(sealed, 2)
    assert seal(sealed) == 0
    assert report(sealed) == (6, (), 2)


@pytest.mark.parametrize(
    "forgery",
    [
        update(Audit).where(Audit.id == 2).values(actor_name="nobody"),
        delete(Audit).where(Audit.id == 2),
        update(AuditSeal).where(AuditSeal.id == 1).values(mac="0" * 64),
    ],
)
def test_a_forgery_shows(sealed: Office, forgery: object) -> None:
    with sealed.database.unit_of_work() as work:
        work.session.execute(forgery)  # type: ignore[call-overload]
    assert 1 in report(sealed)[1]
