"""Files of a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import standing, visible_cards
from services.access.rules import may_with_files
from services.cards.models import Card
from services.files.models import Attachment, AttachmentVersion

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class FileRow:
    """An attachment as it stands in its latest version."""

    ref: str
    file_class: str
    name: str
    version: int
    content_type: str
    size: int
    sha256: str
    at: datetime
    by: str


def files_of(session: Session, card_id: int) -> list[FileRow]:
    """The files of a card, all classes: who shows them asks `may_with_files` first."""
    asked = (
        select(Attachment, AttachmentVersion)
        .join(
            AttachmentVersion,
            (AttachmentVersion.attachment_id == Attachment.id) & (AttachmentVersion.version == Attachment.versions),
        )
        .where(Attachment.card_id == card_id, Attachment.deleted_at.is_(None))
        .order_by(Attachment.id)
    )
    return [_row(attachment, version) for attachment, version in session.execute(asked)]


def versions_of(office: Parts, session: Session, actor: Actor, ref: str) -> list[FileRow]:
    """Every version of one attachment, the latest first. Raises NotFound("file-not-found")."""
    attachment = _seen(office, session, actor, ref)
    rows = session.scalars(
        select(AttachmentVersion)
        .where(AttachmentVersion.attachment_id == attachment.id)
        .order_by(AttachmentVersion.version.desc())
    )
    return [_row(attachment, row) for row in rows]


def open_file(
    office: Parts, session: Session, actor: Actor, ref: str, version: int | None = None
) -> tuple[FileRow, BinaryIO]:
    """A version (the latest for None) and its content. Raises NotFound("file-not-found") for a foreign one as well."""
    attachment = _seen(office, session, actor, ref)
    row = session.get(AttachmentVersion, (attachment.id, version or attachment.versions))
    if row is None:
        raise NotFound("file-not-found")
    return _row(attachment, row), office.files.open(row.blob_sha256)


def _seen(office: Parts, session: Session, actor: Actor, ref: str) -> Attachment:
    found = session.execute(
        select(Attachment, Card)
        .join(Card, Card.id == Attachment.card_id)
        .where(Attachment.ref == ref, Attachment.deleted_at.is_(None), Card.deleted_at.is_(None), visible_cards(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("file-not-found")
    attachment, card = found
    type = office.shelf.card_type(session, card.type)
    file_class = type.file_class(attachment.file_class)
    if file_class is None or not may_with_files(file_class, standing(session, actor, card, type), "see"):
        raise NotFound("file-not-found")
    found_one: Attachment = attachment
    return found_one


def _row(attachment: Attachment, version: AttachmentVersion) -> FileRow:
    return FileRow(
        ref=attachment.ref,
        file_class=attachment.file_class,
        name=version.name,
        version=version.version,
        content_type=version.content_type,
        size=version.size,
        sha256=version.blob_sha256,
        at=version.at,
        by=version.by_name,
    )
