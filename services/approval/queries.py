"""The approval sheet: three statements whatever the number of rounds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account
from services.approval.models import ApprovalRound, Visa


@dataclass(frozen=True)
class VisaRow:
    """One approver in one round. `decided_by` is the deputy's name when a deputy decided."""

    person: str
    post: str
    login: str
    decision: str  # waiting agreed remarks refused skipped
    remark: str
    received_at: datetime
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True)
class RoundRow:
    """One round; `outcome` None while it is open."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    visas: tuple[VisaRow, ...]


def approval_sheet(session: Session, card_id: int) -> tuple[RoundRow, ...]:
    """All rounds of the card, the newest first; visas in the order they were asked."""
    rounds = list(
        session.scalars(
            select(ApprovalRound).where(ApprovalRound.card_id == card_id).order_by(ApprovalRound.number.desc())
        )
    )
    if not rounds:
        return ()
    asked = (
        select(Visa, Account.name, Account.post, Account.login)
        .join(Account, Account.id == Visa.account_id)
        .where(Visa.round_id.in_([made.id for made in rounds]))
        .order_by(Visa.id)
    )
    found = session.execute(asked).all()
    deputies = _names(session, {visa.decided_by for visa, *_ in found if visa.decided_by})
    visas: dict[int, list[VisaRow]] = defaultdict(list)
    for visa, name, post, login in found:
        visas[visa.round_id].append(_row(visa, name, post, login, deputies))
    return tuple(
        RoundRow(made.number, made.started_at, made.ended_at, made.outcome, tuple(visas[made.id])) for made in rounds
    )


def _row(visa: Visa, name: str, post: str, login: str, deputies: dict[int, str]) -> VisaRow:
    return VisaRow(
        person=name,
        post=post,
        login=login,
        decision=visa.decision,
        remark=visa.remark,
        received_at=visa.received_at,
        decided_at=visa.decided_at,
        decided_by=deputies.get(visa.decided_by or 0),
    )


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all())
