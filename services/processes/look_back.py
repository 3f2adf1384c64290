"""A program looks at an instance: the card it is about, and the instance as it was at a moment of the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.models import Instance
from services.cards.find_card import card_id_in
from services.cards.models import Card
from services.processes.find_instances import one_instance
from services.processes.queries import PastPage, past_of
from services.processes.rules import must_use_engine


@dataclass(frozen=True)
class CardOfInstance:
    """The card an instance is about, as it is now."""

    ref: str
    type: str
    number: str | None
    state: str
    revision: int


def card_of_instance(session: Session, actor: Actor, ref: str) -> CardOfInstance | None:
    """The card; None when the instance has none. Raises NotFound("instance-not-found") for one not to be seen."""
    _, subject_ref = _seen(session, actor, ref)
    card_id = card_id_in(subject_ref)
    asked = select(Card.ref, Card.type, Card.number, Card.state, Card.revision).where(Card.id == card_id)
    row = None if card_id is None else session.execute(asked).one_or_none()
    return None if row is None else CardOfInstance(*row)


def instance_as_of(session: Session, actor: Actor, ref: str, moment: datetime) -> PastPage:
    """
    Tokens, variables and the card's revision at *moment*, to whom may read today's.

    Raises NotFound("instance-not-found"), NotFound("moment-not-known") before its beginning and when its history is gone.
    """
    found = past_of(session, *_seen(session, actor, ref), moment)
    if found is None:
        raise NotFound("moment-not-known", moment=moment)
    return found


def _seen(session: Session, actor: Actor, ref: str) -> tuple[int, str | None]:
    must_use_engine(actor)
    row = one_instance(session, actor, ref, ended_too=True)
    return row.id, session.scalar(select(Instance.subject_ref).where(Instance.id == row.id))
