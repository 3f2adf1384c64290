"""Journals as registrars read them: what was given, what is reserved, what is missing and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import visible_cards
from services.accounts.models import Account
from services.cards.models import BinnedCard, Card
from services.registration.models import JournalCounter, RegisteredNumber
from services.registration.rules import may_keep_journal, may_read_journal
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

STATES = ("given", "reserved", "released", "annulled")
MOST_GAPS = 200
MOST_BOOKS = 60


@dataclass(frozen=True)
class JournalView:
    """A journal of a card type; `keeps`: the reader may reserve and release."""

    type: CardTypeFile
    code: str
    mask: str
    keeps: bool


@dataclass(frozen=True)
class Tally:
    """One book and period: the last number counted, how many numbers stand in each state, how many are unexplained."""

    book: str
    period: str
    last: int
    missing: int
    given: int
    reserved: int
    released: int
    annulled: int


@dataclass(frozen=True)
class NumberRow:
    """
    A number; `card` only when the reader may see the card. `binned_at`, `purged_at`: its card is in the bin or was
    destroyed, which is why it belongs to nothing one can open; `bin_reason` says why.
    """

    id: int
    number: str
    seq: int | None
    state: str
    at: datetime
    by: str
    card: str | None
    title: str
    until: date | None
    reason: str
    ended_at: datetime | None
    binned_at: datetime | None = None
    purged_at: datetime | None = None
    bin_reason: str = ""


@dataclass(frozen=True)
class NumberPage:
    """A page of numbers, newest first; `cursor` leads to the next."""

    rows: tuple[NumberRow, ...]
    cursor: int | None


def journals(office: Parts, session: Session, actor: Actor) -> list[JournalView]:
    """The journals this actor may read, one a card type, by title key."""
    return [_view(type, actor) for type in office.shelf.card_types(session) if may_read_journal(type, actor.roles)]


def journal_of(office: Parts, session: Session, actor: Actor, type_code: str) -> JournalView:
    """Raises NotFound("journal-not-found") for a journal that is missing or not open to this actor."""
    for found in journals(office, session, actor):
        if found.type.code == type_code:
            return found
    raise NotFound("journal-not-found")


def tallies(session: Session, journal: JournalView) -> list[Tally]:
    """The newest books and periods of a journal with what stands in them, in one statement."""
    newest = (
        select(JournalCounter.journal, JournalCounter.period, JournalCounter.last)
        .where(_of(JournalCounter.journal, journal.code))
        .order_by(JournalCounter.period.desc(), JournalCounter.journal)
        .limit(MOST_BOOKS)
        .subquery()
    )
    same = (RegisteredNumber.journal == newest.c.journal) & (RegisteredNumber.period == newest.c.period)
    counted = func.count(case((RegisteredNumber.seq <= newest.c.last, 1)))
    states = [func.count(case((RegisteredNumber.state == state, 1))) for state in STATES]
    asked = (
        select(newest.c.journal, newest.c.period, newest.c.last, newest.c.last - counted, *states)
        .outerjoin(RegisteredNumber, same)
        .group_by(newest.c.journal, newest.c.period, newest.c.last)
        .order_by(newest.c.period.desc(), newest.c.journal)
    )
    return [Tally(*row) for row in session.execute(asked)]


def gaps(session: Session, book: str, period: str) -> list[tuple[int, int]]:
    """
    The numbers that were counted and belong to nothing, as ranges (first, last), at most 200.

    A number is counted in the transaction that uses it, so only a restored or mended database has any.
    """
    last = session.scalar(select(JournalCounter.last).filter_by(journal=book, period=period)) or 0
    before = func.coalesce(func.lag(RegisteredNumber.seq).over(order_by=RegisteredNumber.seq), 0)
    taken = (
        select(RegisteredNumber.seq.label("seq"), before.label("before"))
        .where(RegisteredNumber.journal == book, RegisteredNumber.period == period, RegisteredNumber.seq <= last)
        .subquery()
    )
    asked = select(taken.c.before, taken.c.seq).where(taken.c.seq - taken.c.before > 1).order_by(taken.c.seq)
    found = [(int(low) + 1, int(high) - 1) for low, high in session.execute(asked.limit(MOST_GAPS))]
    highest = session.scalar(
        select(func.max(RegisteredNumber.seq)).where(
            RegisteredNumber.journal == book, RegisteredNumber.period == period, RegisteredNumber.seq <= last
        )
    )
    return [*found, ((highest or 0) + 1, last)] if (highest or 0) < last else found


def numbers(
    session: Session,
    actor: Actor,
    journal: JournalView,
    *,
    state: str = "",
    words: str = "",
    before: int | None = None,
    limit: int = 50,
) -> NumberPage:
    """A page of a journal's numbers, newest first; *words*: a number or its beginning."""
    asked: Select[RegisteredNumber, str | None, str | None, str | None, BinnedCard | None] = (
        select(RegisteredNumber, Account.name, Card.ref, Card.title, BinnedCard)
        .outerjoin(Account, Account.id == RegisteredNumber.given_by)
        .outerjoin(Card, (Card.id == RegisteredNumber.card_id) & Card.deleted_at.is_(None) & visible_cards(actor))
        .outerjoin(BinnedCard, BinnedCard.card_id == RegisteredNumber.card_id)
        .where(_of(RegisteredNumber.journal, journal.code))
    )
    if state in STATES:
        asked = asked.where(RegisteredNumber.state == state)
    if words.strip():
        asked = asked.where(RegisteredNumber.number.startswith(words.strip(), autoescape=True))
    if before is not None:
        asked = asked.where(RegisteredNumber.id < before)
    rows = session.execute(asked.order_by(RegisteredNumber.id.desc()).limit(limit + 1)).all()
    shown = tuple(_row(*row) for row in rows[:limit])
    return NumberPage(shown, shown[-1].id if len(rows) > limit else None)


def reserved_by(session: Session, actor: Actor, journal: JournalView) -> list[str]:
    """The numbers this actor keeps for documents to come, at most 50."""
    asked = select(RegisteredNumber.number).where(
        _of(RegisteredNumber.journal, journal.code),
        RegisteredNumber.state == "reserved",
        RegisteredNumber.given_by == actor.account_id,
    )
    return list(session.scalars(asked.order_by(RegisteredNumber.id).limit(50)))


def _view(type: CardTypeFile, actor: Actor) -> JournalView:
    assert type.journal is not None  # noqa: S101 - `may_read_journal` is false without one
    return JournalView(type, type.journal.code, type.journal.mask, may_keep_journal(type, actor.roles))


def _of(column: InstrumentedAttribute[str], code: str) -> ColumnElement[bool]:
    """The journal and every book within it, as index ranges: no LIKE, whose collation could forbid the index."""
    return or_(column == code, and_(column > f"{code}:", column < f"{code};"))


def _row(
    row: RegisteredNumber, by: str | None, card: str | None, title: str | None, binned: BinnedCard | None
) -> NumberRow:
    return NumberRow(
        id=row.id,
        number=row.number,
        seq=row.seq,
        state=row.state,
        at=row.given_at,
        by=by or "",
        card=card,
        title=title or "",
        until=row.reserved_until,
        reason=row.reason,
        ended_at=row.ended_at,
        binned_at=binned.at if binned else None,
        purged_at=binned.purged_at if binned else None,
        bin_reason=binned.reason if binned else "",
    )
