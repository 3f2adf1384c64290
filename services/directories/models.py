"""Directories (reference books): trees of items, data once seeded from a solution's CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Norm, Sort


class DirectoryItem(Base):
    """An item. `names` per language; `search_norm` holds code and all names; `path` is `/1/7/` of item ids."""

    __tablename__ = "directory_item"
    __table_args__ = (
        UniqueConstraint("directory", "code"),
        Index("ix_directory_item_parent", "directory", "parent_id", "sort"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    directory: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(64))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("directory_item.id"))
    level: Mapped[int] = mapped_column(default=1)
    leaf: Mapped[bool] = mapped_column(Boolean, default=True)
    names: Mapped[Any] = mapped_column(JsonText, default=dict)
    search_norm: Mapped[str] = mapped_column(Norm)
    sort: Mapped[str] = mapped_column(Sort)
    path: Mapped[str] = mapped_column(String(255), default="/")
    custodian: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[Any] = mapped_column(JsonText, default=dict)  # further columns of the CSV, as text
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
