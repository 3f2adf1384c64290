"""
All cards of a type are indexed anew and their access rewritten: after a version of the type that flags other fields or
gives other rights. A job does a batch a transaction and leaves the next one; lists say how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from engine.clock import Clock
from engine.jobs import JobKind, JobView, enqueue
from engine.store.unit_of_work import UnitOfWork
from services.access.rewrite_access import rewrite_access_in
from services.cards.index_card import assign_slots, index_card, slots_of
from services.cards.models import Card, CardRefresh, CardSlot
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

REFRESH = "refresh-cards"
BATCH = 200


def ask_refresh_in(work: UnitOfWork, clock: Clock, type_code: str) -> None:
    """Demand it in an open unit of work; one already going on starts over."""
    session = work.session
    total = session.scalar(select(func.count()).select_from(Card).where(Card.type == type_code)) or 0
    row = session.get(CardRefresh, type_code, with_for_update=True)
    if row is None:
        row = CardRefresh(type=type_code, run=1, up_to=0, done=0, total=total)
        session.add(row)
    else:
        row.run, row.up_to, row.done, row.total = row.run + 1, 0, 0, total
    session.flush()
    _next(work, clock, row)


def refresh_kind(office: Parts) -> JobKind:
    """The job kind `refresh-cards`, for the engine's registry."""

    def act(_: Engine, work: UnitOfWork, job: JobView, __: Any) -> None:
        refresh_batch_in(office, work, job.payload["type"], job.payload["run"])

    return JobKind(REFRESH, act=act)


def refresh_batch_in(office: Parts, work: UnitOfWork, type_code: str, run: int) -> None:
    """The next cards, ids ascending; the last batch lets the columns be trusted. An outrun demand does nothing."""
    session = work.session
    row = session.get(CardRefresh, type_code, with_for_update=True)
    if row is None or row.run != run:
        return
    type = office.shelf.card_type(session, type_code)
    if row.up_to == 0:
        assign_slots(session, type, filling=True)
    slots = slots_of(session, type_code)
    around = around_card(office, session, type.solution, organisation_manner(office, session))
    asked = select(Card).where(Card.type == type_code, Card.id > row.up_to).order_by(Card.id).limit(BATCH)
    cards = session.scalars(asked.with_for_update()).all()
    for card in cards:
        index_card(session, card, type, values_of(office, session, card, type), around, slots)
        rewrite_access_in(office, work, card.id)
    session.flush()
    if len(cards) == BATCH:
        row.up_to, row.done = cards[-1].id, row.done + len(cards)
        _next(work, office.clock, row)
    else:
        _complete(work, office, row)


def _complete(work: UnitOfWork, office: Parts, row: CardRefresh) -> None:
    session, type_code = work.session, row.type
    session.execute(delete(CardSlot).where(CardSlot.type == type_code, CardSlot.state == "emptying"))
    for slot in session.scalars(select(CardSlot).where(CardSlot.type == type_code)):
        slot.state = "ready"
    session.delete(row)
    session.flush()
    if assign_slots(session, office.shelf.card_type(session, type_code), filling=True):
        ask_refresh_in(work, office.clock, type_code)  # fields that waited for a column another had


def _next(work: UnitOfWork, clock: Clock, row: CardRefresh) -> None:
    enqueue(work, clock, REFRESH, {"type": row.type, "run": row.run})
