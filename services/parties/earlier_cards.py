"""The cards of a party, for its page: those the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from services.access.queries import visible_cards
from services.cards.models import Card
from services.cards.queries import StateView, state_view
from services.cards.references import around
from services.fields import Manner

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class PartyCardRow:
    """A card of the party."""

    ref: str
    number: str | None
    title: str
    state: StateView
    created_at: datetime


def cards_of_party(
    office: Parts, session: Session, actor: Actor, party_id: int, manner: Manner, *, limit: int = 50
) -> list[PartyCardRow]:
    """The latest first."""
    asked = (
        select(Card)
        .where(Card.party_id == party_id, Card.deleted_at.is_(None), visible_cards(actor))
        .order_by(Card.id.desc())
        .limit(limit)
    )
    found = []
    for card in session.scalars(asked):
        type = office.shelf.card_type(session, card.type)
        words = around(office, session, type.solution, manner)
        found.append(
            PartyCardRow(card.ref, card.number, card.title, state_view(type, card.state, words), card.created_at)
        )
    return found
