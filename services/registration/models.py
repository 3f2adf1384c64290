"""Journals and the numbers given in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Moment


class JournalCounter(Base):
    """The last number given in a journal and period (`2026`, `2026-Q4`, `2026-11`, `1405`…)."""

    __tablename__ = "journal_counter"

    journal: Mapped[str] = mapped_column(String(255), primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class RegisteredNumber(Base):
    """
    A number of a journal, used for good: `given` to a card, `reserved` for somebody until a day, `released` (an explained
    gap that may still be typed) or `annulled` with its reason. `journal` is the book (journal code, within the unit or lead
    document of its mask); `seq` is empty for a typed number the mask would never write.
    """

    __tablename__ = "registered_number"
    __table_args__ = (UniqueConstraint("journal", "period", "seq"), UniqueConstraint("journal", "number"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    journal: Mapped[str] = mapped_column(String(255))
    period: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int | None]
    number: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16), default="given", server_default="given")
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[int | None]
    reserved_until: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # when it was released or annulled
    ended_by: Mapped[int | None]
