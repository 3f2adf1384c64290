"""Rows written and read without the ORM's bookkeeping: one statement for the rows of one table, see `prepared`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Dialect, Engine, Select, Table, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from engine.store.base import Base
from engine.store.prepared import Row, failed, prepared

M = TypeVar("M", bound=Base)
_LAST = "rows to be written last"
_AT_ONCE = 16  # rows of one statement: each count is a statement of its own, prepared once
_ID, _STILL = "its_id", "still_"


def put(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, all of the same columns."""
    _put(session, _insert, model, rows)


def put_or_change(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, all of the same columns, or change those that are there already by their primary key."""
    _put(session, _upsert, model, rows)


def drop(session: Session, model: type[Base], like: Sequence[Row]) -> None:
    """Delete the rows that have these values, for each set of values."""
    if like:
        prepared(_dialect(session), _delete, model.__table__, tuple(like[0])).send(session, like)


def put_last(session: Session, model: type[Base], *rows: Row) -> None:
    """Insert rows when the unit of work ends: for what nobody reads in the transaction that writes it."""
    session.info.setdefault(_LAST, {}).setdefault(model, []).extend(rows)


def to_be_put(session: Session, model: type[Base]) -> Sequence[Row]:
    """The rows of a table that wait for the end of the unit of work."""
    waiting: Sequence[Row] = session.info.get(_LAST, {}).get(model, ())
    return waiting


def send_last(session: Session, made_for: Callable[[str], Any], rows: Sequence[Row]) -> None:
    """The same for a statement of one's own (see `send`)."""
    session.info.setdefault(_LAST, {}).setdefault(made_for, []).extend(rows)


def write_last(session: Session) -> bool:
    """Insert what was put last, table by table, before the unit of work commits; whether there was anything."""
    rows_of = session.info.pop(_LAST, {})
    for what, rows in rows_of.items():
        if isinstance(what, type):
            put(session, what, rows)
        else:
            send(session, what, rows)
    return bool(rows_of)


@contextmanager
def together(session: Session) -> Iterator[Any]:
    """
    What the block puts goes to PostgreSQL in one round trip; gives its connection then. Nothing in it may look at an
    answer: no questions, no ids, no compare-and-set.
    """
    if _dialect(session).name != "postgresql" or not session.in_transaction():
        yield None
        return
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield driver
    except connection.dialect.loaded_dbapi.Error as failure:
        raise failed(connection, failure) from failure


def send(session: Session, made_for: Callable[[str], Any], rows: Sequence[Row]) -> None:
    """Send a statement of one's own, made once for a dialect by its name, with the parameters of each row."""
    if rows:
        prepared(_dialect(session), _of_ones_own, made_for, tuple(rows[0])).send(session, rows)


def ask(
    session: Session, asked: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], row: Row
) -> list[list[Any]]:
    """The rows a question answers, whose parameters *row* says; *asked* is made once and kept."""
    return prepared(_dialect(session), _as_it_is, asked, tuple(row)).ask(session, row)


def ask_outside(pool: Engine, asked: Select[*tuple[Any, ...]], row: Row) -> list[list[Any]]:
    """The same in no transaction at all: for a single question that needs no session."""
    return prepared(pool.dialect, _as_it_is, asked, tuple(row)).ask_outside(pool, row)


def columns_of(model: type[Base], *also: str) -> list[Any]:
    """What a question names when it wants rows of *model*, for `taken`: all but the deferred columns, and *also* these."""
    deferred = {attribute.key for attribute in class_mapper(model).column_attrs if attribute.deferred}
    return [column for column in model.__table__.columns if column.key in also or column.key not in deferred]


def taken(session: Session, model: type[M], columns: Sequence[Any], values: Sequence[Any]) -> M:
    """The object of a row that was just read; what the session had of it is overwritten."""
    row = {column.key: value for column, value in zip(columns, values, strict=True)}
    known = session.identity_map.get((model, (row["id"],), None))
    if known is None:
        return _adopted(session, model, row)
    _take(known, row)
    return known


