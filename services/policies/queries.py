"""Read the policies in force: one statement a session."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.policies.models import Policy
from services.policies.rules import Policies, in_force


def policies(session: Session) -> Policies:
    """The policies in force now, as this session sees them."""
    known = session.info.get("policies")
    if not isinstance(known, Policies):
        known = in_force(dict(session.execute(select(Policy.name, Policy.value)).all()))
        session.info["policies"] = known
    return known
