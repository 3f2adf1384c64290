"""A mail is written: a row of the outbox in the transaction that decided it, and a job that will carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.jobs import enqueue
from engine.store.models import Outbox
from engine.store.unit_of_work import UnitOfWork
from services.mail.patience import TRIES
from services.mail.receivers import receiver
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts

KIND = "mail"
SEND = "send-mail"


def post_mail(
    office: Parts,
    work: UnitOfWork,
    *,
    to: str,
    subject: str,
    text: str,
    once: str,
    subject_ref: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Outbox | None:
    """
    Write a mail to the receiver *to* (`account:3`, `party:5`, `mailto:…`); None when *once* was written before.

    What cannot leave now is kept and says why (`held`: no-server-set, held-by-admin, no-address). `{name}` of *secrets*
    in the text is filled in only when the mail leaves; afterwards the secret is wiped from the row.
    """
    if work.session.scalar(select(Outbox.id).where(Outbox.once_key == once)) is not None:
        return None
    reason = reason_to_hold(office, work, to)
    made = Outbox(
        kind=KIND,
        once_key=once,
        subject_ref=subject_ref,
        payload={"to": to, "subject": subject, "text": text, "secrets": dict(secrets or {})},
        state="held" if reason else "waiting",
        reason=reason,
        created_at=office.clock.now(),
    )
    work.session.add(made)
    work.session.flush()  # flush: the job names its id
    if reason is None:
        made.job_id = enqueue(work, office.clock, SEND, {"outbox_id": made.id}, max_attempts=TRIES)
    return made


def reason_to_hold(office: Parts, work: UnitOfWork, to: str) -> str | None:
    """Why a mail to *to* may not leave now; None when it may."""
    if not receiver(work.session, to).address:
        return "no-address"
    if not office.mailer.ready:
        return "no-server-set"
    return "held-by-admin" if policies(work.session)["mail.held"] else None
