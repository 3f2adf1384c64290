"""How two texts and two tables differ; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
MOST_WORDS = 3_000  # of both texts together; longer ones are shown whole, old and new
MOST_ROWS = 500
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A part of a text: `what` is same, gone or new."""

    what: str
    text: str


@dataclass(frozen=True)
class RowChange:
    """A row of a table: same, gone, new or `changed`; `before` is empty for a new row, `after` for one that went."""

    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def words_between(before: str, after: str) -> tuple[Piece, ...]:
    """
    The text with what went and what came, word by word.

    >>> [(one.what, one.text) for one in words_between("return by mail", "return by post")]
    [('same', 'return by '), ('gone', 'mail'), ('new', 'post')]
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return tuple(piece for piece in (Piece(GONE, before), Piece(NEW, after)) if piece.text)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(old[i:j])))
        else:
            pieces += [Piece(GONE, "".join(old[i:j]))] if j > i else []
            pieces += [Piece(NEW, "".join(new[k:m]))] if m > k else []
    return tuple(pieces)


def rows_between(before: Sequence[tuple[str, ...]], after: Sequence[tuple[str, ...]]) -> tuple[RowChange, ...]:
    """
    The rows of two tables beside each other, in order; rows that took the place of others are `changed` pair by pair.

    >>> [(one.what, one.before, one.after) for one in rows_between([("a", "1"), ("b", "2")], [("a", "3"), ("b", "2")])]
    [('changed', ('a', '1'), ('a', '3')), ('same', ('b', '2'), ('b', '2'))]
    """
    old, new = list(before)[:MOST_ROWS], list(after)[:MOST_ROWS]
    found: list[RowChange] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [RowChange(SAME, row, row) for row in old[i:j]]
            continue
        pairs = min(j - i, m - k)
        found += [RowChange("changed", old[i + at], new[k + at]) for at in range(pairs)]
        found += [RowChange(GONE, row, ()) for row in old[i + pairs : j]]
        found += [RowChange(NEW, (), row) for row in new[k + pairs : m]]
    return tuple(found)
