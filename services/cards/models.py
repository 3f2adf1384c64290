"""One card store for every card type; a card type is a file of a deployment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Exact, JsonText, Moment, Norm, Sort, public_ref


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
    course: Mapped[Any | None] = mapped_column(JsonText)  # see services.cards.course


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


KEYS = tuple(f"k{number:02}" for number in range(1, 25))
NORMS = tuple(f"n{number:02}" for number in range(1, 9))
_OWN = ("state", "unit_id", "author_id", "executor_id", "party_id", "due", "registered", "number", "title")
WORDS = 500
LINKS = (
    "answer_to",
    "request_of",
    "previous",
    "repeat_of",
    "duplicate_of",
    "not_duplicate_of",
    "annex_of",
    "basis",
    "related",
)
"""Kinds of links: what a card is of the other one."""


class CardIndex(Base):
    """
    What lists ask about a card that is not in the bin: one row, its own columns and a column for each flagged field.

    `card_slot` says which: `k01`… hold what is compared and sorted by, `n01`… texts as they are searched (their first 500
    characters; `words`: number and title). A flagged field without a value is an empty text; a column no field has is NULL
    and in no index (decision 0059).
    """

    __table__ = Table(
        "card_index",
        Base.metadata,
        Column("card_id", ForeignKey("card.id"), primary_key=True, autoincrement=False),
        Column("type", String(64), nullable=False),
        Column("state", Exact, nullable=False),
        *(Column(name, Integer) for name in _OWN[1:5]),
        *(Column(name, Exact) for name in _OWN[5:]),
        Column("words", Exact(WORDS)),
        *(Column(name, Exact) for name in KEYS),
        *(Column(name, Exact(WORDS)) for name in NORMS),
        Index("ix_card_index_id", "type", "card_id"),
        *(Index(f"ix_card_index_{name.removesuffix('_id')}", "type", name, "card_id") for name in _OWN),
        *(
            Index(
                f"ix_card_index_{name}",
                "type",
                name,
                "card_id",
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in (*KEYS, *NORMS)
        ),
    )


class CardSlot(Base):
    """The column of `card_index` a flagged field has. `state`: filling, ready, emptying (the field is flagged no more)."""

    __tablename__ = "card_slot"

    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(3))
    norm: Mapped[str | None] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(8), default="ready")


class CardRefresh(Base):
    """A type whose cards are being indexed and their access rewritten anew; the row goes when it is complete."""

    __tablename__ = "card_refresh"

    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    run: Mapped[int] = mapped_column(default=1)  # a newer demand starts over
    up_to: Mapped[int] = mapped_column(default=0)  # the last card done
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)


class CardUnique(Base):
    """A value of a unique field that a card holds; `key` is a keyed digest of type, field, scope and value."""

    __tablename__ = "card_unique"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    field: Mapped[str] = mapped_column(String(64))


class BinnedCard(Base):
    """
    A card in the bin, and after `purged_at` the tombstone of one that was destroyed. `asleep`: the ids of the instances
    that were suspended with it.
    """

    __tablename__ = "binned_card"
    __table_args__ = (Index("ix_binned_card_at", "purged_at", "at", "card_id"),)

    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(Text)
    asleep: Mapped[Any] = mapped_column(JsonText, default=list)
    purge_at: Mapped[datetime] = mapped_column(Moment)
    purged_at: Mapped[datetime | None] = mapped_column(Moment)


class CardLink(Base):
    """A link between two cards; its kinds: `LINKS`."""

    __tablename__ = "card_link"

    from_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None]


class CardTemplate(Base):
    """
    What new cards of a type may start with: kept values by field key, none of them personal. The principal says for whom:
    a user, a unit (with everything below it) or everyone.
    """

    __tablename__ = "card_template"
    __table_args__ = (Index("ix_card_template_for", "type", "principal_id", "name_sort"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    type: Mapped[str] = mapped_column(String(64))
    type_version: Mapped[int]
    principal_id: Mapped[int] = mapped_column(ForeignKey("principal.id"))
    name: Mapped[str] = mapped_column(Text)
    name_sort: Mapped[str] = mapped_column(Sort)
    data: Mapped[Any] = mapped_column(JsonText, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str] = mapped_column(String(255))
    changed_at: Mapped[datetime] = mapped_column(Moment)


class CardGroup(Base):
    """Cards of one type under a name: a mass incident that is answered once."""

    __tablename__ = "card_group"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    type: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(index=True)


class GroupedCard(Base):
    """A card in a group; a card may be in several."""

    __tablename__ = "grouped_card"

    group_id: Mapped[int] = mapped_column(ForeignKey("card_group.id"), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int | None]


class GroupAnswer(Base):
    """
    One answer to the cards that were in a group: a transition pressed on each with the same values, or the `step` in `body`
    done in the route of each. `up_to` is the last card done; `refused` is [{card_id, code, fields}]. What was typed is
    forgotten when it is over.
    """

    __tablename__ = "group_answer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("card_group.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_login: Mapped[str] = mapped_column(String(64))
    transition: Mapped[str] = mapped_column(String(64))
    body: Mapped[Any] = mapped_column(JsonText)
    cards: Mapped[Any] = mapped_column(JsonText)
    total: Mapped[int]
    up_to: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[Any] = mapped_column(JsonText, default=list)
    over: Mapped[bool] = mapped_column(default=False)


class Draft(Base):
    """What somebody typed and has not sent: survives a closed browser and an ended session."""

    __tablename__ = "draft"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)  # task:<ref>, card:<ref>, new:<type>
    data: Mapped[Any] = mapped_column(JsonText)
    saved_at: Mapped[datetime] = mapped_column(Moment)
