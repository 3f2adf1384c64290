"""After any changes of groups, units, states, executors and substitutions, what is materialised is what the rules say."""

from __future__ import annotations

import random

from services.bootstrap import Office
from tests.services.access.changes import Changing

CHANGES = 240


def test_hundreds_of_changes_leave_nothing_behind(office: Office) -> None:
    changing = Changing(office, random.Random(11)).furnish(cards=6)
    for number in range(CHANGES):
        changing.change()
        if number % 40 == 39:
            changing.compare()
    assert sum(changing.done.values()) > CHANGES / 2
    assert len(changing.done) == 14, "some kind of change was never taken"
