"""
Repeated requests: a changing request carries an id, and what it answered is kept in its own transaction. The same id
again gets the same answer and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict
from engine.store.audit import record
from engine.store.models import AcceptedRequest, Audit
from engine.store.rows import put_last, to_be_put
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Answer:
    """What an accepted request answered; plain JSON."""

    result: Any
    at: datetime


def once(session: Session, actor: Actor, action: str) -> Answer | None:
    """The earlier answer to this request, None when it is new. The id of somebody else's or another request is refused."""
    if actor.request_id is None:
        return None
    known = session.scalars(select(AcceptedRequest).where(AcceptedRequest.request_id == actor.request_id)).one_or_none()
    return answer_of(known, actor, action)


def answer_of(known: AcceptedRequest | None, actor: Actor, action: str) -> Answer | None:
    """The same when the accepted request was read along with something else."""
    if known is None:
        return None
    if (known.account_id, known.action) != (actor.account_id, action):
        raise Conflict("request-id-used", request_id=actor.request_id)
    return Answer(known.result, known.at)


def remember(work: UnitOfWork, actor: Actor, action: str, result: Any, at: datetime) -> None:
    """
    Keep the answer; the commit fails with an IntegrityError when the same request was accepted meanwhile.

    Call it last: a request that changed nothing, so that nothing of it was recorded, gets its audit row here.
    """
    if actor.request_id is not None:
        if not any(row["request_id"] == actor.request_id for row in to_be_put(work.session, Audit)):
            record(work.session, actor, action, "request", at, unchanged=True)
        row = {
            "request_id": actor.request_id,
            "account_id": actor.account_id,
            "action": action,
            "result": result,
            "at": at,
        }
        put_last(work.session, AcceptedRequest, row)
