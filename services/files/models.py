"""Files: attachment (with a class) → version → blob (by sha256, written before the commit that names it)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import Moment, public_ref


class Blob(Base):
    """Content in the file store."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime] = mapped_column(Moment)


class Attachment(Base):
    """A file of a card; `file_class` is one the card type declares (original, common, special, answer…)."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    file_class: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    versions: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class AttachmentVersion(Base):
    """One version: immutable."""

    __tablename__ = "attachment_version"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(Text, default="")
