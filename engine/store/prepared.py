"""
Statements that go to the driver as they are.

A step sends a dozen statements and always the same ones. SQLAlchemy writes each of them once for a dialect; what is left
for every row is to turn its values into the driver's, and the driver's into ours. Failures, transactions and lost
connections stay SQLAlchemy's, and so do all statements while somebody listens to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

Row = Mapping[str, Any]
Maker = Callable[[Any, str, tuple[str, ...]], Any]
Turn = Callable[[Any], Any]


class Prepared:
    """A statement as the driver wants it, with what turns a row into the driver's parameters and its answer into ours."""

    def __init__(self, statement: Any, dialect: Dialect, names: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=dialect)
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
        answered = statement.selected_columns if isinstance(statement, Select) else ()
        read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in answered]
        self._read = tuple((at, turn) for at, turn in enumerate(read) if turn is not None)

    def send(self, session: Session, rows: Sequence[Row]) -> Any:
        """The driver's cursor after the statement was sent with the parameters of each row."""
        turned = [self._parameters(row) for row in rows]
        parameters: Any = turned[0] if len(turned) == 1 else turned
        driver, connection = _at(session)
        if connection.engine.dispatch.before_cursor_execute:
            return connection.exec_driver_sql(self._text, parameters)
        try:
            if len(turned) == 1:
                return driver.execute(self._text, parameters)
            cursor = driver.cursor()
            cursor.executemany(self._text, parameters)
        except connection.dialect.loaded_dbapi.Error as failure:
            raise failed(connection, failure, self._text) from failure
        return cursor

    def ask(self, session: Session, row: Row) -> list[list[Any]]:
        """All rows of the answer; what the session still holds back is written first, unless it is told not to."""
        if session.autoflush:
            session.flush()
        return self._ours(self.send(session, [row]).fetchall())

    def ask_outside(self, pool: Engine, row: Row) -> list[list[Any]]:
        """The same as a question of its own, in no transaction: nothing to begin, nothing to end."""
        if pool.dispatch.before_cursor_execute:
            with pool.connect() as connection:
                return self._ours(connection.exec_driver_sql(self._text, self._parameters(row)).fetchall())
        lent = self._lent(pool)
        driver: Any = lent.driver_connection
        begins_itself = pool.dialect.name == "postgresql"
        try:
            if begins_itself:
                driver.autocommit = True
            answer = driver.execute(self._text, self._parameters(row)).fetchall()
            if begins_itself:
                driver.autocommit = False
        except pool.dialect.loaded_dbapi.Error as failure:
            lent.invalidate(failure)
            raise _as_sqlalchemy(pool.dialect, driver, failure, self._text) from failure
        finally:
            lent.close()
        return self._ours(answer)

    def _lent(self, pool: Engine) -> Any:
        """A connection of the pool's; one that cannot be made fails as SQLAlchemy's own do."""
        try:
            return pool.raw_connection()
        except pool.dialect.loaded_dbapi.Error as failure:
            raise _as_sqlalchemy(pool.dialect, None, failure, self._text) from failure

    def _ours(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        answer = [list(each) for each in rows]
        for at, turn in self._read:
            for each in answer:
                each[at] = turn(each[at])
        return answer

    def _parameters(self, row: Row) -> Any:
        values = {**self._fixed, **row}
        for name, turn in self._turned:
            values[name] = turn(values[name])
        return tuple([values[name] for name in self._order]) if self._order else values


_KEPT: dict[tuple[Maker, Any, str, tuple[str, ...]], Prepared] = {}


def prepared(dialect: Dialect, make: Maker, what: Any, names: tuple[str, ...]) -> Prepared:
    """The statement *make* writes of *what* for this dialect with parameters of these names; written once."""
    key = (make, what, dialect.name, names)
    if key not in _KEPT:
        _KEPT[key] = Prepared(make(what, dialect.name, names), dialect, names)
    return _KEPT[key]


def failed(connection: Connection, failure: Any, text: str | None = None) -> DBAPIError:
    """What the driver raised as SQLAlchemy raises it; a lost connection is thrown away."""
    made = _as_sqlalchemy(connection.dialect, connection.connection.driver_connection, failure, text)
    if made.connection_invalidated:
        connection.invalidate(failure)
    return made


def _as_sqlalchemy(dialect: Dialect, driver: Any, failure: Any, text: str | None) -> DBAPIError:
    """The failure in SQLAlchemy's family of errors."""
    errors: Any = dialect.loaded_dbapi.Error
    lost = dialect.is_disconnect(failure, driver, None)
    made = DBAPIError.instance(text, None, failure, errors, dialect=dialect, connection_invalidated=lost)
    return cast(DBAPIError, made)


_DRIVERS: WeakKeyDictionary[SessionTransaction, tuple[Any, Connection]] = WeakKeyDictionary()


def _at(session: Session) -> tuple[Any, Connection]:
    """The driver's connection of the session's transaction, and SQLAlchemy's around it."""
    transaction = session.get_transaction() or session.begin()
    found = _DRIVERS.get(transaction)
    if found is None:
        connection = session.connection()
        found = _DRIVERS[transaction] = (connection.connection.driver_connection, connection)
    return found
