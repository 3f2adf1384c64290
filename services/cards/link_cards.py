"""Links between cards; earlier cards of the same party are linked by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card, CardLink

KINDS = ("previous", "repeat_of", "duplicate_of", "answer_to", "basis", "related")


def link_in(work: UnitOfWork, from_id: int, to_id: int, kind: str, now: datetime, by: int | None = None) -> None:
    """Link two cards; a link that exists stays as it is."""
    if work.session.get(CardLink, (from_id, to_id, kind)) is None:
        work.session.add(CardLink(from_id=from_id, to_id=to_id, kind=kind, made_at=now, made_by=by))


def link_earlier_cards(work: UnitOfWork, card: Card, now: datetime) -> int:
    """Link up to ten latest earlier cards of the same type and party as `previous`; gives how many."""
    if card.party_id is None:
        return 0
    earlier = work.session.scalars(
        select(Card.id)
        .where(Card.party_id == card.party_id, Card.type == card.type, Card.id < card.id, Card.deleted_at.is_(None))
        .order_by(Card.id.desc())
        .limit(10)
    ).all()
    for id in earlier:
        link_in(work, card.id, id, "previous", now)
    return len(earlier)
