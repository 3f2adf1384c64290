"""What employees say to each other beside a card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, public_ref


class Note(Base):
    """A note on a card; a deleted one keeps its place and its author and loses its words."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_card", "card_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[Any] = mapped_column(JsonText, default=list)  # logins
    at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
