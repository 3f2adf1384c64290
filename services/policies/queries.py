"""Read the policies in force: one statement a session, or along with the shelf's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.policies.models import Policy
from services.policies.rules import Policies, in_force

_KNOWN, _ROWS = "policies", "policy rows"


def policies(session: Session) -> Policies:
    """The policies in force now, as this session sees them."""
    known = session.info.get(_KNOWN)
    if not isinstance(known, Policies):
        rows = session.info.get(_ROWS)
        known = in_force(dict(session.execute(select(Policy.name, Policy.value)).all()) if rows is None else rows)
        session.info[_KNOWN] = known
    return known


def keep_rows(session: Session, rows: Iterable[Sequence[str]]) -> None:
    """The policies' rows, name and JSON, which somebody read along with something else."""
    session.info[_ROWS] = {name: json.loads(value) for name, value in rows}


def forget(session: Session) -> None:
    """They are changed in this session."""
    session.info.pop(_KNOWN, None)
    session.info.pop(_ROWS, None)
