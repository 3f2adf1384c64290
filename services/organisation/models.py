"""Units of the organisation (its own texts and settings are policies)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText


class Unit(Base):
    """A department, store or branch. `path` is `/1/7/12/` so that «own unit and below» is one prefix."""

    __tablename__ = "unit"
    __table_args__ = (Index("ix_unit_path", "path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[Any] = mapped_column(JsonText, default=dict)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(Text, default="/")
    head_id: Mapped[int | None] = mapped_column(Key)  # account
    kind: Mapped[str] = mapped_column(String(32), default="department")
