from __future__ import annotations

import pytest

from engine import Engine
from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from tests.engine.office import Names


@pytest.fixture
def engine(database: Database, clock: ManualClock) -> Engine:
    """An engine on an empty database whose people are Anna, Boris, Clara and Dmitri."""
    return Engine(database, clock, people=Names())
