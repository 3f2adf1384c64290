"""Persons and organisations outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, Norm, public_ref


class Party(Base):
    """
    A person or organisation. Personal data stay in `personal_value`: `name`, `phone`, `mail`, `address` here are
    references `{"$personal": id}` for persons and plain values for organisations.
    `phone_digest` and `mail_digest` are keyed hashes for finding a known applicant without storing the value twice.
    """

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="person")  # person organisation
    name: Mapped[Any] = mapped_column(JsonText)
    name_norm: Mapped[str | None] = mapped_column(Norm, index=True)  # organisations only
    phone: Mapped[Any | None] = mapped_column(JsonText)
    mail: Mapped[Any | None] = mapped_column(JsonText)
    address: Mapped[Any | None] = mapped_column(JsonText)
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    mail_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    locale: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
