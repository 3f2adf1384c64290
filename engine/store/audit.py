"""Write an audit row in the transaction that did the thing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.store.models import Audit
from engine.store.rows import put_last


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_ref: str,
    at: datetime,
    *,
    unit_id: int | None = None,
    **details: Any,
) -> None:
    """Note that *actor* did *action* (`subject.verb`) to *object_ref*; *details* are plain JSON without personal values."""
    row = {
        "at": at,
        "account_id": actor.account_id,
        "actor_name": actor.name,
        "acting_for": actor.acting_for,
        "via": actor.via,
        "ip": actor.ip,
        "request_id": actor.request_id,
        "action": action,
        "object_ref": object_ref,
        "unit_id": unit_id,
        "details": details,
    }
    put_last(session, Audit, row)
