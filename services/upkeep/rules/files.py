"""Attached files: every version is there, and its content is what was stored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from engine.findings import rule
from services.files.models import Attachment, AttachmentVersion, Blob
from services.files.store import measured
from services.upkeep.checking import Found, Look, looks_for

MISSING = rule(
    "file-missing",
    "The content {sha256} is not in the file store.",
    "Copy it from a backup of the files: chancery restore keeps them by this name.",
)
CHANGED = rule(
    "file-changed",
    "The content {sha256} is not what was stored: {size} bytes, {found} found.",
    "Replace it from a backup of the files, then look at the disk.",
)
VERSIONS = rule(
    "attachment-versions",
    "The file says it has {said} versions, there are {found}, or one has no content of its size.",
    "Restore the rows from a backup.",
)


@looks_for(MISSING)
def missing(look: Look) -> Iterator[Found]:
    for (sha256,) in look.rows(select(Blob.sha256), Blob.sha256):
        if not look.office.files.has(sha256):
            yield Found(f"blob:{sha256[:16]}", {"sha256": sha256})


@looks_for(CHANGED)
def changed(look: Look) -> Iterator[Found]:
    for sha256, size in look.rows(select(Blob.sha256, Blob.size), Blob.sha256):
        if look.office.files.has(sha256):
            found = measured(look.office.files, sha256, whole=look.whole_files)
            if found is not None and (found.size, found.sha256) != (size, sha256):
                yield Found(f"blob:{sha256[:16]}", {"sha256": sha256, "size": size, "found": found.size})


@looks_for(VERSIONS)
def versions(look: Look) -> Iterator[Found]:
    kept = (
        select(
            AttachmentVersion.attachment_id.label("id"),
            func.count().label("found"),
            func.max(AttachmentVersion.version).label("last"),
            func.count(Blob.sha256).label("stored"),
        )
        .join(
            Blob,
            (Blob.sha256 == AttachmentVersion.blob_sha256) & (Blob.size == AttachmentVersion.size),
            isouter=True,
        )
        .group_by(AttachmentVersion.attachment_id)
        .subquery()
    )
    there = func.coalesce(kept.c.found, 0)
    asked = (
        select(Attachment.id, Attachment.versions, there)
        .join(kept, kept.c.id == Attachment.id, isouter=True)
        .where(or_(Attachment.versions != there, there != func.coalesce(kept.c.last, 0), there != kept.c.stored))
    )
    for id, said, found in look.rows(asked, Attachment.id):
        yield Found(f"attachment:{id}", {"said": said, "found": found})
