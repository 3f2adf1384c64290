"""Personal data by reference: erasing a person blanks one place; revisions, variables and history only refer to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, Norm, Sort


class PersonalValue(Base):
    """One value of a personal class. Erased: `value` is None and `erased_at` says when."""

    __tablename__ = "personal_value"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_ref: Mapped[str] = mapped_column(String(64), index=True)  # party:5, card:12
    field: Mapped[str] = mapped_column(String(64))
    personal_class: Mapped[str] = mapped_column(String(32))  # name contact address code health
    value: Mapped[Any | None] = mapped_column(JsonText)
    value_norm: Mapped[str | None] = mapped_column(Norm, index=True)  # set for names only
    value_sort: Mapped[str | None] = mapped_column(Sort)
    created_at: Mapped[datetime] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
