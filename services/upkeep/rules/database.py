"""The database itself: whole, of today's revision, no row without what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from engine.findings import rule
from services.upkeep.checking import Found, Look, looks_for
from services.upkeep.prepare_database import newest_revision, revision_of

REVISION = rule(
    "database-revision",
    "The tables are at revision {found}, this program's are {wanted}.",
    "Run chancery upgrade.",
)
DAMAGED = rule(
    "database-damaged",
    "The database says of itself: {says}",
    "Stop the office, copy the database as it is, then restore the last backup.",
)
DANGLING = rule(
    "row-without-its-other",
    "{count} rows of {table} refer to rows of {other} that are not there.",
    "Restore from a backup: something changed the database past the program.",
)
_MOST = 20


@looks_for(REVISION)
def revision(look: Look) -> Iterator[Found]:
    look.read += 1
    found, wanted = revision_of(look.office.database), newest_revision()
    if found != wanted:
        yield Found("database", {"found": found or "-", "wanted": wanted})


@looks_for(DAMAGED)
def damaged(look: Look) -> Iterator[Found]:
    """SQLite reads itself whole; PostgreSQL is asked for indexes and constraints that were left unfinished."""
    look.read += 1
    with look.snapshot() as session:
        if look.office.database.is_sqlite:
            said = [row[0] for row in session.execute(text(f"PRAGMA quick_check({_MOST})")) if row[0] != "ok"]
        else:
            said = list(session.scalars(text(_UNFINISHED)))
    for says in said[:_MOST]:
        yield Found("database", {"says": says})


_UNFINISHED = """
SELECT 'index ' || c.relname || ' is not valid' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'constraint ' || conname || ' is not valid' FROM pg_constraint
WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
"""


@looks_for(DANGLING)
def dangling(look: Look) -> Iterator[Found]:
    """PostgreSQL guards its keys always; SQLite only where somebody did not switch that off."""
    look.read += 1
    if not look.office.database.is_sqlite:
        return
    with look.snapshot() as session:
        counted: dict[tuple[str, str], int] = {}
        for table, _, other, _ in session.execute(text("PRAGMA foreign_key_check")):
            counted[table, other] = counted.get((table, other), 0) + 1
    for (table, other), count in sorted(counted.items()):
        yield Found(f"table:{table}", {"table": table, "other": other, "count": count})
