"""Directories (reference books): trees of items, data once seeded from a solution's CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Norm, Sort


class Directory(Base):
    """
    A reference book. `scope` says whose items it may hold besides the organisation's: organisation, unit or personal;
    `stewards` are codes of the groups that keep it, `columns` the names of its further columns, in order.
    """

    __tablename__ = "directory"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    names: Mapped[Any] = mapped_column(JsonText, default=dict)
    scope: Mapped[str] = mapped_column(String(16), default="organisation")
    stewards: Mapped[Any] = mapped_column(JsonText, default=list)
    columns: Mapped[Any] = mapped_column(JsonText, default=list)
    solution: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=1)  # counts changes of the directory and of any of its items


class DirectoryItem(Base):
    """
    An item. `names` per language; `search_norm` holds code and all names with those above; `path` is `/1/7/` of item ids.
    Without `account_id` and `unit_id` it is the organisation's, else of that person or unit alone.
    """

    __tablename__ = "directory_item"
    __table_args__ = (
        UniqueConstraint("directory", "code"),
        Index("ix_directory_item_parent", "directory", "parent_id", "sort"),
        Index("ix_directory_item_order", "directory", "sort", "id"),
        Index("ix_directory_item_custodian", "custodian"),
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
    custodian: Mapped[str | None] = mapped_column(
        String(80)
    )  # a unit's code, or user:<login>, unit:<code>, group:<code>
    data: Mapped[Any] = mapped_column(JsonText, default=dict)  # further columns of the CSV, as text
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    revision: Mapped[int] = mapped_column(default=1)
