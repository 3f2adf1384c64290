"""A card gets its number: by its type's journal, through the transition `register`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import NotAllowed, SolutionError
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import REGISTER
from services.cards.find_card import card_id_of
from services.cards.move_card import move_card_in
from services.cards.store_card import check_revision, lock_card, organisation_manner
from services.organisation.models import Unit
from services.registration.give_number import give_number_in

if TYPE_CHECKING:
    from services.office import Parts

TRANSITION = "register"


def register_card(office: Parts, actor: Actor, ref: str, revision: int) -> str:
    """Register from the card's page; gives the number. Raises NotAllowed("card-register") and what moving raises."""

    def act(work: UnitOfWork) -> str:
        card = lock_card(work, card_id_of(work.session, actor, ref))
        check_revision(work.session, card, revision)
        type = office.shelf.card_type(work.session, card.type)
        if not standing(work.session, actor, card, type).mask & REGISTER:
            raise NotAllowed("card-register")
        return register_card_in(office, work, actor, card.id, by_process=False)

    return office.database.run(act)


def register_card_in(office: Parts, work: UnitOfWork, actor: Actor, card_id: int, *, by_process: bool = True) -> str:
    """
    Give the number and move the card through `register`, all or nothing. A card that has a number keeps it.

    Raises SolutionError("journal-missing") when the card type declares no journal.
    """
    session, now = work.session, office.clock.now()
    card = lock_card(work, card_id)
    if card.number is not None:
        return card.number
    type = office.shelf.card_type(session, card.type)
    if type.journal is None:
        raise SolutionError("journal-missing", type=type.code)
    unit = session.scalar(select(Unit.code).where(Unit.id == card.unit_id)) if card.unit_id else None
    day = now.astimezone(organisation_manner(office, session).zone).date()
    card.number = give_number_in(work, type.journal, day, now, card_id=card.id, unit=unit or "", by=actor.account_id)
    card.registered_at = now
    move_card_in(office, work, actor, card_id, TRANSITION, by_process=by_process, what="registered")
    return card.number
