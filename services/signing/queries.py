"""Signatures of a card and whether they still hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account
from services.signing.models import Signature
from services.signing.rules import signed_words
from services.signing.sign import PURPOSE
from services.signing.subject import subject_digest

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class SignatureRow:
    """`holds`: the row is as it was written; `covers`: what was signed is as it was then."""

    signer: str
    post: str
    decision: str
    remark: str
    at: datetime
    mark: str
    holds: bool
    covers: bool


def signatures(office: Parts, session: Session, card_id: int, text: Any) -> tuple[SignatureRow, ...]:
    """The card's signatures, newest first, each verified against the card's *text* and files as they are now."""
    asked = (
        select(Signature, Account.name, Account.post)
        .join(Account, Account.id == Signature.account_id)
        .where(Signature.card_id == card_id)
        .order_by(Signature.id.desc())
    )
    return tuple(
        SignatureRow(
            signer=name,
            post=post,
            decision=row.decision,
            remark=row.remark,
            at=row.at,
            mark=row.mac[:16],
            holds=holds(office, row),
            covers=subject_digest(session, card_id, text, row.at) == row.subject_digest,
        )
        for row, name, post in session.execute(asked)
    )


def signed_at(session: Session, card_id: int) -> datetime | None:
    """When the card was last signed."""
    asked = select(Signature.at).where(Signature.card_id == card_id, Signature.decision == "signed")
    return session.scalar(asked.order_by(Signature.id.desc()).limit(1))


def holds(office: Parts, row: Signature) -> bool:
    """Whether the row itself is unchanged since it was written under this installation's key."""
    words = signed_words(row.account_id, row.decision, row.subject_digest, row.at)
    return office.secrets.agrees(PURPOSE, words, row.mac)
