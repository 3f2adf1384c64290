"""What the office knows of its own upkeep: chores, the processes that work, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment


class Chore(Base):
    """Something done every so often by whichever worker comes first; `error` is what the last one failed with."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)


class Worker(Base):
    """A process that does jobs; `seen_at` is when it last went round."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)  # host:pid
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)


class UpkeepRun(Base):
    """A backup, verification, scrub, upgrade or restore that was made. `details`: figures, never personal values."""

    __tablename__ = "upkeep_run"
    __table_args__ = (Index("ix_upkeep_run_what", "what", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    what: Mapped[str] = mapped_column(String(16))
    ended_at: Mapped[datetime] = mapped_column(Moment)
    ok: Mapped[bool]
    details: Mapped[Any] = mapped_column(JsonText, default=dict)
