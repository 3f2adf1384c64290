"""What a signature or a round of approval stands under: the card's text and the files people put beside it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.files.models import Attachment, AttachmentVersion


def subject_digest(session: Session, card_id: int, text: Any, at: datetime) -> str:
    """
    Digest of *text* (the card's reply as kept) and of the newest version of each file that existed *at* that moment.

    Only versions somebody uploaded count: what the machine prints afterwards is made from what was signed. A file
    added later changes nothing; a new version of an old one, or its removal, does.
    """
    asked = (
        select(AttachmentVersion.attachment_id, AttachmentVersion.version, AttachmentVersion.blob_sha256)
        .join(Attachment, Attachment.id == AttachmentVersion.attachment_id)
        .where(
            Attachment.card_id == card_id,
            Attachment.created_at <= at,
            Attachment.deleted_at.is_(None),
            AttachmentVersion.by_id.is_not(None),
        )
        .order_by(AttachmentVersion.attachment_id, AttachmentVersion.version)
    )
    newest = {attachment: (version, blob) for attachment, version, blob in session.execute(asked)}
    body = json.dumps([text, sorted(newest.items())], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
