"""A registrar gives a reserved number back: an explained gap, which may still be typed for another document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.registration.models import RegisteredNumber
from services.registration.reserve_number import LONGEST_REASON, kept_type

if TYPE_CHECKING:
    from services.office import Parts


def release_number(office: Parts, actor: Actor, type_code: str, number_id: int, *, reason: str) -> None:
    """
    Release a reservation of this type's journal; a second time changes nothing.

    Raises NotFound, NotAllowed, Invalid beside `reason`, Conflict("number-not-reserved") when it was given meanwhile.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("number-refused", {"reason": ("reason-needed", {"most": LONGEST_REASON})})

    def act(work: UnitOfWork) -> None:
        type, now = kept_type(office, work, actor, type_code), office.clock.now()
        row = work.session.scalar(select(RegisteredNumber).filter_by(id=number_id).with_for_update())
        code = type.journal.code if type.journal else ""
        if row is None or row.journal.split(":")[0] != code:
            raise NotFound("number-not-found")
        if row.state == "released":
            return
        if row.state != "reserved":
            raise Conflict("number-not-reserved", number=row.number)
        row.state, row.reason, row.ended_at, row.ended_by = "released", reason.strip(), now, actor.account_id
        record(work.session, actor, "number.released", f"number:{row.id}", now, number=row.number, reason=row.reason)

    office.database.run(act)
