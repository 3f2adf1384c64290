"""How large the sets are that filters and rights name: counted up to a limit, remembered for a minute."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

_REMEMBERED = timedelta(minutes=1)
_MOST = 5_000


class SetSizes:
    """Shared by threads. A size only chooses the way a list is found; an old one costs time, never a card."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[datetime, int]] = OrderedDict()

    def sizes(
        self, session: Session, now: datetime, type_code: str, sets: Mapping[Hashable, tuple[Select[Any], int]]
    ) -> dict[Hashable, int]:
        """The size of each set of a type's cards, counted up to its limit; those not known are counted in one statement."""
        with self._lock:
            known = {key: self._known[type_code, key][1] for key in sets if self._lives((type_code, key), now)}
        unknown = [key for key in sets if key not in known]
        if unknown:
            counts = [select(func.count()).select_from(sets[key][0].limit(sets[key][1]).subquery()) for key in unknown]
            asked = select(*(count.scalar_subquery().label(f"size{at}") for at, count in enumerate(counts)))
            counted = dict(zip(unknown, session.execute(asked).one(), strict=True))
            self._remember({(type_code, key): size for key, size in counted.items()}, now)
            known |= counted
        return known

    def _lives(self, key: Hashable, now: datetime) -> bool:
        return key in self._known and self._known[key][0] > now

    def _remember(self, counted: Mapping[Hashable, int], now: datetime) -> None:
        with self._lock:
            for key, size in counted.items():
                self._known[key] = (now + _REMEMBERED, size)
                self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
