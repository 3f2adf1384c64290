"""The outgoing-mail page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.models import Outbox
from services.mail.post_mail import KIND
from services.mail.receivers import Receiver, receivers
from services.mail.release_mail import may_see_mail


@dataclass(frozen=True)
class MailRow:
    """One mail. `text` never shows a secret: `{code}` stands where it went. `state`: waiting held sent failed."""

    id: int
    to_name: str
    to_address: str
    subject: str
    text: str
    state: str
    reason: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    subject_ref: str | None


@dataclass(frozen=True)
class MailPage:
    """A page, newest first; `next_before` asks for the next one. `counts` by state, over everything."""

    rows: tuple[MailRow, ...]
    counts: dict[str, int]
    next_before: int | None


def outgoing_mail(
    session: Session, actor: Actor, *, state: str | None = None, before: int | None = None, limit: int = 50
) -> MailPage:
    """Outgoing mail, five statements at most. Raises NotAllowed for others than admins."""
    if not may_see_mail(actor):
        raise NotAllowed("mail-not-allowed")
    asked = select(Outbox).where(Outbox.kind == KIND)
    if state:
        asked = asked.where(Outbox.state == state)
    if before:
        asked = asked.where(Outbox.id < before)
    found = list(session.scalars(asked.order_by(Outbox.id.desc()).limit(limit + 1)))
    to = receivers(session, [row.payload["to"] for row in found])
    counted = select(Outbox.state, func.count()).where(Outbox.kind == KIND).group_by(Outbox.state)
    return MailPage(
        rows=tuple(_row(row, to) for row in found[:limit]),
        counts=dict(session.execute(counted).all()),
        next_before=found[limit - 1].id if len(found) > limit else None,
    )


def _row(row: Outbox, to: dict[str, Receiver]) -> MailRow:
    who = to.get(row.payload["to"], Receiver("", None))
    return MailRow(
        id=row.id,
        to_name=who.name,
        to_address=who.address or "",
        subject=row.payload["subject"],
        text=row.payload["text"],
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
        subject_ref=row.subject_ref,
    )
