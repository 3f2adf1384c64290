"""What stands in documents is closed, not deleted."""

from __future__ import annotations

import pytest

from engine.errors import Conflict
from services.accounts.actors import INSTALLER, actor_of
from services.directories.add_item import add_item
from services.directories.delete_item import delete_item
from services.directories.rules import ItemFacts
from services.directories.uses import uses_of
from tests.services.inbox.road import Road


def test_a_used_item_is_not_deleted(road: Road) -> None:
    road.file()
    with road.office.database.reading() as session:
        anna, egor = actor_of(road.office, session, "clerk"), actor_of(road.office, session, "lawyer")
        seen = uses_of(road.office, session, anna, "demands", "refund")
        foreign = uses_of(road.office, session, egor, "demands", "refund")
        unused = uses_of(road.office, session, anna, "demands", "exchange")
    assert (seen.cards, len(seen.shown)) == (1, 1)
    assert (foreign.cards, foreign.shown) == (1, ())  # counted, not shown
    assert not unused.any
    with pytest.raises(Conflict, match="item-used"):
        delete_item(road.office, INSTALLER, "demands", "refund")
    delete_item(road.office, INSTALLER, "demands", "exchange")
    add_item(road.office, INSTALLER, "demands", "exchange", ItemFacts({"ru": "Обменять"}))
