"""
Fields that no two cards share. A value is claimed by a row whose key the database keeps unique, so two people saving at
once cannot both have it; the key is a keyed digest, so that a personal value is not readable there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.text import normalise
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import visible_cards
from services.cards.models import Card, CardUnique
from services.fields import TYPES, Around, FieldSpec
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


def claim_values_in(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    around: Around,
) -> None:
    """
    Claim what the card's unique fields hold now and let go of what they held; a card in the bin holds nothing.

    Raises Invalid("card-refused") beside the fields whose value another card has: `not-unique` (number= of that card when
    this actor may see it).
    """
    if not any(spec.unique for spec in type.fields):
        return
    wanted = keys_of(office, type, values, around) if card.deleted_at is None else {}
    session = work.session
    held = set(session.scalars(select(CardUnique.key).where(CardUnique.card_id == card.id)))
    if gone := held - set(wanted):
        session.execute(delete(CardUnique).where(CardUnique.key.in_(gone)))
    new = set(wanted) - held
    if not new:
        return
    taken = {
        row.key: row.card_id
        for row in session.execute(select(CardUnique.key, CardUnique.card_id).where(CardUnique.key.in_(new)))
    }
    if taken:
        raise Invalid("card-refused", {wanted[key].key: _said(work, actor, id) for key, id in taken.items()})
    try:
        with session.begin_nested():
            session.add_all(CardUnique(key=key, card_id=card.id, field=wanted[key].key) for key in sorted(new))
    except IntegrityError:  # somebody saved the same value a moment ago
        raise Invalid("card-refused", {wanted[key].key: ("not-unique", {"number": ""}) for key in new}) from None


def keys_of(office: Parts, type: CardTypeFile, values: Mapping[str, Any], around: Around) -> dict[str, FieldSpec]:
    """What a card with these values claims: the unique fields that have one, by key."""
    specs = [spec for spec in type.fields if spec.unique]
    return {key: spec for spec in specs if (key := _key(office, type, spec, values, around)) is not None}


def _key(office: Parts, type: CardTypeFile, spec: FieldSpec, values: Mapping[str, Any], around: Around) -> str | None:
    own = _compared(spec, values, around)
    if own is None:
        return None
    within = type.by_key.get(spec.unique_within or "")
    scope = _compared(within, values, around) if within is not None else ""
    return office.secrets.mac("unique", "\n".join((type.code, spec.key, scope or "", own)))


def _compared(spec: FieldSpec, values: Mapping[str, Any], around: Around) -> str | None:
    """A value as it is compared: case, spaces and the script of digits make no difference."""
    value = values.get(spec.key)
    form = TYPES[spec.type].index(value, spec, around) if value is not None else None
    if form is None:
        return None
    return normalise(form.text) if form.text is not None else str(form.day or form.number)


def _said(work: UnitOfWork, actor: Actor, card_id: int) -> tuple[str, dict[str, Any]]:
    seen = select(Card.number).where(Card.id == card_id, visible_cards(actor))
    return ("not-unique", {"number": work.session.scalar(seen) or ""})
