"""
The tables are made or brought up to date; many processes may ask at once, one does it.

Alembic and what it brings along (20 MB) is loaded only when there is something to upgrade: revisions are the numbers the
names of their files begin with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from engine.errors import Conflict
from engine.store.unit_of_work import Database

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 7212002


def alembic_config() -> Config:
    """Alembic's settings; the connection is given in its attributes."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def prepare_database(database: Database) -> str:
    """
    Upgrade to the newest revision, in one transaction; gives the revision.

    Raises Conflict("database-newer", revision=) for a database a later release has upgraded.
    """
    head = newest_revision()
    if revision_of(database) == head:
        return head
    with _keys_unwatched(database) as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        now = _revision(connection)
        if now is not None and now not in known_revisions():
            raise Conflict("database-newer", revision=now)
        _upgrade(connection)
        if database.is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
            raise RuntimeError(f"the upgrade would leave rows without what they refer to: {broken[:5]}")
    return head


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def newest_revision() -> str:
    """The revision this program's tables have."""
    return max(known_revisions())


def known_revisions() -> frozenset[str]:
    """The revisions this program can upgrade from, its own among them."""
    return frozenset(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def revision_of(database: Database) -> str | None:
    """The revision a database stands at; None for one without our tables."""
    with database.pool.connect() as connection:
        found = _revision(connection)
        connection.rollback()
    return found


@contextmanager
def _keys_unwatched(database: Database) -> Iterator[Connection]:
    """
    A connection to upgrade on. SQLite changes a column by making the table anew, which rows that refer to it would
    forbid: there the foreign keys are checked once, at the end, before the commit.
    """
    with database.pool.connect() as connection:
        if not database.is_sqlite:
            yield connection
            return
        driver = connection.connection.cursor()
        driver.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction, so before it begins
        try:
            yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
