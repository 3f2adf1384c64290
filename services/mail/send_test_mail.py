"""An admin sends a test mail: a row like any other, so that its fate is seen on the same page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, OutsideError
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.mail.message import address_of
from services.mail.post_mail import post_mail
from services.mail.release_mail import may_see_mail

if TYPE_CHECKING:
    from services.office import Parts


def send_test_mail(office: Parts, actor: Actor, address: str, subject: str, text: str) -> str:
    """
    Write a test mail to *address* and give the state it stands in (`waiting`, or `held` without a server).

    Raises Invalid beside `address`, NotAllowed for others than admins.
    """
    if not may_see_mail(actor):
        raise NotAllowed("mail-not-allowed")
    try:
        to = address_of(address)
    except OutsideError:
        raise Invalid("mail-refused", {"address": ("mail-address-bad", {})}) from None
    office.mailer.wake()
    return office.database.run(lambda work: _write(office, work, actor, to, subject, text))


def _write(office: Parts, work: UnitOfWork, actor: Actor, to: str, subject: str, text: str) -> str:
    now = office.clock.now()
    once = f"test:{actor.account_id}:{actor.request_id or now.isoformat()}"
    made = post_mail(office, work, to=f"mailto:{to}", subject=subject, text=text, once=once)
    record(work.session, actor, "mail.tested", f"account:{actor.account_id}", now)
    return made.state if made else "waiting"
