"""A transition of the life cycle: the only way a card changes its state, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import SEE, may_move
from services.cards.guards import kept_back
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.store_card import lock_card, save
from services.cards.values import missing
from services.fields import TYPES
from services.files.models import Attachment
from services.files.reply_file import with_reply
from services.solutions.card_type import CardTypeFile, Transition

if TYPE_CHECKING:
    from services.office import Parts


def asked_by(type: CardTypeFile, transition: Transition, values: Mapping[str, Any]) -> dict[str, bool]:
    """The fields a transition asks for, and whether each must be answered: what it asks always, and what is lacking."""
    lacking = [key for key in missing(type, values, transition.target, transition.requires) if key in type.by_key]
    needed = {*transition.requires, *(key for key in type.by_key if type.by_key[key].needed(transition.target))}
    asked = dict.fromkeys((*transition.asks, *lacking))
    return {key: key in needed for key in asked if not TYPES[type.by_key[key].type].read_only}


def move_card_in(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card_id: int,
    transition_id: str,
    *,
    by_process: bool = False,
    what: str = "moved",
) -> str:
    """
    In an open unit of work; gives the new state. *by_process*: the diagram asks, whoever completed the step; it counts as
    the machine when the transition lets the machine do it, and may always move what it does not forbid.

    Raises Conflict("card-state") from a wrong state, NotAllowed("card-move"), Invalid("card-move-refused") with the
    fields that are missing, Invalid("card-guard") when the guard says no.
    """
    card = lock_card(work, card_id)
    type = office.shelf.card_type(work.session, card.type)
    transition = type.transition(transition_id)
    if transition is None:
        raise NotFound("transition-not-found", transition=transition_id)
    if card.state not in transition.sources:
        raise Conflict("card-state", state=card.state, transition=transition.id)
    if not by_process:
        _allow(work, actor, card, type, transition)
    _check(office, work, actor, card, type, transition)
    card.state = transition.target
    card.revision += 1
    save(office, work, actor, card, type, what)
    return card.state


def _allow(work: UnitOfWork, actor: Actor, card: Card, type: CardTypeFile, transition: Transition) -> None:
    place = standing(work.session, actor, card, type)
    if not place.mask & SEE:
        raise NotFound("card-not-found")
    if not may_move(transition, place):
        raise NotAllowed("card-move", transition=transition.id)


def _check(
    office: Parts, work: UnitOfWork, actor: Actor, card: Card, type: CardTypeFile, transition: Transition
) -> None:
    values = with_reply(work.session, card, type, values_of(office, work.session, card, type))
    problems: dict[str, Any] = missing(type, values, transition.target, transition.requires)
    if transition.requires_file:
        asked = select(Attachment.file_class).where(Attachment.card_id == card.id, Attachment.deleted_at.is_(None))
        absent = set(transition.requires_file) - set(work.session.scalars(asked))
        problems |= {f"file.{one}": ("file-required", {}) for one in sorted(absent)}
    if problems:
        raise Invalid("card-move-refused", problems, transition=transition.id)
    if kept_back(office, work.session, card, type, values, [transition]):
        raise Invalid("card-guard", transition=transition.id)
