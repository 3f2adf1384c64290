"""The use case behind «new» and the portal's filing: the card is made and its process starts, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime.commands.start_instance import start_instance
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card

if TYPE_CHECKING:
    from services.office import Office


@dataclass(frozen=True)
class Entered:
    """The card that was made."""

    id: int
    ref: str
    title: str
    instance: str | None  # reference of the started process


def create_card(
    office: Office,
    actor: Actor,
    new: NewCard,
    *,
    also: Callable[[UnitOfWork, Card], None] | None = None,
) -> Entered:
    """
    Make the card and start the process its type declares, in one transaction. A repeated `actor.request_id` gives the
    first answer. *also* does what belongs to the same transaction (attach files, give a follow code) before the start.
    """

    def act(work: UnitOfWork) -> Entered:
        earlier = once(work.session, actor, "card.create")
        if earlier is not None:
            return _answered(work, earlier.result)
        card = create_card_in(office, work, actor, new)
        if also is not None:
            also(work, card)
        entered = Entered(card.id, card.ref, card.title, _start(office, work, actor, card))
        kept = {"id": entered.id, "instance": entered.instance}  # the title may name a person
        remember(work, actor, "card.create", kept, office.clock.now())
        return entered

    return office.database.run(act)


def _answered(work: UnitOfWork, kept: Mapping[str, Any]) -> Entered:
    card = work.session.get_one(Card, kept["id"])
    return Entered(card.id, card.ref, card.title, kept["instance"])


def _start(office: Office, work: UnitOfWork, actor: Actor, card: Card) -> str | None:
    process = office.shelf.card_type(work.session, card.type).process
    return None if process is None else start_for_card(office, work, actor, card, process)


def start_for_card(office: Office, work: UnitOfWork, actor: Actor, card: Card, process: str) -> str:
    """Begin a process about the card, in an open unit of work; gives the instance's reference."""
    instance = start_instance(
        office.engine, work, actor, process, subject_ref=f"card:{card.id}", business_key=card.ref, unit_id=card.unit_id
    )
    return instance.ref
