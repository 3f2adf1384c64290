"""A registrar keeps the next number, or one of its own choice, for a document that is still to come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.cards.store_card import organisation_manner
from services.organisation.models import Unit
from services.registration.give_number import give_number_in
from services.registration.rules import may_keep_journal, may_read_journal
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

_ACTION = "number.reserve"
LONGEST_REASON = 500


def reserve_number(
    office: Parts,
    actor: Actor,
    type_code: str,
    *,
    reason: str,
    until: date | None = None,
    number: str = "",
    unit: str = "",
    suffix: str = "",
) -> str:
    """
    Reserve a number in the journal of a card type; gives it. *until* is the last day it is kept for the actor (afterwards
    any registrar may use it); *unit* is a unit's code, for masks that name one.

    Raises NotFound for a type the actor sees no journal of, NotAllowed("number-reserve"), Invalid("number-refused") beside
    `reason`, `until`, `unit` or `number`.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("number-refused", {"reason": ("reason-needed", {"most": LONGEST_REASON})})

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, _ACTION)) is not None:
            return str(earlier.result)
        type, now = kept_type(office, work, actor, type_code), office.clock.now()
        journal = type.journal
        assert journal is not None  # noqa: S101 - `kept_type` gives no type without one
        day = now.astimezone(organisation_manner(office, work.session).zone).date()
        if until is not None and until < day:
            raise Invalid("number-refused", {"until": ("day-past", {})})
        for part in ("initial", "case", "lead"):
            if journal.asks_for(part):
                raise Invalid("number-refused", {"number": ("number-needs-card", {"part": part})})
        if journal.asks_for("unit") and work.session.scalar(select(Unit.id).filter_by(code=unit)) is None:
            raise Invalid("number-refused", {"unit": ("no-such-unit", {})})
        made = give_number_in(
            work,
            journal,
            day,
            now,
            card_id=None,
            parts={"unit": unit, "suffix": suffix},
            by=actor.account_id,
            typed=number,
            reserved_until=until,
            reason=reason.strip(),
        )
        record(work.session, actor, "number.reserved", f"number:{made.id}", now, number=made.number, reason=made.reason)
        remember(work, actor, _ACTION, made.number, now)
        return made.number

    return office.database.run(act)


def kept_type(office: Parts, work: UnitOfWork, actor: Actor, type_code: str) -> CardTypeFile:
    """The card type whose journal this actor keeps. Raises NotFound("journal-not-found"), NotAllowed("number-reserve")."""
    try:
        type = office.shelf.card_type(work.session, type_code)
    except NotFound:
        raise NotFound("journal-not-found") from None
    if not may_read_journal(type, actor.roles):
        raise NotFound("journal-not-found")
    if not may_keep_journal(type, actor.roles):
        raise NotAllowed("number-reserve")
    return type
