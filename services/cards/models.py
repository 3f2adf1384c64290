"""One card store for every card type; a card type is a file of a deployment."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, Norm, Sort, public_ref


class CardType(Base):
    """A deployed version of a card type; cards resolve the latest."""

    __tablename__ = "card_type"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    solution: Mapped[str] = mapped_column(String(64))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    latest: Mapped[bool] = mapped_column(default=True)
    body: Mapped[Any] = mapped_column(JsonText)


class Card(Base):
    """A registered object. `data` holds plain JSON by field key; values of personal fields are `{"$personal": id}`."""

    __tablename__ = "card"
    __table_args__ = (
        Index("ix_card_list", "type", "state", "id"),
        Index("ix_card_due", "type", "due_at", "id"),
        UniqueConstraint("type", "number"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    type: Mapped[str] = mapped_column(String(64))
    type_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(64))
    number: Mapped[str | None] = mapped_column(String(128))
    number_norm: Mapped[str | None] = mapped_column(Norm, index=True)
    registered_at: Mapped[datetime | None] = mapped_column(Moment)
    title: Mapped[str] = mapped_column(Text, default="")
    title_norm: Mapped[str] = mapped_column(Norm, default="")
    title_sort: Mapped[str] = mapped_column(Sort, default="")
    data: Mapped[Any] = mapped_column(JsonText, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    author_id: Mapped[int | None]
    executor_id: Mapped[int | None]
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    due_words: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class CardRevision(Base):
    """Append-only: the card as it stood after each save (`data` whole; personal values by reference)."""

    __tablename__ = "card_revision"

    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(255))
    acting_for: Mapped[int | None]
    what: Mapped[str] = mapped_column(String(64))  # created changed registered moved …
    state: Mapped[str] = mapped_column(String(64))
    number: Mapped[str | None] = mapped_column(String(128))
    data: Mapped[Any] = mapped_column(JsonText)


class CardIndex(Base):
    """A field flagged for filter or sort, in the column of its kind."""

    __tablename__ = "card_index"
    __table_args__ = (
        Index("ix_card_index_text", "type", "field", "text_sort", "card_id"),
        Index("ix_card_index_number", "type", "field", "number", "card_id"),
        Index("ix_card_index_day", "type", "field", "day", "card_id"),
    )

    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    text_norm: Mapped[str | None] = mapped_column(Norm)
    text_sort: Mapped[str | None] = mapped_column(Sort)
    number: Mapped[Decimal | None] = mapped_column(Numeric(30, 6))
    day: Mapped[date | None] = mapped_column(Date)


class CardLink(Base):
    """A link between two cards: previous, repeat_of, duplicate_of, answer_to, basis, related."""

    __tablename__ = "card_link"

    from_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None]


class Draft(Base):
    """What somebody typed and has not sent: survives a closed browser and an ended session."""

    __tablename__ = "draft"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)  # task:<ref>, new:<type>
    data: Mapped[Any] = mapped_column(JsonText)
    saved_at: Mapped[datetime] = mapped_column(Moment)
