"""What a person was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Task
from services.cards.models import Card
from services.notifications.models import Notice
from services.notifications.tell import manner_of
from services.notifications.wording import words_of

if TYPE_CHECKING:
    from services.fields.face import Manner
    from services.office import Parts


@dataclass(frozen=True)
class NoticeRow:
    """One notice in the reader's words; `card_ref` and `task_ref` lead to what it is about."""

    id: int
    kind: str
    subject: str
    body: str
    created_at: datetime
    read: bool
    card_ref: str | None
    task_ref: str | None


def notices(
    office: Parts,
    session: Session,
    actor: Actor,
    manner: Manner | None = None,
    *,
    before: int | None = None,
    limit: int = 30,
) -> tuple[NoticeRow, ...]:
    """The actor's notices, newest first; a constant number of statements."""
    asked = select(Notice).where(Notice.account_id == actor.account_id)
    if before:
        asked = asked.where(Notice.id < before)
    found = list(session.scalars(asked.order_by(Notice.id.desc()).limit(limit)))
    cards = _refs(session, Card, _card_ids(found))
    tasks = _refs(session, Task, {n.task_id for n in found if n.task_id})
    reading = manner or manner_of(office, session, None, None)
    return tuple(_row(office, session, notice, reading, cards, tasks) for notice in found)


def unread(session: Session, actor: Actor) -> int:
    """How many notices the actor has not read."""
    asked = select(func.count()).where(Notice.account_id == actor.account_id, Notice.read_at.is_(None))
    return session.scalar(asked) or 0


def mark_read(office: Parts, actor: Actor, up_to: int) -> None:
    """The actor has read everything up to this notice."""
    changed = (
        update(Notice)
        .where(Notice.account_id == actor.account_id, Notice.read_at.is_(None), Notice.id <= up_to)
        .values(read_at=office.clock.now())
    )
    office.database.run(lambda work: work.session.execute(changed))


def _row(
    office: Parts, session: Session, notice: Notice, manner: Manner, cards: dict[int, str], tasks: dict[int, str]
) -> NoticeRow:
    say = office.shelf.texts(session, notice.params.get("solution", "")).label(manner.locale)
    words = words_of(notice.kind, notice.params, say, manner)
    subject = notice.subject_ref or ""
    return NoticeRow(
        id=notice.id,
        kind=notice.kind,
        subject=words.subject,
        body=words.body,
        created_at=notice.created_at,
        read=notice.read_at is not None,
        card_ref=cards.get(int(subject[5:])) if subject.startswith("card:") else None,
        task_ref=tasks.get(notice.task_id or 0),
    )


def _refs(session: Session, table: type[Card] | type[Task], ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(session.execute(select(table.id, table.ref).where(table.id.in_(ids))).all())


def _card_ids(found: list[Notice]) -> set[int]:
    subjects = [notice.subject_ref or "" for notice in found]
    return {int(subject[5:]) for subject in subjects if subject.startswith("card:")}
