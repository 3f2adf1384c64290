"""What somebody typed and has not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed
from engine.store.rows import drop
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Draft

if TYPE_CHECKING:
    from services.office import Parts

LARGEST = 500_000


@dataclass(frozen=True)
class DraftView:
    """The typed values as they were sent, by field key."""

    values: Mapping[str, Any]
    saved_at: datetime


def card_draft(ref: str) -> str:
    """The key of what somebody types over a card: with the revision it was typed over, under `revision`."""
    return f"card:{ref}"


def save_draft(office: Parts, actor: Actor, key: str, values: Mapping[str, Any], *, most: int = LARGEST) -> datetime:
    """Keep what was typed under *key* (`task:<ref>`, `card:<ref>`, `new:<type>`); the same key again replaces it."""
    if actor.account_id is None:
        raise NotAllowed("draft-needs-account")
    if len(key) > 128 or len(str(values)) > most:
        raise Invalid("draft-too-large", most=most)
    account_id, now = actor.account_id, office.clock.now()

    def act(work: UnitOfWork) -> datetime:
        work.session.merge(Draft(account_id=account_id, key=key, data=dict(values), saved_at=now))
        return now

    return office.database.run(act)


def draft(session: Session, actor: Actor, key: str) -> DraftView | None:
    """What this actor typed under *key*, nobody else's."""
    row = session.get(Draft, (actor.account_id or 0, key))
    return DraftView(row.data, row.saved_at) if row else None


def drop_draft(office: Parts, actor: Actor, key: str) -> None:
    """Throw a draft away because its owner says so."""
    office.database.run(lambda work: drop_draft_in(work, actor, key))


def drop_draft_in(work: UnitOfWork, actor: Actor, key: str) -> None:
    """Throw a draft away with the action it was for."""
    drop(work.session, Draft, [{"account_id": actor.account_id or 0, "key": key}])
