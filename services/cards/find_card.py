"""From a public reference to a card, for those who may see it; foreign answers as missing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import binned_cards, visible_cards
from services.cards.models import BinnedCard, Card


def card_id_of(session: Session, actor: Actor, ref: str) -> int:
    """The card's id. Raises NotFound("card-not-found") when it does not exist or this actor may not see it."""
    found = session.scalar(select(Card.id).where(Card.ref == ref, Card.deleted_at.is_(None), visible_cards(actor)))
    if found is None:
        raise NotFound("card-not-found")
    return found


def binned_card_of(session: Session, actor: Actor, ref: str) -> BinnedCard:
    """The place in the bin of a card this actor may take out or destroy. Raises NotFound("card-not-found")."""
    asked = select(BinnedCard).join(Card, Card.id == BinnedCard.card_id)
    row = session.scalar(asked.where(Card.ref == ref, BinnedCard.purged_at.is_(None), binned_cards(actor)))
    if row is None:
        raise NotFound("card-not-found")
    return row


def card_id_in(subject_ref: str | None) -> int | None:
    """The card a subject reference means: `card:12` → 12; None for any other subject."""
    kind, _, id = (subject_ref or "").partition(":")
    return int(id) if kind == "card" and id.isdigit() else None
