"""Writes a migration from what the models have become, and `schema.sql` with it."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from engine.store.unit_of_work import Database
from services.migrations.schema import SCHEMA, schema_text
from services.upkeep.prepare_database import alembic_config, prepare_database

VERSIONS = Path(__file__).with_name("versions")
INITIAL = "0001"


def write(message: str, *, initial: bool = False) -> Path:
    """Write the next migration (or the initial one anew) and `schema.sql`; gives the migration's file."""
    numbers = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
    if initial:
        for old in VERSIONS.glob("[0-9]*.py"):
            old.unlink()
    number = INITIAL if initial or not numbers else f"{int(numbers[-1]) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        if number != INITIAL:
            prepare_database(database)
        _revision(f"sqlite:///{folder}/empty.db", number, message)
        database.close()
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    made = next(VERSIONS.glob(f"{number}_*.py"))
    made.write_text(_tidy(made.read_text(encoding="utf-8")), encoding="utf-8")
    return made


def _revision(url: str, number: str, message: str) -> None:
    config = alembic_config()
    with create_engine(url).connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, rev_id=number, autogenerate=True)


def _tidy(text: str) -> str:
    return re.sub(r"\n\s*# ### .*", "", text)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    made = write("initial" if "--initial" in wanted else wanted[0], initial="--initial" in wanted)
    sys.stdout.write(f"{made}\n")
