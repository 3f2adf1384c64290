"""`chancery migrate`, and the first thing every start does."""

from __future__ import annotations

from engine.store.unit_of_work import Database
from services.upkeep.prepare_database import prepare_database


def migrate(database_url: str) -> str:
    """Bring the database at this address up to date; gives its revision."""
    database = Database(database_url)
    try:
        return prepare_database(database)
    finally:
        database.close()
