"""What a note may be, and how long its author may mend it; pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

MOST_CHARACTERS = 4000
MOST_MENTIONS = 20
MENDING = timedelta(minutes=10)
_MENTION = re.compile(r"(?<![\w@.+-])@([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)", re.IGNORECASE)


def mentions_in(text: str) -> tuple[str, ...]:
    """
    The logins a text calls by `@`, each once; a mail address calls nobody.

    >>> mentions_in("@boris, look; @Vera.K. too, not anna@example.org; @boris again")
    ('boris', 'vera.k')
    """
    return tuple(dict.fromkeys(found.casefold() for found in _MENTION.findall(text)))


def may_mend(
    author_id: int, account_id: int | None, written_at: datetime, deleted_at: datetime | None, now: datetime
) -> bool:
    """Its author may change or delete a note for ten minutes."""
    return author_id == account_id and deleted_at is None and now - written_at < MENDING