def put_objects(session: Session, model: type[M], rows: Sequence[Row]) -> list[M]:
    """Insert rows and give them as objects of the session, nothing of them left to be flushed; a row names all columns."""
    if not rows:
        return []
    if len(rows) == 1:
        one = prepared(_dialect(session), _insert_for_id, model.__table__, tuple(rows[0]))
        ids: Sequence[int] = [id for (id,) in one.send(session, rows).fetchall()]
    else:
        ids = session.scalars(_insert_for_ids(model.__table__), rows).all()
    return [_adopted(session, model, {"id": id, **row}) for id, row in zip(ids, rows, strict=True)]


def change(session: Session, made: Base, values: Row) -> None:
    """Write new values of an object's row at once; the object has them too."""
    _change(session, made, values, {})
    _take(made, values)


def change_if(session: Session, made: Base, values: Row, **still: Any) -> bool:
    """The same by compare-and-set: only while the row is *still* so; False when it was not, and nothing is changed."""
    if _change(session, made, values, still).rowcount != 1:
        return False
    _take(made, values)
    return True


def _change(session: Session, made: Base, values: Row, still: Row) -> Any:
    row = {**values, _ID: made.id, **{_STILL + name: value for name, value in still.items()}}  # type: ignore[attr-defined]
    return prepared(_dialect(session), _update, made.__table__, tuple(row)).send(session, [row])


def _take(made: Base, values: Row) -> None:
    for name, value in values.items():
        set_committed_value(made, name, value)


def _adopted(session: Session, model: type[M], values: dict[str, Any]) -> M:
    """An object as if it had been read: no attribute is set through the ORM's events."""
    made: M = class_mapper(model).class_manager.new_instance()
    vars(made).update(values)
    make_transient_to_detached(made)
    session.add(made)
    return made


def _dialect(session: Session) -> Dialect:
    return session.get_bind().dialect


def _as_it_is(asked: Any, dialect: str, names: tuple[str, ...]) -> Any:
    return asked


def _of_ones_own(made_for: Callable[[str], Any], dialect: str, names: tuple[str, ...]) -> Any:
    return made_for(dialect)


def _put(session: Session, make: Callable[..., Any], model: type[Base], rows: Sequence[Row]) -> None:
    """PostgreSQL takes several rows as one statement; SQLite takes them one by one and is faster so."""
    dialect = _dialect(session)
    if dialect.name != "postgresql" or len(rows) == 1:
        if rows:
            prepared(dialect, make, (model.__table__, 1), tuple(rows[0])).send(session, rows)
        return
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        row = {_nth(name, at): value for at, each in enumerate(some) for name, value in each.items()}
        prepared(dialect, make, (model.__table__, len(some)), tuple(row)).send(session, [row])


def _nth(name: str, at: int) -> str:
    return f"{name}_{at}" if at else name


def _values(table: Table, count: int, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Parameters for the columns of so many rows; those of the first are named as the columns."""
    columns = names[: len(names) // count]
    return [{name: bindparam(_nth(name, at), type_=table.c[name].type) for name in columns} for at in range(count)]


def _insert(what: tuple[Table, int], dialect: str, names: tuple[str, ...]) -> Any:
    table, count = what
    return insert(table).values(_values(table, count, names))


def _insert_for_id(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    return _insert((table, 1), dialect, names).returning(table.c.id)


def _upsert(what: tuple[Table, int], dialect: str, names: tuple[str, ...]) -> Any:
    table, count = what
    made: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table).values(
        _values(table, count, names)
    )
    keys = [column.name for column in table.primary_key]
    changed = {name: made.excluded[name] for name in names[: len(names) // count] if name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=changed)


def _update(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    still = [name for name in names if name.startswith(_STILL)]
    asked = [table.c.id == bindparam(_ID), *(table.c[name.removeprefix(_STILL)] == bindparam(name) for name in still)]
    changed: dict[str, Any] = {name: bindparam(name) for name in names if name != _ID and name not in still}
    return update(table).where(*asked).values(changed)


def _delete(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in names))


@cache
def _insert_for_ids(table: Table) -> Any:
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)
