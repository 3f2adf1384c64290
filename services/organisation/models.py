"""Units of the organisation, who holds which post in them, and the handing over of what somebody had in hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, public_ref


class Unit(Base):
    """A department, store or branch. `path` is `/1/7/12/` so that «own unit and below» is one prefix."""

    __tablename__ = "unit"
    __table_args__ = (Index("ix_unit_path", "path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[Any] = mapped_column(JsonText, default=dict)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(Text, default="/")
    head_id: Mapped[int | None] = mapped_column(Key, index=True)  # account
    kind: Mapped[str] = mapped_column(String(32), default="department")
    closed_on: Mapped[date | None] = mapped_column(Date)  # nobody is put into it or chooses it from this day on
    revision: Mapped[int] = mapped_column(default=1)


class Appointment(Base):
    """
    Somebody holds a post in a unit from a day to a day, both included; several at once, one of them the main one, which
    `account.unit_id` and `account.post` repeat. `active` says whether today lies between the two: a job turns it over.
    Rows are never changed into another post or unit: a move ends one and begins another.
    """

    __tablename__ = "appointment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    post: Mapped[str] = mapped_column(Text, default="")
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    main: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=False)


class HandOver(Base):
    """
    What somebody had in hand goes to successors: `plan` is {"default", "kinds", "objects"} of logins. `done` counts by
    kind; while `ended_at` is empty a job goes on with the rest.
    """

    __tablename__ = "hand_over"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    leaver_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    leaves: Mapped[bool] = mapped_column(Boolean)  # the organisation; else the person only changes place
    plan: Mapped[Any] = mapped_column(JsonText)
    total: Mapped[int]
    done: Mapped[Any] = mapped_column(JsonText, default=dict)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
