"""An approver decides: part of completing the visa's task, in its unit of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict
from engine.store.unit_of_work import UnitOfWork
from services.approval.close_round import open_round_of
from services.approval.models import Visa
from services.approval.rules import check_remark, decision_of


def record_visa(
    work: UnitOfWork,
    actor: Actor,
    now: datetime,
    *,
    card_id: int,
    account_id: int,
    task_id: int | None,
    outcome: str,
    remark: str,
) -> Visa:
    """
    Write the decision of *account_id* (given by *actor*, perhaps a deputy) into the card's open round.

    Raises Invalid beside `remark` when one is needed, Conflict("approval-not-open") without an open round and
    Conflict("visa-already-given") for a second decision.
    """
    decision = decision_of(outcome)
    check_remark(decision, remark)
    current = open_round_of(work, card_id)
    if current is None:
        raise Conflict("approval-not-open")
    visa = work.session.scalar(select(Visa).where(Visa.round_id == current.id, Visa.account_id == account_id))
    if visa is None:  # somebody the task was handed to after the round began
        visa = Visa(round_id=current.id, account_id=account_id, received_at=now, decision="waiting")
        work.session.add(visa)
    if visa.decision != "waiting":
        raise Conflict("visa-already-given", at=visa.decided_at)
    visa.decision, visa.remark, visa.decided_at = decision, remark.strip(), now
    visa.task_id = task_id
    visa.decided_by = actor.account_id if actor.account_id != account_id else None
    return visa
