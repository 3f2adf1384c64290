"""A customer's visit: who gave number and code holds a token for some hours; it opens exactly one card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.cards.models import Card
from services.portal.models import FollowCode

if TYPE_CHECKING:
    from services.office import Parts

VISIT = timedelta(hours=12)
_PURPOSE = "follow-visit"


def visit_token(office: Parts, card_ref: str, code_mac: str) -> str:
    """A token for this card until `VISIT` from now; worthless once the card's code is changed."""
    ends = int((office.clock.now() + VISIT).timestamp())
    return f"{card_ref}.{ends}.{office.secrets.mac(_PURPOSE, f'{card_ref}.{ends}.{code_mac}')}"


def visitor(
    office: Parts, session: Session, token: str, *, request_id: str | None = None, ip: str | None = None
) -> Actor:
    """The customer behind a token. Raises NotFound("follow-refused") when it is wrong or has run out."""
    ref, _, rest = token.partition(".")
    ends, _, mac = rest.partition(".")
    asked = select(Card.id, FollowCode.code_mac, FollowCode.receipt).join(FollowCode, FollowCode.card_id == Card.id)
    row = session.execute(asked.where(Card.ref == ref, Card.deleted_at.is_(None))).one_or_none()
    code_mac = row.code_mac if row else ""
    holds = office.secrets.agrees(_PURPOSE, f"{ref}.{ends}.{code_mac}", mac)
    if row is None or not holds or int(ends) < office.clock.now().timestamp():
        raise NotFound("follow-refused")
    return Actor(None, row.receipt, "portal", request_id=request_id, ip=ip, party_card_id=row.id)
