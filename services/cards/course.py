"""
The course of a card: the states it has been in, and when the writing of its reply began. Kept on the card with every save,
so that nobody who opens it reads its history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.types import as_json
from services.cards.models import Card, CardRevision
from services.solutions.card_type import CardTypeFile


def been_in(card: Card) -> frozenset[str]:
    """The states the card has been in, the present one included."""
    return frozenset((card.course or {}).get("been", ())) | {card.state}


def began_writing(session: Session, card: Card, type: CardTypeFile) -> datetime:
    """When the card came into the state in which its reply's text was last changed."""
    course = card.course or {}
    if not _of(course, type):
        course = _from_history(session, card, type)
    return datetime.fromisoformat(course["began"])


def begun(type: CardTypeFile, now: datetime) -> dict[str, Any]:
    """The course of a card before its first save."""
    return {"field": type.reply_field, "began": now.isoformat()}


def follow_course(session: Session, card: Card, type: CardTypeFile, now: datetime) -> None:
    """What this save makes of the card's course; for `save`, before the revision is written."""
    course = card.course or {}
    if not _of(course, type):
        course = _from_history(session, card, type)
    card.course = _followed(course, card.state, now, card.data, type)


def _of(course: Mapping[str, Any], type: CardTypeFile) -> bool:
    """Whether it is whole, and of the reply this version of the type has."""
    return "field" in course and course["field"] == type.reply_field


def _followed(
    course: Mapping[str, Any], state: str, at: datetime, data: Mapping[str, Any], type: CardTypeFile
) -> dict[str, Any]:
    made = dict(course)
    if made.get("state") != state:
        made |= {"state": state, "since": at.isoformat()}
        made["been"] = list(dict.fromkeys([*made.get("been", ()), state]))
    text = data.get(type.reply_field) if type.reply_field else None
    digest = hashlib.sha256(as_json(text).encode()).hexdigest()[:16] if text is not None else None
    if made.get("text") != digest:
        made |= {"text": digest, "began": made["since"]}
    return made


def _from_history(session: Session, card: Card, type: CardTypeFile) -> dict[str, Any]:
    """The course of a card saved before courses were kept, or before its type had this reply."""
    asked = select(CardRevision.at, CardRevision.state, CardRevision.data).where(CardRevision.card_id == card.id)
    course = begun(type, card.created_at)
    for row in session.execute(asked.order_by(CardRevision.revision)):
        course = _followed(course, row.state, row.at, row.data, type)
    return course
