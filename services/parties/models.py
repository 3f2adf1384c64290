"""Persons and organisations outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, Norm, public_ref


class Party(Base):
    """
    A person or organisation. Personal data stay in `personal_value`: `name` and its parts, `phone`, `mail`, `address` here
    are references `{"$personal": id}` for persons and plain values for organisations; further contacts and identifiers
    have rows of their own. `phone_digest` and `mail_digest` are keyed hashes for finding a known applicant without storing
    the value twice. A party found to be another one points to it by `merged_into_id`; whoever refers to it finds that one.
    """

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="person")  # person organisation
    name: Mapped[Any] = mapped_column(JsonText)
    name_norm: Mapped[str | None] = mapped_column(Norm, index=True)  # organisations only
    surname: Mapped[Any | None] = mapped_column(JsonText)
    given_name: Mapped[Any | None] = mapped_column(JsonText)
    father_name: Mapped[Any | None] = mapped_column(JsonText)
    short_name: Mapped[str | None] = mapped_column(Text)  # organisations only
    form: Mapped[str] = mapped_column(String(16), default="neutral")  # of address: male female neutral
    phone: Mapped[Any | None] = mapped_column(JsonText)
    mail: Mapped[Any | None] = mapped_column(JsonText)
    address: Mapped[Any | None] = mapped_column(JsonText)
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    mail_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    locale: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(default=1)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)


class PartyContact(Base):
    """A further phone, mail address or postal address. `digest` is keyed, like the party's own; addresses have none."""

    __tablename__ = "party_contact"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # phone mail address
    purpose: Mapped[str] = mapped_column(String(16), default="other")  # home work legal postal other
    value: Mapped[Any] = mapped_column(JsonText)
    digest: Mapped[str | None] = mapped_column(String(64), index=True)


class PartyIdentifier(Base):
    """An identifier of `services.parties.rules.IDENTIFIERS`, in its compact form; several parties may claim one."""

    __tablename__ = "party_identifier"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    value: Mapped[Any] = mapped_column(JsonText)
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
