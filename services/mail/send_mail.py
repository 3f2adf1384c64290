"""The job that carries a mail: at least once, always under the same Message-ID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import OutsideError
from engine.jobs import JobKind, JobView
from engine.store.models import Outbox
from engine.store.unit_of_work import UnitOfWork
from services.mail.message import Mail
from services.mail.post_mail import SEND
from services.mail.receivers import receiver
from services.policies.queries import policies

if TYPE_CHECKING:
    from engine import Engine
    from services.office import Parts

MASK = "••••"


def send_mail_kind(office: Parts) -> JobKind:
    """The job kind `send-mail`, for the engine's registry."""

    def outside(_: Engine, job: JobView) -> dict[str, Any]:
        return _carry(office, job)

    def act(_: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        _mark(office, work, job, result)

    def gave_up(_: Engine, work: UnitOfWork, job: JobView) -> None:
        _mark(office, work, job, {"state": "failed", "reason": "mail-not-carried"})

    return JobKind(SEND, outside=outside, act=act, gave_up=gave_up)


def _carry(office: Parts, job: JobView) -> dict[str, Any]:
    with office.database.reading() as session:
        row = session.get_one(Outbox, job.payload["outbox_id"])
        if row.state != "waiting":
            return {"state": row.state, "reason": row.reason}
        to = receiver(session, row.payload["to"])
        sender_name = policies(session)["mail.sender_name"]
    if not to.address:
        return {"state": "held", "reason": "no-address"}
    if not office.mailer.ready:
        return {"state": "held", "reason": "no-server-set"}
    try:
        office.mailer.send(_mail(row, to.address, to.name), sender_name)
    except OutsideError as error:
        if error.permanent:
            return {"state": "failed", "reason": error.code}
        raise
    return {"state": "sent", "reason": None}


def _mail(row: Outbox, address: str, name: str) -> Mail:
    return Mail(
        to=address,
        to_name=name,
        subject=row.payload["subject"],
        text=_filled(row.payload["text"], row.payload.get("secrets") or {}),
        once=f"outbox:{row.once_key}",
        at=row.created_at,
    )


def _filled(text: str, secrets: dict[str, str]) -> str:
    for name, value in secrets.items():
        text = text.replace("{" + name + "}", value)
    return text


def _mark(office: Parts, work: UnitOfWork, job: JobView, result: dict[str, Any]) -> None:
    row = work.session.get_one(Outbox, job.payload["outbox_id"])
    row.attempts = job.attempt
    if row.state != "waiting":
        return
    row.state, row.reason = result["state"], result["reason"]
    if row.state == "sent":
        row.sent_at = office.clock.now()
        row.payload = row.payload | {"secrets": dict.fromkeys(row.payload.get("secrets") or {}, MASK)}
