"""The card as expressions see it (`card.subject`, `card.number`), loaded when the first expression asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.unit_of_work import UnitOfWork
from services.cards.feel_fields import author_of, feel_fields, own_facts
from services.cards.find_card import card_id_in
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner

if TYPE_CHECKING:
    from services.office import Parts


class Lazily(Mapping[str, Any]):
    """A mapping made when somebody first looks into it."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make
        self._made: Mapping[str, Any] | None = None

    @property
    def _whole(self) -> Mapping[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, key: str) -> Any:
        return self._whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


class CardContext:
    """The engine's `ContextProvider`: instances whose subject is a card read it as `card`."""

    def __init__(self, office: Parts) -> None:
        self._office = office

    def roots(self, work: UnitOfWork, actor: Actor, subject_ref: str | None) -> Mapping[str, Any]:
        card_id = card_id_in(subject_ref)
        if card_id is None:
            return {}

        def make() -> Mapping[str, Any]:
            work.session.flush()
            return feel_card(self._office, work.session, work.session.get_one(Card, card_id))

        return {"card": Lazily(make)}

    def revision(self, work: UnitOfWork, subject_ref: str) -> int | None:
        card_id = card_id_in(subject_ref)
        return None if card_id is None else work.session.scalar(select(Card.revision).where(Card.id == card_id))

    def unit_id(self, work: UnitOfWork, subject_ref: str) -> int | None:
        card_id = card_id_in(subject_ref)
        return None if card_id is None else work.session.scalar(select(Card.unit_id).where(Card.id == card_id))


def feel_card(office: Parts, session: Session, card: Card) -> dict[str, Any]:
    """
    Every field as a FEEL value (None for empty ones) and `number state title ref type author registered_on` (author: a
    login), with what a type knows beside its value (`card.subject_item.harm`, `card.price_currency`).
    """
    type = office.shelf.card_type(session, card.type)
    manner = organisation_manner(office, session)
    around = around_card(office, session, type.solution, manner, in_full=True, card_id=card.id)
    values = values_of(office, session, card, type)
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    return feel_fields(type, values, around) | own_facts(card, manner, author_of(session, card))
