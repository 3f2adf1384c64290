"""A card gets a number of a journal: the next one, or one a person typed. One row per journal and period is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.registration.masks import Journal, MaskError, checked_suffix, counted_in, number, period, typed_number
from services.registration.models import JournalCounter, RegisteredNumber

REFUSED = "number-refused"


def give_number_in(
    work: UnitOfWork,
    journal: Journal,
    day: date,
    now: datetime,
    *,
    card_id: int | None,
    parts: Mapping[str, str],
    by: int | None = None,
    typed: str = "",
    reserved_until: date | None = None,
    reason: str = "",
) -> RegisteredNumber:
    """
    Take the next number, or *typed*; without a card it is reserved until a day. It is used from now on, unless the whole
    transaction is rolled back: then nobody ever saw it. *parts* are what the card gives to the mask.

    Somebody else registering in the same journal waits until this transaction ends (lock order: card before counter).
    Raises Invalid("number-refused") beside `number`: empty, too long, with invisible characters, taken, annulled,
    reserved for somebody else, or not asked for (a journal that numbers by itself alone, or only by hand).
    """
    parts = {**parts, "suffix": _suffix(parts.get("suffix", ""))}
    book, counted = journal.book(parts), period(journal, day)
    row = {
        "journal": book,
        "period": counted,
        "state": "given" if card_id is not None else "reserved",
        "card_id": card_id,
        "given_at": now,
        "given_by": by,
        "reserved_until": reserved_until,
        "reason": reason,
    }
    if typed.strip():
        return _take_typed(work.session, journal, day, parts, row, typed)
    if not journal.automatic:
        raise _refused("number-needed")
    return _take_next(work.session, journal, day, parts, row)


def _take_next(
    session: Session, journal: Journal, day: date, parts: Mapping[str, str], row: dict[str, Any]
) -> RegisteredNumber:
    """Numbers somebody typed ahead of the count are passed over."""
    while True:
        seq = _next(session, row["journal"], row["period"])
        made = number(journal, day, seq, parts)
        asked = _insert(session, RegisteredNumber).values(**row, seq=seq, number=made).on_conflict_do_nothing()
        id = session.scalar(asked.returning(RegisteredNumber.id))
        if id is not None:
            return session.get_one(RegisteredNumber, id)


def _take_typed(
    session: Session, journal: Journal, day: date, parts: Mapping[str, str], row: dict[str, Any], typed: str
) -> RegisteredNumber:
    if not journal.manual and journal.automatic:
        raise _refused("number-automatic")
    try:
        written = typed_number(typed)
    except MaskError as wrong:
        raise _refused(f"number-{wrong}") from None
    _open(session, row["journal"], row["period"], lock=True)
    known = session.scalar(select(RegisteredNumber).filter_by(journal=row["journal"], number=written).with_for_update())
    if known is not None:
        _may_take(known, row["given_by"], row["given_at"].date())
        known.state, known.card_id = row["state"], row["card_id"]
        known.given_at, known.given_by = row["given_at"], row["given_by"]
        session.flush()
        return known
    made = RegisteredNumber(**row, seq=counted_in(journal, day, written, parts), number=written)
    session.add(made)
    try:
        session.flush()
    except IntegrityError:  # the same place in the count under another spelling
        raise _refused("number-taken", number=written, at=row["given_at"]) from None
    return made


def _may_take(known: RegisteredNumber, by: int | None, today: date) -> None:
    if known.state == "given":
        raise _refused("number-taken", number=known.number, at=known.given_at)
    if known.state == "annulled":
        raise _refused("number-annulled", number=known.number, at=known.ended_at)
    over = known.reserved_until is not None and known.reserved_until < today
    if known.state == "reserved" and known.given_by != by and not over:
        raise _refused("number-reserved", number=known.number, until=known.reserved_until)


def _suffix(typed: str) -> str:
    try:
        return checked_suffix(typed)
    except MaskError:
        raise Invalid(REFUSED, {"suffix": ("number-suffix", {})}) from None


def _refused(problem: str, **params: Any) -> Invalid:
    return Invalid(REFUSED, {"number": (problem, params)})


def _next(session: Session, journal: str, counted: str) -> int:
    _open(session, journal, counted)
    taken = (
        update(JournalCounter)
        .where(JournalCounter.journal == journal, JournalCounter.period == counted)
        .values(last=JournalCounter.last + 1)
        .returning(JournalCounter.last)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(taken).scalar_one())


def _open(session: Session, journal: str, counted: str, *, lock: bool = False) -> None:
    opened = _insert(session, JournalCounter).values(journal=journal, period=counted, last=0)
    session.execute(opened.on_conflict_do_nothing())
    if lock:
        session.execute(select(JournalCounter.last).filter_by(journal=journal, period=counted).with_for_update())


def _insert(session: Session, model: Any) -> Any:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)
