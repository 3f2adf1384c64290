"""The next number of a journal: one row per journal and period, locked while the transaction lasts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.store.unit_of_work import UnitOfWork
from services.registration.masks import Journal, number, period
from services.registration.models import JournalCounter, RegisteredNumber


def give_number_in(
    work: UnitOfWork, journal: Journal, day: date, now: datetime, *, card_id: int, unit: str = "", by: int | None = None
) -> str:
    """
    Take the next number. It is used from now on, unless the whole transaction is rolled back: then nobody ever saw it.

    Somebody else registering in the same journal waits until this transaction ends (lock order: card before counter).
    """
    book = f"{journal.code}:{unit}" if journal.by_unit else journal.code
    counted = period(journal, day)
    seq = _next(work.session, book, counted)
    written = number(journal, day, seq, unit)
    work.session.add(
        RegisteredNumber(
            journal=book, period=counted, seq=seq, number=written, card_id=card_id, given_at=now, given_by=by
        )
    )
    work.session.flush()
    return written


def _next(session: Session, journal: str, counted: str) -> int:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    opened = dialect.insert(JournalCounter).values(journal=journal, period=counted, last=0)
    session.execute(opened.on_conflict_do_nothing())
    taken = (
        update(JournalCounter)
        .where(JournalCounter.journal == journal, JournalCounter.period == counted)
        .values(last=JournalCounter.last + 1)
        .returning(JournalCounter.last)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(taken).scalar_one())


def gaps(session: Session, journal: str, counted: str) -> list[int]:
    """The numbers of a journal and period that were counted and belong to nothing."""
    last = session.scalar(select(JournalCounter.last).filter_by(journal=journal, period=counted)) or 0
    given = set(session.scalars(select(RegisteredNumber.seq).filter_by(journal=journal, period=counted)))
    return [seq for seq in range(1, last + 1) if seq not in given]
