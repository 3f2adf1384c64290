"""Policies: settings which admins edit and which are in force at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.types import JsonText, Moment


class Policy(Base):
    """One edited value; what nobody edited keeps the default of `services/policies/rules.py`."""

    __tablename__ = "policy"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[int | None]
