"""
Who read whose data: opening a card that shows personal values, searching for people, is written into the audit, at most once
an hour for the same reader and the same thing. A reader who reloads a page writes nothing; the values never appear.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.store.audit import record
from services.privacy.rules import hour_of

if TYPE_CHECKING:
    from services.office import Parts

_REMEMBERED = 20_000


class SeenLately:
    """What this process has noted lately, shared by threads; what another process noted is noted here once more."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[Any, ...], None] = OrderedDict()
        self._most = most

    def first(self, key: tuple[Any, ...]) -> bool:
        """Whether it is seen for the first time; the oldest is forgotten when there are too many."""
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return False
            self._seen[key] = None
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
            return True


def note_card_read(office: Parts, actor: Actor, card_id: int, fields: Iterable[str]) -> None:
    """Note that these personal fields of a card were shown to somebody of the staff."""
    shown = sorted(fields)
    if shown and actor.account_id is not None:
        _note(office, actor, "personal.read", f"card:{card_id}", fields=shown)


def note_search(office: Parts, actor: Actor, found: Iterable[int], *, typing: bool = False) -> None:
    """
    Note which people (ids of parties) a search showed; the words that were looked for may be a name and are not kept. While
    somebody is *typing* into a field it is noted only that they do.
    """
    ids = sorted(found)[:50]
    if not ids or actor.account_id is None:
        return
    if typing:
        _note(office, actor, "personal.searched", "lookup")
    else:
        _note(office, actor, "personal.searched", "parties", found=ids)


def _note(office: Parts, actor: Actor, action: str, object_ref: str, **details: Any) -> None:
    now = office.clock.now()
    if not office.seen_lately.first((actor.account_id, action, object_ref, hour_of(now), str(details))):
        return
    office.database.run(lambda work: record(work.session, actor, action, object_ref, now, **details))
