"""A round of approval begins: a waiting visa for each approver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.approval.close_round import close_round
from services.approval.models import ApprovalRound, Visa


def open_round(
    work: UnitOfWork, now: datetime, *, card_id: int, instance_id: int, approvers: Sequence[int], subject_digest: str
) -> ApprovalRound:
    """
    Open the card's next round for these accounts (each once, in the order given); a round still open is closed first.

    Raises Invalid("approvers-required") when there is nobody.
    """
    if not approvers:
        raise Invalid("approvers-required")
    close_round(work, now, card_id)
    last = work.session.scalar(select(func.max(ApprovalRound.number)).where(ApprovalRound.card_id == card_id))
    made = ApprovalRound(
        card_id=card_id,
        instance_id=instance_id,
        number=(last or 0) + 1,
        subject_digest=subject_digest,
        started_at=now,
    )
    work.session.add(made)
    work.session.flush()  # flush: the visas need its id
    for account_id in dict.fromkeys(approvers):
        work.session.add(Visa(round_id=made.id, account_id=account_id, received_at=now))
    return made
