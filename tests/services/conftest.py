"""An office on each database, with people of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.actor import Actor
from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.accounts.actors import INSTALLER
from services.bootstrap import Office, bootstrap
from services.sandbox.sandbox import Sandbox
from services.settings import Settings
from tests.services.inbox.road import Road

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: ManualClock, sandbox: Sandbox) -> Office:
    """An office without people, on SQLite and on PostgreSQL."""
    settings = Settings.for_folder(tmp_path / "data", database_url=database.url, secret_key=KEY)
    return bootstrap(settings, clock=clock, database=database, sandbox=sandbox)


@pytest.fixture
def installer() -> Actor:
    """Whoever set the office up, on the command line."""
    return INSTALLER


@pytest.fixture
def road(office: Office, clock: ManualClock) -> Road:
    """The shipped solution deployed, with its people and a mail server."""
    return Road(office, clock)
