"""
Column types: moments that refuse to be naive, JSON kept as text in the order it was written, searchable and sortable text.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from engine.store.text import normalise, sort_key


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
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

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


def public_ref() -> str:
    """A random reference for URLs: 16 characters, no order, no count to be read from it."""
    return secrets.token_urlsafe(12)
