"""The migrations, `schema.sql` and the models say the same, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text

from engine.errors import Conflict
from engine.store.unit_of_work import Database
from services.migrations.schema import SCHEMA, schema_text
from services.migrations.types import comparable
from services.tables import Base
from services.upkeep.migrate import migrate
from services.upkeep.prepare_database import prepare_database


@pytest.fixture
def empty(database: Database) -> Iterator[Database]:
    """A database without a table."""
    with database.pool.begin() as connection:
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
    yield database


def shape(database: Database) -> dict[str, Any]:
    """Tables, columns, keys and indexes as the database itself tells them."""
    seen = inspect(database.pool)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in seen.get_columns(table)},
            "key": seen.get_pk_constraint(table),
            "foreign": sorted(map(str, seen.get_foreign_keys(table))),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "indexes": sorted(map(_told, seen.get_indexes(table))),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def _told(index: Any) -> str:
    """An index with its condition as words."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


def test_upgraded_from_empty_is_what_the_models_say(database: Database, empty: Database) -> None:
    prepare_database(empty)
    upgraded = shape(empty)
    with empty.pool.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": comparable})
        assert compare_metadata(context, Base.metadata) == []
    with empty.pool.begin() as connection:
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
    Base.metadata.create_all(empty.pool)
    assert upgraded == shape(empty)
    assert len(upgraded) == len(Base.metadata.tables)


def test_schema_sql_is_what_the_models_say() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()


def test_schema_sql_makes_the_same_database(empty: Database) -> None:
    if empty.is_sqlite:
        prepare_database(empty)
        names = {line.split()[2] for line in schema_text().splitlines() if line.startswith("CREATE TABLE")}
        assert names == set(shape(empty))
        return
    with empty.pool.begin() as connection:
        connection.execute(text(SCHEMA.read_text(encoding="utf-8").replace(":", r"\:")))
    by_hand = shape(empty)
    with empty.pool.begin() as connection:
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
    prepare_database(empty)
    assert by_hand == shape(empty)


def test_a_second_time_changes_nothing(empty: Database, database_url: str) -> None:
    first = prepare_database(empty)
    assert (prepare_database(empty), migrate(database_url)) == (first, first)


def test_many_at_once_make_the_tables_once(empty: Database, database_url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate(database_url)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(shape(empty)) == len(Base.metadata.tables)


def test_a_database_of_a_later_release_is_left_alone(empty: Database) -> None:
    prepare_database(empty)
    with empty.pool.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="database-newer"):
        prepare_database(empty)


def test_migrations_are_numbered_one_after_another() -> None:
    numbers = sorted(path.name[:4] for path in (Path(SCHEMA).parent / "versions").glob("[0-9]*.py"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
