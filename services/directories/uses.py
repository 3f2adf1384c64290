"""Where an item is used: cards that hold it now, and cards that held it in an earlier revision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Text, and_, false, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.actor import Actor
from services.access.queries import visible_cards
from services.cards.models import Card, CardRevision

if TYPE_CHECKING:
    from services.office import Parts

MOST = 1000
SHOWN = 20


@dataclass(frozen=True)
class Uses:
    """`cards` counts up to 1000, whoever may see them; `shown` are the first the reader may see: reference and title."""

    cards: int
    earlier: bool  # some card held it once
    shown: tuple[tuple[str, str], ...]

    @property
    def any(self) -> bool:
        return bool(self.cards or self.earlier)


def uses_of(office: Parts, session: Session, actor: Actor, directory: str, code: str) -> Uses:
    """The uses of an item: looked for when somebody asks, not kept."""
    holding = _holding(office, session, directory, code, Card.data)
    counted = select(Card.id).where(holding).limit(MOST).subquery()
    shown = (
        select(Card.ref, Card.title)
        .where(holding, Card.deleted_at.is_(None), visible_cards(actor))
        .order_by(Card.id.desc())
        .limit(SHOWN)
    )
    return Uses(
        cards=session.scalar(select(func.count()).select_from(counted)) or 0,
        earlier=_was_held(office, session, directory, code),
        shown=tuple((ref, title) for ref, title in session.execute(shown)),
    )


def is_used(office: Parts, session: Session, directory: str, code: str) -> bool:
    """Whether any card holds the item, or ever did."""
    holding = _holding(office, session, directory, code, Card.data)
    if session.scalar(select(Card.id).where(holding).limit(1)) is not None:
        return True
    return _was_held(office, session, directory, code)


def _was_held(office: Parts, session: Session, directory: str, code: str) -> bool:
    held = _holding(office, session, directory, code, CardRevision.data)
    asked = select(CardRevision.card_id).join(Card, Card.id == CardRevision.card_id).where(held).limit(1)
    return session.scalar(asked) is not None


def _holding(
    office: Parts, session: Session, directory: str, code: str, data: InstrumentedAttribute[object]
) -> ColumnElement[bool]:
    """Cards keep plain JSON, so `"subject":"01.02"` stands in the text of every card that holds the item."""
    text, value = type_coerce(data, Text), json.dumps(code, ensure_ascii=False)
    kinds = [
        and_(
            Card.type == type.code,
            or_(
                *(
                    text.contains(f"{json.dumps(spec.key)}:{value}", autoescape=True)
                    for spec in type.fields
                    if spec.directory == directory
                )
            ),
        )
        for type in office.shelf.card_types(session)
        if any(spec.directory == directory for spec in type.fields)
    ]
    return or_(*kinds) if kinds else false()
