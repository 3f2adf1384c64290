"""
Cards that look like another one by the rules of its type (`[[duplicate]]`): shown while one is entered, compared side by
side before it gets a number. Only cards the reader sees, and only by fields seen in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import standing, visible_cards
from services.access.rules import may_link, shown_fields
from services.cards.find_card import card_id_of
from services.cards.index_card import Slot, forms_of, key_of, slots_of
from services.cards.link_cards import DUPLICATE, NOT_DUPLICATE
from services.cards.linked_cards import CardName, names_of
from services.cards.models import Card, CardIndex, CardLink
from services.cards.older_cards import values_of
from services.cards.queries import creatable_types
from services.cards.references import around as around_card
from services.fields import TYPES, Around, FieldError, FieldSpec, Manner
from services.parties.models import Party
from services.solutions.card_type import CardTypeFile, Duplicate

if TYPE_CHECKING:
    from services.office import Parts

MOST = 5
_I = CardIndex.__table__.c


@dataclass(frozen=True)
class Beside:
    """A field of two cards as shown (safe HTML when `rich`)."""

    label: str
    here: str
    there: str
    rich: bool

    @property
    def same(self) -> bool:
        return self.here == self.there


@dataclass(frozen=True)
class AlikeCard:
    """A card that looks the same: by which fields (their labels), and both beside each other."""

    card: CardName
    made_at: datetime
    because: tuple[str, ...]
    fields: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Alike:
    """What looks like a card; `may_judge`: the reader may say whether it is a duplicate."""

    cards: tuple[AlikeCard, ...]
    may_judge: bool


@dataclass(frozen=True)
class Hints:
    """What is known while a card is being entered: cards that look the same, the party's latest ones."""

    alike: tuple[AlikeCard, ...]
    earlier: tuple[CardName, ...]


@dataclass(frozen=True)
class _Sought:
    """The card asked about, as far as its reader sees it; `id` is None while it is being entered."""

    id: int | None
    type: CardTypeFile
    values: Mapping[str, Any]


