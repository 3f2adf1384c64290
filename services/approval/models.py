"""Rounds of approval and the visas given in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Moment


class ApprovalRound(Base):
    """One round for a card. `outcome`: None while open, agreed, refused, withdrawn."""

    __tablename__ = "approval_round"
    __table_args__ = (UniqueConstraint("card_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    number: Mapped[int]
    subject_digest: Mapped[str] = mapped_column(String(64))  # of what is approved: text and file versions
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(16))


class Visa(Base):
    """One approver's decision in a round: waiting, agreed, remarks, refused, skipped."""

    __tablename__ = "visa"
    __table_args__ = (UniqueConstraint("round_id", "account_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("approval_round.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))  # whose visa it is
    decided_by: Mapped[int | None]  # who gave it, when a deputy acted
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    decision: Mapped[str] = mapped_column(String(16), default="waiting")
    remark: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
