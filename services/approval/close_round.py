"""
A round of approval ends: agreed when everybody agreed, refused when somebody refused, withdrawn when it ended before that.
Who was not asked any more is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.store.unit_of_work import UnitOfWork
from services.approval.models import ApprovalRound, Visa
from services.approval.rules import outcome_of


@dataclass(frozen=True)
class RoundEnd:
    """How a round ended."""

    number: int
    agreed: bool


def open_round_of(work: UnitOfWork, card_id: int) -> ApprovalRound | None:
    """The card's round that is not closed."""
    asked = select(ApprovalRound).where(ApprovalRound.card_id == card_id, ApprovalRound.ended_at.is_(None))
    return work.session.scalars(asked.order_by(ApprovalRound.number.desc())).first()


def close_round(work: UnitOfWork, now: datetime, card_id: int) -> RoundEnd | None:
    """Close the card's open round; None when there is none."""
    found = open_round_of(work, card_id)
    if found is None:
        return None
    visas = list(work.session.scalars(select(Visa).where(Visa.round_id == found.id)))
    outcome = outcome_of(visa.decision for visa in visas) or "withdrawn"
    for visa in visas:
        if visa.decision == "waiting":
            visa.decision = "skipped"
    found.outcome, found.ended_at = outcome, now
    return RoundEnd(found.number, outcome == "agreed")
