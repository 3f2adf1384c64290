"""A card gets its number: by its type's journal, through the transition `register`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, SolutionError
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import REGISTER
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.cards.move_card import move_card_in
from services.cards.number_parts import number_parts
from services.cards.store_card import check_revision, lock_card, organisation_manner
from services.registration.give_number import REFUSED, give_number_in
from services.registration.rules import REGISTER as TRANSITION

if TYPE_CHECKING:
    from services.office import Parts


def register_card(office: Parts, actor: Actor, ref: str, revision: int, *, number: str = "", suffix: str = "") -> str:
    """
    Register from the card's page; gives the number. *number*: typed by hand instead of the next one.

    Raises NotAllowed("card-register"), what taking a number and what moving raises.
    """

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, "card.register")) is not None:
            return str(earlier.result)
        card = lock_card(work, card_id_of(work.session, actor, ref))
        check_revision(work.session, card, revision)
        type = office.shelf.card_type(work.session, card.type)
        if not standing(work.session, actor, card, type).mask & REGISTER:
            raise NotAllowed("card-register")
        given = register_card_in(office, work, actor, card.id, number=number, suffix=suffix, by_process=False)
        remember(work, actor, "card.register", given, office.clock.now())
        return given

    return office.database.run(act)


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
    Give the number and move the card through `register`, all or nothing. A card that has a number keeps it.

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
    move_card_in(office, work, actor, card_id, TRANSITION, by_process=by_process, what="registered")
    return card.number


def _free(session: Session, type_code: str, number: str) -> None:
    """Two journals of one type may not write the same number."""
    taken = session.execute(
        select(Card.number, Card.registered_at).where(Card.type == type_code, Card.number == number)
    ).one_or_none()
    if taken is not None:
        raise Invalid(REFUSED, {"number": ("number-taken", {"number": taken[0], "at": taken[1]})})
