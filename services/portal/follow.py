"""A customer opens a request with its number (or receipt) and code; strangers do not even learn which numbers exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from engine.errors import NotAllowed, NotFound
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import SignInDelay
from services.cards.models import Card
from services.portal.file_request import CODE
from services.portal.models import FollowCode
from services.portal.rules import code_key, number_key, wait_after
from services.portal.sessions import visit_token

if TYPE_CHECKING:
    from services.office import Parts


def follow(office: Parts, slug: str, number: str, code: str) -> str:
    """
    Give a visit's token for the right number and code of this portal.

    Raises NotFound("follow-refused") for anything wrong, NotAllowed("follow-delayed", until=) after wrong tries, both
    the same whether or not the number exists.
    """
    name = office.secrets.mac("follow", f"{slug}|{number_key(number)}")
    with office.database.reading() as session:
        delay = session.get(SignInDelay, name)
        found = _found(session, slug, number)
    if delay and delay.blocked_until and delay.blocked_until > office.clock.now():
        raise NotAllowed("follow-delayed", until=delay.blocked_until)
    receipt, kept, card_ref = found or ("", "", "")
    right = office.secrets.agrees(CODE, f"{receipt}|{code_key(code)}", kept)
    if found is None or not right:
        office.database.run(lambda work: _count_failure(office, work, name))
        raise NotFound("follow-refused")
    office.database.run(lambda work: work.session.execute(delete(SignInDelay).where(SignInDelay.login_mac == name)))
    return visit_token(office, card_ref, kept)


def _found(session: Session, slug: str, number: str) -> tuple[str, str, str] | None:
    asked = (
        select(FollowCode.receipt, FollowCode.code_mac, Card.ref)
        .join(Card, Card.id == FollowCode.card_id)
        .where(FollowCode.portal == slug, Card.deleted_at.is_(None))
        .where(or_(FollowCode.receipt == number.strip().upper()[:32], Card.number_norm == number_key(number)))
    )
    row = session.execute(asked.limit(1)).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def _count_failure(office: Parts, work: UnitOfWork, name: str) -> None:
    now = office.clock.now()
    delay = work.session.get(SignInDelay, name, with_for_update=True)
    if delay is None:
        delay = SignInDelay(login_mac=name, failures=0, failed_at=now)
        work.session.add(delay)
    delay.failures += 1
    delay.failed_at = now
    delay.blocked_until = now + wait_after(delay.failures)