def alike_cards(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> Alike:
    """The cards like this one about which nobody has decided yet, the latest first. Raises NotFound("card-not-found")."""
    card = session.get_one(Card, card_id_of(session, actor, ref))
    type = office.shelf.card_type(session, card.type)
    if not type.duplicates:
        return Alike((), False)
    place = standing(session, actor, card, type)
    seen = shown_fields(type, place)
    values = {key: value for key, value in values_of(office, session, card, type).items() if key in seen}
    around = around_card(office, session, type.solution, manner, card_id=card.id)
    found = _found(office, session, actor, _Sought(card.id, type, values), around, manner)
    return Alike(tuple(found), may_link(place))


def hints_while_entering(
    office: Parts, session: Session, actor: Actor, type_code: str, typed: Mapping[str, Any], manner: Manner
) -> Hints:
    """The same for what is typed so far; what cannot be read yet is left out. Raises NotFound("card-type-not-found")."""
    type = next((one for one in creatable_types(office, session, actor) if one.code == type_code), None)
    if type is None:
        raise NotFound("card-type-not-found", type=type_code)
    around = around_card(office, session, type.solution, manner)
    values = dict(_readable(type, typed, around))
    alike = _found(office, session, actor, _Sought(None, type, values), around, manner)
    earlier = _earlier(session, actor, type, values, but={one.card.ref for one in alike})
    return Hints(tuple(alike), tuple(names_of(office, session, earlier, manner).values()))


def _readable(type: CardTypeFile, typed: Mapping[str, Any], around: Around) -> Iterator[tuple[str, Any]]:
    asked = {key for rule in type.duplicates for key in rule.fields} | {type.party_field}
    for key in sorted(asked & set(type.by_key) & set(typed), key=str):
        spec = type.by_key[str(key)]
        if spec.type == "party" and not isinstance(typed[spec.key], str):
            continue
        try:
            value = TYPES[spec.type].parse(typed[spec.key], spec, around)
        except FieldError:
            continue
        if value is not None:
            yield spec.key, value


def _found(
    office: Parts, session: Session, actor: Actor, sought: _Sought, around: Around, manner: Manner
) -> list[AlikeCard]:
    slots = slots_of(session, sought.type.code) if sought.type.duplicates else {}
    because: dict[int, list[str]] = {}
    for rule in sought.type.duplicates:
        for id in _matching(session, actor, sought, rule, slots, around, manner):
            because.setdefault(id, []).extend(rule.fields)
    latest = sorted(because, reverse=True)[: 2 * MOST]
    cards = {card.id: card for card in session.scalars(select(Card).where(Card.id.in_(latest)))} if latest else {}
    made: list[AlikeCard] = []
    for id in latest:
        seen = shown_fields(sought.type, standing(session, actor, cards[id], sought.type))
        if seen.issuperset(because[id]) and len(made) < MOST:
            made.append(_beside(office, session, sought, cards[id], seen, because[id], around, manner))
    return made


def _matching(
    session: Session,
    actor: Actor,
    sought: _Sought,
    rule: Duplicate,
    slots: Mapping[str, Slot],
    around: Around,
    manner: Manner,
) -> list[int]:
    """The cards with the same values in all fields of a rule; none while one of them is empty."""
    same = [_same(sought.type, sought.type.by_key[key], sought.values.get(key), slots, around) for key in rule.fields]
    asked = select(_I.card_id).join(Card, Card.id == _I.card_id).where(_I.type == sought.type.code)
    for condition in same:
        if condition is None:
            return []
        asked = asked.where(condition)
    if rule.days is not None:
        asked = asked.where(Card.created_at >= manner.now - timedelta(days=rule.days))
    if sought.id is not None:
        asked = asked.where(_I.card_id != sought.id, ~_decided(sought.id))
    asked = asked.where(visible_cards(actor)).order_by(_I.card_id.desc()).limit(2 * MOST)
    return list(session.scalars(asked))


def _same(
    type: CardTypeFile, spec: FieldSpec, value: Any, slots: Mapping[str, Slot], around: Around
) -> ColumnElement[bool] | None:
    """None when there is nothing to compare by: no value, or none that the index holds."""
    if value is None:
        return None
    if spec.key == type.party_field:
        return _I.party_id == select(Party.id).where(Party.ref == value).scalar_subquery()
    forms, slot = forms_of(spec, value, around), slots.get(spec.key)
    return _I[slot.key] == key_of(spec, forms[0]) if forms and slot is not None and slot.ready else None


def _decided(id: int) -> ColumnElement[bool]:
    """Somebody has said of the two whether one is a duplicate of the other."""
    away = (CardLink.from_id == id) & (CardLink.to_id == _I.card_id)
    back = (CardLink.to_id == id) & (CardLink.from_id == _I.card_id)
    said = select(CardLink.kind).where(CardLink.kind.in_((DUPLICATE, NOT_DUPLICATE)), or_(away, back))
    return said.exists()


def _beside(
    office: Parts,
    session: Session,
    sought: _Sought,
    card: Card,
    seen: frozenset[str],
    because: list[str],
    around: Around,
    manner: Manner,
) -> AlikeCard:
    theirs = {key: value for key, value in values_of(office, session, card, sought.type).items() if key in seen}
    for values in (sought.values, theirs):
        around.references.foresee(sought.type.fields, values)  # type: ignore[attr-defined]
    specs = [spec for spec in sought.type.fields if spec.key in theirs or spec.key in sought.values]
    shown = [
        Beside(
            around.label(spec.label),
            TYPES[spec.type].show(sought.values.get(spec.key), spec, around),
            TYPES[spec.type].show(theirs.get(spec.key), spec, around),
            spec.type == "rich",
        )
        for spec in specs
        if spec.key in seen
    ]
    labels = tuple(around.label(sought.type.by_key[key].label) for key in dict.fromkeys(because))
    name = names_of(office, session, [card], manner)[card.id]
    return AlikeCard(name, card.created_at, labels, tuple(shown))


def _earlier(
    session: Session, actor: Actor, type: CardTypeFile, values: Mapping[str, Any], but: set[str]
) -> list[Card]:
    ref = values.get(type.party_field or "")
    if ref is None:
        return []
    party = select(Party.id).where(Party.ref == ref).scalar_subquery()
    asked = select(Card).where(Card.party_id == party, Card.type == type.code, Card.deleted_at.is_(None))
    asked = asked.where(visible_cards(actor), Card.ref.not_in(but)).order_by(Card.id.desc()).limit(MOST)
    return list(session.scalars(asked))
