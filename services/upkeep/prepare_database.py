"""The tables are made or brought up to date; many processes may ask at once, one does it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from engine.errors import Conflict
from engine.store.unit_of_work import Database

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 7212002


def alembic_config() -> Config:
    """Alembic's settings; the connection is given in its attributes."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def prepare_database(database: Database) -> str:
    """
    Upgrade to the newest revision, in one transaction; gives the revision.

    Raises Conflict("database-newer", revision=) for a database a later release has upgraded.
    """
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head() or ""
    with database.pool.connect() as connection:
        now = _revision(connection)
        connection.rollback()
    if now == head:
        return head
    with database.pool.connect() as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        now = _revision(connection)
        if now is not None and now not in {revision.revision for revision in script.walk_revisions()}:
            raise Conflict("database-newer", revision=now)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
