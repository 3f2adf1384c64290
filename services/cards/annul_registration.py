"""A registration is annulled: the number stays used for good, the card leaves the journal through `annul`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.cards.move_card import move_card_in
from services.registration.give_number import REFUSED
from services.registration.models import RegisteredNumber
from services.registration.reserve_number import LONGEST_REASON
from services.registration.rules import ANNUL

if TYPE_CHECKING:
    from services.office import Parts


def annul_registration_in(office: Parts, work: UnitOfWork, actor: Actor, card: Card, *, reason: str) -> str:
    """
    Annul the registration of a locked card, for a person (`act_on_card` has asked who); gives the number, which nobody
    gets again. The card may be registered anew when its life cycle lets it.

    Raises Invalid beside `reason`, Conflict("card-not-registered"), and what moving raises.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid(REFUSED, {"reason": ("reason-needed", {"most": LONGEST_REASON})})
    now = office.clock.now()
    row = work.session.scalar(select(RegisteredNumber).filter_by(card_id=card.id, state="given").with_for_update())
    if card.number is None or row is None:
        raise Conflict("card-not-registered")
    row.state, row.reason, row.ended_at, row.ended_by = "annulled", reason.strip(), now, actor.account_id
    card.number, card.registered_at = None, None
    move_card_in(office, work, actor, card.id, ANNUL, what="annulled")
    record(work.session, actor, "number.annulled", f"number:{row.id}", now, number=row.number, reason=row.reason)
    return row.number
