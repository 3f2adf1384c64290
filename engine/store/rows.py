"""
Rows written without the ORM's bookkeeping. A step writes a dozen of them and always with the same statements: each is made
and compiled once for a dialect, takes the rows of one table together, and goes to the driver as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Dialect, Table, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from engine.store.base import Base

Row = Mapping[str, Any]
M = TypeVar("M", bound=Base)
_LAST = "rows to be written last"
_ID, _STILL = "its_id", "still_"


def put(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, all of the same columns."""
    if rows:
        _prepared(session, _insert, model.__table__, tuple(rows[0])).send(session, rows)


def put_or_change(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, or change those that are there already by their primary key."""
    if rows:
        _prepared(session, _upsert, model.__table__, tuple(rows[0])).send(session, rows)


def drop(session: Session, model: type[Base], like: Sequence[Row]) -> None:
    """Delete the rows that have these values, for each set of values."""
    if like:
        _prepared(session, _delete, model.__table__, tuple(like[0])).send(session, like)


def put_last(session: Session, model: type[Base], *rows: Row) -> None:
    """Insert rows when the unit of work ends: for what nobody reads in the transaction that writes it."""
    session.info.setdefault(_LAST, {}).setdefault(model, []).extend(rows)


def to_be_put(session: Session, model: type[Base]) -> Sequence[Row]:
    """The rows of a table that wait for the end of the unit of work."""
    waiting: Sequence[Row] = session.info.get(_LAST, {}).get(model, ())
    return waiting


def write_last(session: Session) -> None:
    """Insert what was put last, table by table; the unit of work calls it before it commits."""
    if _LAST in session.info:
        with together(session):
            for model, rows in session.info.pop(_LAST).items():
                put(session, model, rows)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """
    What the block puts goes to PostgreSQL in one round trip. Nothing in it may look at an answer: no questions, no ids, no
    compare-and-set.
    """
    dialect = session.get_bind().dialect
    if dialect.name != "postgresql":
        yield
        return
    psycopg: Any = dialect.dbapi
    connection: Any = session.connection().connection.driver_connection
    try:
        with connection.pipeline():
            yield
    except psycopg.Error as failure:
        raise DBAPIError.instance(None, None, failure, psycopg.Error, dialect=dialect) from failure


def send(session: Session, made_for: Callable[[str], Any], rows: Sequence[Row]) -> None:
    """Send a statement of one's own, made once for a dialect by its name, with the parameters of each row."""
    if rows:
        _prepared(session, _of_ones_own, made_for, tuple(rows[0])).send(session, rows)


def put_objects(session: Session, model: type[M], rows: Sequence[Row]) -> list[M]:
    """Insert rows and give them as objects of the session, nothing of them left to be flushed; a row names all columns."""
    if not rows:
        return []
    if len(rows) == 1:
        one = _prepared(session, _insert_for_id, model.__table__, tuple(rows[0]))
        ids: Sequence[int] = [one.send(session, rows).scalar_one()]
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


def _change(session: Session, made: Base, values: Row, still: Row) -> CursorResult[Any]:
    row = {**values, _ID: made.id, **{_STILL + name: value for name, value in still.items()}}  # type: ignore[attr-defined]
    return _prepared(session, _update, made.__table__, tuple(row)).send(session, [row])


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


class _Prepared:
    """A statement as the driver wants it, with what turns a row into the driver's parameters."""

    def __init__(self, statement: Any, dialect: Dialect, names: tuple[str, ...]) -> None:
        by_column = getattr(statement, "select", None) is None  # an INSERT … SELECT says its columns itself
        compiled = statement.compile(dialect=dialect, column_keys=list(names) if by_column else None)
        asked = {name for bound, name in compiled.bind_names.items() if bound.required}
        if asked != set(names):
            raise TypeError(f"{asked ^ set(names)} of {statement} must be said in every row")
        self._text = compiled.string
        self._order = tuple(compiled.positiontup or ())
        turns = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
        }
        self._turned = tuple((name, turn) for name, turn in turns.items() if turn is not None)
        self._fixed = {name: bound.value for bound, name in compiled.bind_names.items() if not bound.required}

    def send(self, session: Session, rows: Sequence[Row]) -> CursorResult[Any]:
        turned = [self._parameters(row) for row in rows]
        return session.connection().exec_driver_sql(self._text, turned[0] if len(turned) == 1 else turned)

    def _parameters(self, row: Row) -> Any:
        values = {**self._fixed, **row}
        for name, turn in self._turned:
            values[name] = turn(values[name])
        return tuple(values[name] for name in self._order) if self._order else values


Maker = Callable[[Any, str, tuple[str, ...]], Any]
_KEPT: dict[tuple[Maker, Any, str, tuple[str, ...]], _Prepared] = {}


def _prepared(session: Session, make: Maker, what: Any, names: tuple[str, ...]) -> _Prepared:
    dialect = session.get_bind().dialect
    key = (make, what, dialect.name, names)
    if key not in _KEPT:
        _KEPT[key] = _Prepared(make(what, dialect.name, names), dialect, names)
    return _KEPT[key]


def _of_ones_own(made_for: Callable[[str], Any], dialect: str, names: tuple[str, ...]) -> Any:
    return made_for(dialect)


def _insert(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    return insert(table)


def _insert_for_id(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    return insert(table).returning(table.c.id)


def _upsert(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    made: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: made.excluded[name] for name in names if name not in keys}
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
