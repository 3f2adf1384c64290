"""Signatures under a card's answer or file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Moment


class Signature(Base):
    """
    A decision of a signer. Kind `simple`: the password was given again; `mac` binds signer, moment and `subject_digest`
    under the installation's key, so a later change of what was signed shows.
    """

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    signed_by: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(16), default="simple")
    decision: Mapped[str] = mapped_column(String(16))  # signed refused
    remark: Mapped[str] = mapped_column(Text, default="")
    subject_digest: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
