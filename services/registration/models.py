"""Journals and the numbers given in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Moment


class JournalCounter(Base):
    """The last number given in a journal and period (`2026`, `2026-Q4`, `2026-11`, `1405`…)."""

    __tablename__ = "journal_counter"

    journal: Mapped[str] = mapped_column(String(64), primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class RegisteredNumber(Base):
    """A number that was given; it stays used even when it is annulled."""

    __tablename__ = "registered_number"
    __table_args__ = (UniqueConstraint("journal", "period", "seq"), UniqueConstraint("journal", "number"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    journal: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int]
    number: Mapped[str] = mapped_column(String(128))
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[int | None]
