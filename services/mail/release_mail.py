"""An admin lets held or failed mail go: each row gets a new job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.jobs import enqueue
from engine.store.audit import record
from engine.store.models import Outbox
from engine.store.unit_of_work import UnitOfWork
from services.mail.patience import TRIES
from services.mail.post_mail import KIND, SEND, reason_to_hold

if TYPE_CHECKING:
    from services.office import Parts


OF_BEFORE = "of-before-restore"
"""Why mail is held that had not left when the backup was taken."""


def may_see_mail(actor: Actor) -> bool:
    """Outgoing mail is for admins."""
    return "admin" in actor.roles


def release_mail(office: Parts, actor: Actor, ids: tuple[int, ...] | None = None) -> int:
    """
    Try held and failed mail again, all of it or the rows *ids*; gives how many may leave now.

    What was written before a restore may have left by the office of then: it goes only when it is named. What still cannot
    leave stays held, with the reason of today. Raises NotAllowed for others than admins.
    """
    if not may_see_mail(actor):
        raise NotAllowed("mail-not-allowed")
    office.mailer.wake()
    return office.database.run(lambda work: _release(office, work, actor, ids))


def _release(office: Parts, work: UnitOfWork, actor: Actor, ids: tuple[int, ...] | None) -> int:
    asked = select(Outbox).where(Outbox.kind == KIND, Outbox.state.in_(("held", "failed")))
    if ids is not None:
        asked = asked.where(Outbox.id.in_(ids))
    else:
        asked = asked.where(func.coalesce(Outbox.reason, "") != OF_BEFORE)
    released = 0
    for row in work.session.scalars(asked.order_by(Outbox.id)):
        row.reason = reason_to_hold(office, work, row.payload["to"])
        row.state = "held" if row.reason else "waiting"
        if row.reason is None:
            released += 1
            row.job_id = enqueue(work, office.clock, SEND, {"outbox_id": row.id}, max_attempts=TRIES)
    record(work.session, actor, "mail.released", "mail:all", office.clock.now(), rows=released)
    return released
