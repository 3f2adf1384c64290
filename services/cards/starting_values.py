"""What a new card starts with beside its defaults: a template, a card it copies, or one it is made on the basis of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import standing
from services.access.rules import visible_fields
from services.cards.card_templates import template_row
from services.cards.defaults import user_facts
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.cards.older_cards import upgraded, values_of
from services.fields import TYPES, Around, FieldSpec
from services.solutions.card_type import CardTypeFile
from services.solutions.formulas import default_of

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Start:
    """Where a new card starts from: the reference of a template, of a card to copy, of one that is its basis; or nowhere."""

    template: str = ""
    copy: str = ""
    basis: str = ""


def prefillable(type: CardTypeFile) -> tuple[FieldSpec, ...]:
    """The fields a template may hold and a copy takes along: nothing computed, no files, nothing no two cards share."""
    return tuple(
        spec
        for spec in type.fields
        if not TYPES[spec.type].read_only and spec.type != "file" and not spec.unique and spec.key != type.due_field
    )


def storable(type: CardTypeFile) -> tuple[FieldSpec, ...]:
    """The same without personal values: a template is no place for somebody's passport. A party is a reference."""
    return tuple(spec for spec in prefillable(type) if not spec.personal or spec.type == "party")


def starting_values(
    office: Parts, session: Session, actor: Actor, type: CardTypeFile, start: Start, around: Around
) -> dict[str, Any]:
    """The kept values. Raises NotFound for a template or card that is missing, foreign or of another kind."""
    if start.template:
        return template_values(office, session, actor, type, start.template, around)
    if start.copy:
        return copied_values(office, session, actor, type, start.copy)
    if start.basis:
        return based_values(office, session, actor, type, start.basis)
    return {}


def template_values(
    office: Parts, session: Session, actor: Actor, type: CardTypeFile, ref: str, around: Around
) -> dict[str, Any]:
    """What a template holds, in the present version's fields; one of the card type's file by `file:<id>`."""
    allowed = {spec.key: spec for spec in storable(type)}
    shipped = next((one for one in type.templates if ref == one.ref), None)
    if shipped is not None:
        user = user_facts(session, actor)
        given = {key: replace(allowed[key], default=value) for key, value in shipped.values.items() if key in allowed}
        made = {key: default_of(spec, {"user": user}, around) for key, spec in given.items()}
        return {key: value for key, value in made.items() if value is not None}
    row = template_row(session, actor, ref)
    if row.type != type.code:
        raise NotFound("template-not-found")
    data = upgraded(office, session, row.data, type, row.type_version)
    return _fitting(data, allowed)


def copied_values(office: Parts, session: Session, actor: Actor, type: CardTypeFile, ref: str) -> dict[str, Any]:
    """What the actor sees in a card of the same kind, without what was written as its reply."""
    card, seen = _seen(office, session, actor, ref)
    if card.type != type.code:
        raise NotFound("card-not-found")
    keys = {spec.key: spec for spec in prefillable(type) if spec.key != type.reply_field}
    return _fitting({key: value for key, value in seen.items() if key in keys}, keys)


def based_values(office: Parts, session: Session, actor: Actor, type: CardTypeFile, ref: str) -> dict[str, Any]:
    """What `[basis.<kind>]` of the new card's type takes from the card it is made on the basis of, as far as it is seen."""
    card, seen = _seen(office, session, actor, ref)
    rule = type.basis_of(card.type)
    if rule is None:
        raise NotFound("card-not-found")
    own = {"number": card.number, "title": card.title}
    taken = {key: own[source] if source in own else seen.get(source) for key, source in rule.fields.items()}
    return _fitting(taken, {spec.key: spec for spec in prefillable(type)})


def _seen(office: Parts, session: Session, actor: Actor, ref: str) -> tuple[Card, Mapping[str, Any]]:
    card = session.scalars(select(Card).where(Card.id == card_id_of(session, actor, ref))).one()
    type = office.shelf.card_type(session, card.type)
    shown = visible_fields(type, standing(session, actor, card, type))
    return card, {key: value for key, value in values_of(office, session, card, type).items() if key in shown}


def _fitting(values: Mapping[str, Any], specs: Mapping[str, FieldSpec]) -> dict[str, Any]:
    """The values these fields take: a field may have changed since, or be of another kind in the other card."""
    return {key: value for key, value in values.items() if key in specs and _fits(value, specs[key])}


def _fits(value: Any, spec: FieldSpec) -> bool:
    try:
        TYPES[spec.type].check(spec).deserialize(value)
    except (ValidationError, TypeError, ValueError, AttributeError):
        return False
    return value is not None
