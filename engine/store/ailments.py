"""What ails a database that refuses: the few causes people can be told of in words."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.exc import DBAPIError

Ailment = Literal["database-full", "database-away"]
_AWAY = ("08", "53", "57P", "25P03", "55P03")
"""Connection exceptions; none left; the server shuts down or starts; a transaction idle too long; a lock not granted."""
_SAYS_AWAY = (
    "database is locked",
    "unable to open database",
    "disk I/O error",
    "connection failed",
    "connection is bad",
)


def ailment(error: DBAPIError) -> Ailment | None:
    """Its disk is full; it is away (it restarts, is unreachable or locked for good); None: something else."""
    state, said = getattr(error.orig, "sqlstate", None) or "", str(error.orig)
    if state in ("53100", "53200") or "database or disk is full" in said:
        return "database-full"
    if state.startswith(_AWAY) or error.connection_invalidated:
        return "database-away"
    return "database-away" if any(words in said for words in _SAYS_AWAY) else None
