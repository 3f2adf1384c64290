"""
The Word file that is a card's reply instead of the text in its reply field.

Both may be there. The file counts unless the text was changed in a later stretch of writing: the card goes from writing
to approval and back, and within one stretch (the card's stay in one state) a file beats the text, because who brings a
file means it. To have the text again, change the text when the card is back in writing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cards.course import began_writing
from services.cards.models import Card
from services.files.models import Attachment, AttachmentVersion
from services.solutions.card_type import CardTypeFile


@dataclass(frozen=True)
class ReplyFile:
    """A version of the card's reply file that a person wrote."""

    ref: str
    version: int
    name: str
    sha256: str
    at: datetime


def reply_file(session: Session, card: Card, type: CardTypeFile, *, until: datetime | None = None) -> ReplyFile | None:
    """The file that is the reply (as it was *until* a moment: a signature's); None when the text is, or nothing yet."""
    if type.reply_file_class is None or type.reply_field is None:
        return None
    written = _written(session, card.id, type.reply_file_class, until)
    if written is None or card.data.get(type.reply_field) is None:
        return written
    return written if written.at >= began_writing(session, card, type) else None


def with_reply(session: Session, card: Card, type: CardTypeFile, values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* in which a file that is the reply stands for its text: what asks for a reply is content with either."""
    lacking = type.reply_field is not None and values.get(type.reply_field) is None
    return with_written(type, values, reply_file(session, card, type) if lacking else None)


def with_written(type: CardTypeFile, values: Mapping[str, Any], written: ReplyFile | None) -> dict[str, Any]:
    """The same when the file is known."""
    key = type.reply_field
    if key is None or written is None or values.get(key) is not None:
        return dict(values)
    return dict(values) | {key: written.name}


def reply_attachment(session: Session, card_id: int, type: CardTypeFile) -> Attachment | None:
    """The one file whose versions are drafts of the reply, what people made of them, and the printed letter."""
    asked = select(Attachment).where(
        Attachment.card_id == card_id,
        Attachment.file_class == type.reply_file_class,
        Attachment.deleted_at.is_(None),
    )
    return session.scalars(asked.order_by(Attachment.id.desc()).limit(1)).one_or_none()


def _written(session: Session, card_id: int, file_class: str, until: datetime | None) -> ReplyFile | None:
    """The newest version with a person's name; drafts and letters of the machine have none."""
    asked = (
        select(Attachment.ref, AttachmentVersion)
        .join(AttachmentVersion, AttachmentVersion.attachment_id == Attachment.id)
        .where(
            Attachment.card_id == card_id,
            Attachment.file_class == file_class,
            Attachment.deleted_at.is_(None),
            AttachmentVersion.by_id.is_not(None),
        )
        .order_by(AttachmentVersion.attachment_id.desc(), AttachmentVersion.version.desc())
    )
    if until is not None:
        asked = asked.where(AttachmentVersion.at <= until)
    row = session.execute(asked.limit(1)).one_or_none()
    if row is None:
        return None
    ref, version = row
    return ReplyFile(ref, version.version, version.name, version.blob_sha256, version.at)
