"""Who may do what with a card: outcomes of the card type's rules for principals, never expanded members."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base


class CardAccess(Base):
    """`mask` is a sum of bits of `services.access.rules` (see, edit, files, special files, register…)."""

    __tablename__ = "card_access"
    __table_args__ = (
        Index("ix_card_access_card", "card_id", "principal_id", "mask"),
        {"sqlite_with_rowid": False},
    )

    principal_id: Mapped[int] = mapped_column(ForeignKey("principal.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(64), primary_key=True)  # the card's: a list of a type asks one range
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    mask: Mapped[int]
