"""What lets a customer without an account follow a request: number and code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.types import Moment


class FollowCode(Base):
    """The code shown once to the customer; only its keyed hash is kept. Wrong tries slow the next ones down."""

    __tablename__ = "follow_code"

    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    receipt: Mapped[str] = mapped_column(String(32), unique=True)  # random number known before registration
    code_mac: Mapped[str] = mapped_column(String(64))
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(Moment)
    portal: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
