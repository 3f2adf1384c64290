"""What a card gives to the mask of its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from services.cards.models import Card, CardLink
from services.cards.older_cards import values_of
from services.organisation.models import Unit
from services.parties.queries import parties
from services.registration.give_number import REFUSED
from services.registration.masks import Journal, initial_of
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

_LEADING = ("answer_to", "basis")


def number_parts(office: Parts, session: Session, card: Card, type: CardTypeFile, journal: Journal) -> dict[str, str]:
    """
    The parts this journal's mask names, by name; `suffix` is not the card's to give.

    Raises Invalid("number-refused") beside the field (or `number`, for the lead document) a part cannot be taken from.
    """
    values = values_of(office, session, card, type)
    found: dict[str, str] = {}
    if journal.asks_for("unit"):
        asked = select(Unit.code).where(Unit.id == card.unit_id)
        found["unit"] = (session.scalar(asked) if card.unit_id else None) or ""
    if journal.asks_for("initial"):
        found["initial"] = initial_of(_name(session, type, values, journal.initial))
    if journal.asks_for("case"):
        found["case"] = str(values.get(journal.case) or "")
        if not found["case"]:
            raise Invalid(REFUSED, {journal.case: ("required", {})})
    if journal.asks_for("lead"):
        found["lead"] = _lead(session, card)
    return found


def _name(session: Session, type: CardTypeFile, values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    if not value:
        raise Invalid(REFUSED, {key: ("required", {})})
    if type.by_key[key].type == "party":
        known = parties(session, refs=[str(value)], in_full=True).get(str(value))
        return known.name if known else ""
    return str(value)


def _lead(session: Session, card: Card) -> str:
    """The number of the document this one answers or rests on."""
    asked = (
        select(Card.number)
        .join(CardLink, CardLink.to_id == Card.id)
        .where(CardLink.from_id == card.id, CardLink.kind.in_(_LEADING), Card.number.is_not(None))
        .order_by(CardLink.kind, Card.id)
        .limit(1)
    )
    found = session.scalar(asked)
    if found is None:
        raise Invalid(REFUSED, {"number": ("number-no-lead", {})})
    return found
