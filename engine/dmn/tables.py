"""
Decision tables: compiled once, indexed by column.

For every column whose cells are constants (values, comparisons, ranges, lists of them) all ends are sorted; between two
neighbouring ends every value matches the same rules, kept as the bits of an integer. A decision looks up one integer a
column, joins them by `&`, and visits only the rules left over. Cells that only an evaluation can decide are evaluated
for those rules; `Index.open_columns` tells which columns have them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.run import RUN, TESTED, Closure, Frame
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Range

_UNKNOWN: Final = object()


@dataclass(frozen=True)
class Interval:
    """A part of a line; None is endless."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool


@dataclass(frozen=True)
class Cell:
    """
    A compiled input cell.

    `intervals` by kind of value (see `line_of`) when the cell is constant; `any` for `-`; otherwise only `test` knows.
    """

    test: Closure
    any: bool = False
    constant: bool = False
    negated: bool = False
    intervals: tuple[tuple[str, Interval], ...] = ()


def line_of(value: Any) -> tuple[str, Any] | None:
    """The line a value lies on and its place there; None for values without order (lists, contexts, null)."""
    kind = type(value)
    if kind is Decimal:
        return "number", value
    if kind is str:
        return "string", value
    if kind is bool:
        return "boolean", value
    if kind is Date:
        return "date", value.days
    if kind is DateTime:
        return ("local moment" if value.is_local else "moment"), value.moment
    if kind is Time:
        return ("local time" if value.is_local else "time"), value.moment
    if kind is DaysDuration:
        return "days duration", value.nanos
    if kind is MonthsDuration:
        return "months duration", value.months
    return None


def intervals_of(value: Any, operator: str = "=") -> list[tuple[str, Interval]] | None:
    """The intervals which a constant test accepts; None when it cannot be drawn on a line."""
    if type(value) is Range and operator == "=":
        ends = [line_of(end) for end in (value.low, value.high)]
        lines = {end[0] for end in ends if end is not None}
        closed_null = (value.low is None and value.low_included) or (value.high is None and value.high_included)
        if len(lines) != 1 or closed_null or "boolean" in lines:
            return None
        low, high = (end[1] if end is not None else None for end in ends)
        return [(lines.pop(), Interval(low, high, value.low_included, value.high_included))]
    if type(value) is list and operator == "=":
        parts = [intervals_of(item) for item in value]
        return None if any(part is None for part in parts) else [found for part in parts if part for found in part]
    place = line_of(value)
    if place is None:
        return None
    line, at = place
    if operator == "=":
        return [(line, Interval(at, at, True, True))]
    if line == "boolean" and operator != "!=":
        return None
    if operator == "!=":
        return [(line, Interval(None, at, False, False)), (line, Interval(at, None, False, False))]
    if operator.startswith("<"):
        return [(line, Interval(None, at, False, operator == "<="))]
    return [(line, Interval(at, None, operator == ">=", False))]


def is_comparison(node: n.Node) -> bool:
    return isinstance(node, n.Test)


class _Line:
    """One column's index for one kind of value: sorted ends and the rules of every part between them."""

    __slots__ = ("_masks", "_points")

    def __init__(self, rows: Sequence[tuple[int, list[Interval]]], everywhere: int) -> None:
        points = {end for _, parts in rows for part in parts for end in (part.low, part.high) if end is not None}
        self._points: list[Any] = sorted(points)
        changes = [0] * (2 * len(self._points) + 2)
        for bit, parts in rows:
            for first, last in _merged([self._segments(part) for part in parts]):
                changes[first] ^= bit
                changes[last + 1] ^= bit
        self._masks: list[int] = []
        running = 0
        for change in changes[:-1]:
            running ^= change
            self._masks.append(running | everywhere)

    def _segments(self, part: Interval) -> tuple[int, int]:
        """Segments are numbered: even ones lie between the ends, odd ones are the ends themselves."""
        first, last = 0, 2 * len(self._points)
        if part.low is not None:
            first = 2 * bisect_left(self._points, part.low) + (1 if part.low_included else 2)
        if part.high is not None:
            last = 2 * bisect_left(self._points, part.high) + (1 if part.high_included else 0)
        return first, last

    def at(self, place: Any) -> int:
        points = self._points
        index = bisect_left(points, place)
        return self._masks[2 * index + (1 if index < len(points) and points[index] == place else 0)]


