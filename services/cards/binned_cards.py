"""The bin: what was thrown away and can still be taken out, as far as it is open to the reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from services.access.models import CardAccess
from services.access.queries import binned_cards
from services.access.rules import BIN, PURGE
from services.cards.linked_cards import CardName, names_of
from services.cards.models import BinnedCard, Card
from services.fields import Manner

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class BinRow:
    """A card in the bin and what the reader may do with it."""

    card: CardName
    at: datetime
    by: str
    reason: str
    purge_at: datetime
    may_restore: bool
    may_purge: bool


@dataclass(frozen=True)
class BinPage:
    """A page, the latest thrown away first; `cursor` leads on."""

    rows: tuple[BinRow, ...]
    cursor: int | None


def bin_page(
    office: Parts, session: Session, actor: Actor, manner: Manner, *, after: int = 0, limit: int = 50
) -> BinPage:
    """The cards of the bin this actor may take out or destroy; *after*: how many were shown before."""
    asked = (
        select(BinnedCard, Card)
        .join(Card, Card.id == BinnedCard.card_id)
        .where(BinnedCard.purged_at.is_(None), binned_cards(actor))
        .order_by(BinnedCard.at.desc(), BinnedCard.card_id.desc())
    )
    found = session.execute(asked.offset(after).limit(limit + 1)).all()
    shown = found[:limit]
    names = names_of(office, session, [card for _, card in shown], manner)
    masks = _masks(session, actor, [card.id for _, card in shown])
    rows = tuple(
        BinRow(
            card=names[card.id],
            at=row.at,
            by=row.by_name,
            reason=row.reason,
            purge_at=row.purge_at,
            may_restore=bool(masks[card.id] & BIN),
            may_purge=bool(masks[card.id] & PURGE),
        )
        for row, card in shown
    )
    return BinPage(rows, after + limit if len(found) > limit else None)


def _masks(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, int]:
    masks: dict[int, int] = defaultdict(int)
    asked = select(CardAccess.card_id, CardAccess.mask).where(
        CardAccess.card_id.in_(list(ids)), CardAccess.principal_id.in_(actor.principals)
    )
    for card_id, mask in session.execute(asked):
        masks[card_id] |= mask
    return masks
