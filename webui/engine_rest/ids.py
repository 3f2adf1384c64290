"""Ids clients keep: of definitions `key:version:number`; all others are references that say nothing."""

from __future__ import annotations


def definition_id(key: str, version: int, number: int) -> str:
    """
    A definition's id as Camunda's clients know them.

    >>> definition_id("orders", 3, 17), number_of("orders:3:17"), number_of("orders")
    ('orders:3:17', 17, None)
    """
    return f"{key}:{version}:{number}"


def number_of(id: str) -> int | None:
    """The number in a definition's id, None when it has none."""
    return whole(id.rpartition(":")[2]) if id.count(":") >= 2 else None


def whole(text: str) -> int | None:
    """A key of the database, None when the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