def _merged(parts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Overlapping spans of one rule as one, so that its bit changes once a border."""
    current: tuple[int, int] | None = None
    for first, last in sorted(part for part in parts if part[0] <= part[1]):
        if current is not None and first <= current[1] + 1:
            current = (current[0], max(current[1], last))
        else:
            if current is not None:
                yield current
            current = (first, last)
    if current is not None:
        yield current


class _Column:
    """The rules that match a value of one column."""

    __slots__ = ("_all", "_any", "_lines", "_null", "_open", "_special", "_unordered")

    def __init__(self, cells: Sequence[Cell], null_frame: Frame) -> None:
        self._any = self._open = self._null = self._special = 0
        rows: dict[str, list[tuple[int, list[Interval]]]] = {}
        negated: dict[str, list[tuple[int, list[Interval]]]] = {}
        for number, cell in enumerate(cells):
            bit = 1 << number
            if cell.any:
                self._any |= bit
            elif not cell.constant:
                self._open |= bit
            else:
                self._special |= bit
                if cell.test(null_frame) is True:
                    self._null |= bit
                self._place(cell, bit, negated if cell.negated else rows)
        self._lines = {
            line: _Line([*rows.get(line, []), *_complements(negated.get(line, []))], self._any | self._open)
            for line in {*rows, *negated}
        }
        self._unordered = self._any | self._open
        self._all = self._unordered | self._special

    def _place(self, cell: Cell, bit: int, rows: dict[str, list[tuple[int, list[Interval]]]]) -> None:
        by_line: dict[str, list[Interval]] = {}
        for line, part in cell.intervals:
            by_line.setdefault(line, []).append(part)
        for line, parts in by_line.items():
            rows.setdefault(line, []).append((bit, parts))

    @property
    def open(self) -> int:
        return self._open

    def matching(self, value: Any) -> tuple[int, bool]:
        """The rules that may match, and whether constant cells still need to be tried one by one."""
        if value is None:
            return self._unordered | self._null, False
        place = line_of(value)
        if place is None:
            return self._all, True
        if place[0] in ("date", "moment", "local moment") and (
            "date" in self._lines or "moment" in self._lines or "local moment" in self._lines
        ):
            if place[0] in self._lines and len(self._lines) == 1:
                return self._lines[place[0]].at(place[1]), False
            return self._all, True
        line = self._lines.get(place[0])
        return (line.at(place[1]) if line is not None else self._unordered), False


def _complements(rows: list[tuple[int, list[Interval]]]) -> list[tuple[int, list[Interval]]]:
    return [(bit, complement(parts)) for bit, parts in rows]


def complement(parts: list[Interval]) -> list[Interval]:
    """Everything of the line outside the intervals."""
    ordered = sorted(parts, key=lambda p: (p.low is not None, p.low if p.low is not None else 0, not p.low_included))
    made: list[Interval] = []
    low: Any = None
    low_included = False
    open_below = True
    for part in ordered:
        if part.low is not None and (
            open_below or low < part.low or (low == part.low and low_included and not part.low_included)
        ):
            made.append(Interval(None if open_below else low, part.low, low_included, not part.low_included))
        if part.high is None:
            return made
        if open_below or low < part.high or (low == part.high and low_included and part.high_included):
            low, low_included = part.high, not part.high_included
        open_below = False
    made.append(Interval(low, None, low_included, False))
    return made


@dataclass
class Visits:
    """How much work a decision was: the counter behind the promise that tables are not scanned."""

    rules: int = 0


@dataclass(frozen=True)
class Index:
    """All columns of a table."""

    columns: tuple[_Column, ...]
    cells: tuple[tuple[Cell, ...], ...]
    """By rule, then by column."""
    open_columns: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, cells: tuple[tuple[Cell, ...], ...], columns: int, null_frame: Frame) -> Index:
        made = tuple(_Column([row[c] for row in cells], null_frame) for c in range(columns))
        return cls(made, cells, tuple(c for c, column in enumerate(made) if column.open))

    def matching(self, values: Sequence[Any], frame: Frame, visits: Visits) -> Iterator[int]:
        """The numbers (from 0) of the rules that match, in their order; lazily, so that FIRST stops early."""
        left = (1 << len(self.cells)) - 1
        tried: list[tuple[int, int]] = []
        for number, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            mask, all_cells = column.matching(value)
            left &= mask
            if not left:
                return
            if all_cells:
                tried.append((number, -1))
            elif column.open:
                tried.append((number, column.open))
        run = frame[RUN]
        while left:
            lowest = left & -left
            left ^= lowest
            rule = lowest.bit_length() - 1
            visits.rules += 1
            run.step()
            row = self.cells[rule]
            for number, mask in tried:
                if mask & lowest:
                    frame[TESTED] = values[number]
                    if row[number].test(frame) is not True:
                        break
            else:
                yield rule
