"""Registration numbers: each given once, each gap explained."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, func, or_, select

from engine.findings import rule
from services.cards.models import Card
from services.registration.models import JournalCounter, RegisteredNumber
from services.registration.queries import gaps
from services.upkeep.checking import Found, Look, looks_for

UNBOOKED = rule(
    "number-unbooked",
    "The card carries the number {number}, which no journal gave to it.",
    "Register the card anew, or restore the journal from a backup.",
)
ASTRAY = rule(
    "number-astray",
    "The number {number} of {journal} is given, but its card does not carry it.",
    "Annul the number with the reason, or restore the card from a backup.",
)
GAP = rule(
    "number-gap",
    "{journal}, {period}: the numbers {first} to {last} were counted and belong to nothing.",
    "Reserve them by hand and release them with the reason, so that the gap is explained.",
    "warning",
)


@looks_for(UNBOOKED)
def unbooked(look: Look) -> Iterator[Found]:
    booked = exists().where(
        RegisteredNumber.card_id == Card.id,
        RegisteredNumber.state == "given",
        RegisteredNumber.number == Card.number,
    )
    for id, number in look.rows(select(Card.id, Card.number).where(Card.number.is_not(None), ~booked), Card.id):
        yield Found(f"card:{id}", {"number": number})


@looks_for(ASTRAY)
def astray(look: Look) -> Iterator[Found]:
    asked = (
        select(RegisteredNumber.id, RegisteredNumber.number, RegisteredNumber.journal)
        .join(Card, Card.id == RegisteredNumber.card_id, isouter=True)
        .where(
            RegisteredNumber.state == "given",
            or_(Card.id.is_(None), func.coalesce(Card.number, "") != RegisteredNumber.number),
        )
    )
    for id, number, journal in look.rows(asked, RegisteredNumber.id):
        yield Found(f"number:{id}", {"number": number, "journal": journal})


@looks_for(GAP)
def gap(look: Look) -> Iterator[Found]:
    asked = select(JournalCounter.journal, JournalCounter.period)
    for session, rows in look.pages(asked, JournalCounter.journal, JournalCounter.period):
        for journal, period in rows:
            for first, last in gaps(session, journal, period):
                about = {"journal": journal, "period": period, "first": first, "last": last}
                yield Found(f"journal:{journal}:{period}", about)
