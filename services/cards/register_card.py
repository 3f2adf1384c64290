"""A card gets its number: by its type's journal, through the transition `register`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, SolutionError
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.cards.move_card import move_card_in
from services.cards.number_parts import number_parts
from services.cards.store_card import lock_card, organisation_manner
from services.registration.give_number import REFUSED, give_number_in
from services.registration.rules import REGISTER

if TYPE_CHECKING:
    from services.office import Parts


def register_card_in(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card_id: int,
    *,
    number: str = "",
    suffix: str = "",
    by_process: bool = True,
) -> str:
    """
    In an open unit of work: give the number (*number*: one typed by hand) and move the card through `register`, all or
    nothing. A card that has a number keeps it.

    Raises SolutionError("journal-missing") when the card type declares no journal, Invalid("number-refused").
    """
    session, now = work.session, office.clock.now()
    card = lock_card(work, card_id)
    if card.number is not None:
        return card.number
    type = office.shelf.card_type(session, card.type)
    if type.journal is None:
        raise SolutionError("journal-missing", type=type.code)
    day = now.astimezone(organisation_manner(office, session).zone).date()
    parts = number_parts(office, session, card, type, type.journal) | {"suffix": suffix}
    given = give_number_in(
        work, type.journal, day, now, card_id=card.id, parts=parts, by=actor.account_id, typed=number
    ).number
    if number.strip():
        _free(session, type.code, given)
    card.number = given
    card.registered_at = now
    move_card_in(office, work, actor, card_id, REGISTER, by_process=by_process, what="registered")
    return card.number


def _free(session: Session, type_code: str, number: str) -> None:
    """Two journals of one type may not write the same number."""
    taken = session.execute(
        select(Card.number, Card.registered_at).where(Card.type == type_code, Card.number == number)
    ).one_or_none()
    if taken is not None:
        raise Invalid(REFUSED, {"number": ("number-taken", {"number": taken[0], "at": taken[1]})})
