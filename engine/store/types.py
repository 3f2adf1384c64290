"""
Column types: moments that refuse to be naive, JSON kept as text in the order it was written, searchable and sortable text.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, DateTime, String, Text, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator

from engine.store.text import normalise, sort_key

as_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. SQLite keeps it without zone; it comes back aware on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Plain JSON data in a TEXT column: key order survives, NaN is refused, never a database's own JSON type."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Norm(TypeDecorator[str]):
    """Text as it is searched for (see `engine.store.text.normalise`); give it the plain text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else normalise(value)


class Sort(TypeDecorator[str]):
    """A key that sorts the same on both databases, in byte order; give it the plain text."""

    impl = String(200)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(200, collation="C") if dialect.name == "postgresql" else String(200))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sort_key(value)[:200]


class Numbers(TypeDecorator[Sequence[int]]):
    """Whole numbers as one parameter (see `among`): an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return numbers if dialect.name == "postgresql" else json.dumps(numbers)


class Words(TypeDecorator[Sequence[str]]):
    """Texts as one parameter (see `among`): an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> Any:
        words = list(value or ())
        return words if dialect.name == "postgresql" else as_json(words)


_Several = type[Numbers] | type[Words]


class among(ColumnElement[bool]):  # noqa: N801 - reads as SQL
    """
    Whether a number (or, *of* `Words`, a text) is among those of the parameter *name*. Unlike `in_` the statement's text is
    the same for any count of them: it is compiled once, and prepared once by the driver.
    """

    inherit_cache = True
    type = Boolean()
    _traverse_internals: Any = [
        ("number", InternalTraversal.dp_clauseelement),
        ("numbers", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, number: Any, name: str, of: _Several = Numbers) -> None:
        self.number = coercions.expect(roles.ExpressionElementRole, number)
        self.numbers = bindparam(name, type_=of())


@compiles(among, "postgresql")
def _among_array(element: among, compiler: Any, **how: Any) -> str:
    return f"{compiler.process(element.number, **how)} = ANY ({compiler.process(element.numbers, **how)})"


@compiles(among)
def _among_json(element: among, compiler: Any, **how: Any) -> str:
    asked = compiler.process(element.numbers, **how)
    return f"{compiler.process(element.number, **how)} IN (SELECT value FROM json_each({asked}))"  # noqa: S608


class Exact(TypeDecorator[str]):
    """Codes and keys compared and sorted byte by byte, the same on both databases."""

    impl = String
    cache_ok = True

    def __init__(self, length: int = 200) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(
            String(self.length, collation="C") if dialect.name == "postgresql" else String(self.length)
        )


def public_ref() -> str:
    """A random reference for URLs: 16 characters, no order, no count to be read from it; on a command line no option."""
    made = secrets.token_urlsafe(12)
    return public_ref() if made.startswith("-") else made
