"""
What can be known about a decision model without running it.

Every column of a table is cut at the ends of its cells into segments within which nothing changes; a rule is then a box
of segments, and gaps, overlaps and shadows are questions about boxes. Sets of segments and of rules are the bits of
integers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from engine.dmn import model as m
from engine.dmn import rules
from engine.dmn.decide import Model, Part
from engine.dmn.logic import Logic, TableLogic, constant_intervals
from engine.dmn.tables import Cell, Interval, line_of
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.constants import UNKNOWN, constant
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.expression import parse, vocabulary
from engine.feel.inference import check_types
from engine.feel.parser import parse_tests
from engine.feel.temporal import DAY, Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import equal, kind_of, to_string
from engine.findings import Finding, Rule

_MOST: Final = 5
"""Findings of one kind shown for one table."""

_BUDGET: Final = 1_000_000
"""Segments looked at for the gaps of one table, and again for its shadows."""

_LINE_OF_TYPE: Final = {
    "number": "number", "integer": "number", "long": "number", "double": "number", "decimal": "number",
    "string": "string", "boolean": "boolean", "date": "date",
    "days and time duration": "days duration", "dayTimeDuration": "days duration",
    "years and months duration": "months duration", "yearMonthDuration": "months duration",
}  # fmt: skip
_WHOLE_TYPES: Final = ("integer", "long")


def check_model(model: Model, functions: frozenset[str] = frozenset()) -> list[Finding]:
    """
    Everything wrong with a model: what compiling found, unknown names and functions, and the flaws of its tables.

    `functions` are the names of registered functions an expression may call besides the built-in ones.
    """
    findings = list(model.findings)
    for part in model.parts():
        if part.logic is None:
            continue
        findings += _names(model, part.element, part.logic, {name for name, _ in part.required}, functions)
        findings += _types(model, part)
        for table in part.logic.tables:
            findings += _Check(model, table).findings()
    return findings


# names -----------------------------------------------------------------------------------------------------------


def _names(
    model: Model, element: Any, logic: Logic, required: set[str], functions: frozenset[str]
) -> Iterator[Finding]:
    provided = required | {name.partition(".")[0] for name in required} | model.output_names_for(element)
    if isinstance(element, m.KnowledgeElement):
        provided.add(element.variable)
    declares_inputs = bool(model.definitions.inputs)
    for _, text, place, names, called in logic.texts:
        shown = " ".join(text.split())[:60]
        for name in sorted(called - provided - functions - set(BUILTINS)):
            yield _finding(model, rules.UNKNOWN_FUNCTION, place, text=shown, name=name)
        if declares_inputs:
            for name in sorted(names - provided - {"?"}):
                yield _finding(model, rules.UNKNOWN_NAME, place, text=shown, name=name)


def _finding(model: Model, rule: Rule, place: m.Element, **params: Any) -> Finding:
    return Finding(rule, model.file, place.id, place.name or None, place.line, params)


def _types(model: Model, part: Part) -> Iterator[Finding]:
    """Operators between kinds that never go together, where the model declares the types."""
    kinds: dict[str, str] = {}
    for name, required in part.required:
        element = getattr(required, "element", required)
        kind = _KIND_OF_TYPE.get(_base_type(model, element.type_ref) or "")
        if kind is not None and not isinstance(element, m.KnowledgeElement | m.ServiceElement):
            kinds[name] = kind
    for node, text, place, *_ in part.logic.texts if part.logic is not None else ():
        if isinstance(node, n.Tests):
            continue
        for clash in check_types(node, kinds):
            shown = " ".join(text.split())[:60]
            right = clash.right or "anything"
            params = {"text": shown, "operator": clash.operator, "left": clash.left, "right": right}
            yield _finding(model, rules.TYPE_CLASH, place, **params)


def _base_type(model: Model, type_ref: str | None) -> str | None:
    """The built-in type behind a type's names."""
    item = model.types.item(type_ref) if type_ref else None
    seen: set[str] = set()
    while item is not None and item.type_ref and item.name not in seen and not item.is_collection:
        seen.add(item.name)
        type_ref = item.type_ref
        item = model.types.item(type_ref)
    return type_ref


_KIND_OF_TYPE: Final = {
    **{name: name for name in ("number", "string", "boolean", "date", "time", "date and time")},
    **{name: name for name in ("days and time duration", "years and months duration")},
    **dict.fromkeys(("integer", "long", "double", "decimal"), "number"),
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


# columns ---------------------------------------------------------------------------------------------------------


@dataclass
class _Column:
    """One input column cut into segments; even ones lie between the points, odd ones are the points."""

    name: str
    line: str
    points: list[Any]
    whole: bool
    domain: int = 0
    cells: list[int | None] = field(default_factory=list)
    """By rule: the segments it matches; None when only an evaluation can tell."""

    @cached_property
    def rules_at(self) -> list[int]:
        """By segment: the rules that match there, as bits; undecided cells match nowhere."""
        made = [0] * (2 * len(self.points) + 1)
        for row, mask in enumerate(self.cells):
            for segment in _bits(mask or 0):
                made[segment] |= 1 << row
        return made

    def mask(self, part: Interval) -> int:
        first, last = 0, 2 * len(self.points)
        if part.low is not None:
            first = 2 * bisect_left(self.points, part.low) + (1 if part.low_included else 2)
        if part.high is not None:
            last = 2 * bisect_left(self.points, part.high) + (1 if part.high_included else 0)
        return ((1 << (last - first + 1)) - 1) << first if last >= first else 0

    def everything(self) -> int:
        """The segments that hold any value at all."""
        made = 0
        for number in range(2 * len(self.points) + 1):
            if self._holds(number):
                made |= 1 << number
        return made

    def _holds(self, number: int) -> bool:
        if number % 2:
            return True
        if self.line == "boolean":
            return False
        index = number // 2
        if 0 < index < len(self.points) and (self.whole or self.line in ("date", "months duration")):
            return bool(self.points[index] - self.points[index - 1] > 1)
        return True

    def example(self, segments: int) -> str:
        """A value inside one of the segments, as FEEL writes it."""
        for number in _bits(segments):
            if number % 2:
                return to_string(_value_at(self.line, self.points[number // 2]), nested=True)
        number = next(_bits(segments))
        return to_string(self._between(number // 2), nested=True)

    def _between(self, index: int) -> Any:
        points = self.points
        if self.line == "string":
            return "another value" if "another value" not in points else "another value 2"
        unit = _UNIT.get(self.line, 1)
        if not points:
            return _value_at(self.line, Decimal(0) if self.line == "number" else 0)
        if index == 0:
            return _value_at(self.line, points[0] - unit)
        if index == len(points):
            return _value_at(self.line, points[-1] + unit)
        low, high = points[index - 1], points[index]
        if self.line == "number" and (self.whole or high - low > 1):
            return low + 1
        if self.line == "number":
            return (low + high) / 2
        return _value_at(self.line, low + unit if high - low > unit else (low + high) // 2)


_UNIT: Final = {"moment": DAY, "local moment": DAY, "days duration": DAY, "time": DAY // 24, "local time": DAY // 24}


def _value_at(line: str, place: Any) -> Any:
    if line == "date":
        return Date.from_days(place)
    if line == "days duration":
        return DaysDuration(place)
    if line == "months duration":
        return MonthsDuration(place)
    if line in ("time", "local time"):
        return Time(place % DAY, 0 if line == "time" else None)
    if line in ("moment", "local moment"):
        return DateTime(Date.from_days(place // DAY), Time(place % DAY, 0 if line == "moment" else None))
    return place


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


# one table -------------------------------------------------------------------------------------------------------


class _TooMuch(Exception):
    """The question needs more boxes than the budget."""


class _Check:
    def __init__(self, model: Model, table: TableLogic) -> None:
        self.model = model
        self.table = table
        self.element = table.element
        self.rules = table.rules
        self.words = vocabulary(model.words())
        self.reason = ""
        self.budget = _BUDGET

    def findings(self) -> list[Finding]:
        found = [*self._outputs()]
        columns: list[_Column] = []
        for number, clause in enumerate(self.element.inputs):
            cells = [row[number] for row in self.table.cells]
            found += self._cell_types(clause, cells, number)
            column = self._column(clause, cells, number)
            if column is None:
                return [*found, *self._unproven()]
            found += self._not_allowed(column, clause, cells, number)
            columns.append(column)
        if not self.rules or not columns:
            return found
        found += self._unreachable(columns)
        found += self._overlaps(columns)
        try:
            found += self._shadowed(columns)
            found += self._gaps(columns)
        except _TooMuch:
            self.reason = "it has too many combinations"
        return [*found, *self._unproven()]

    def _unproven(self) -> Iterator[Finding]:
        if self.reason and self.element.hit_policy in _SINGLE:
            yield _finding(self.model, rules.UNPROVEN, self.element, reason=self.reason)

    def _place(self, number: int) -> m.Element:
        rule = self.rules[number]
        return m.Element(rule.id or self.element.id, "", rule.line)

    # building columns ----------------------------------------------------------------------------------------

    def _allowed_text(self, clause: m.InputClause) -> str | None:
        if clause.allowed is not None:
            return clause.allowed.text
        type_ref = self._type_of(clause)
        item = self.model.types.item(type_ref) if type_ref else None
        while item is not None:
            if item.allowed and not item.is_collection:
                return item.allowed
            item = self.model.types.item(item.type_ref) if item.type_ref else None
        return None

    def _type_of(self, clause: m.InputClause) -> str | None:
        """The declared type of the column, or that of the input it names."""
        name = " ".join(clause.expression.text.split())
        for element in self.model.definitions.inputs:
            if element.variable == name and element.type_ref:
                return element.type_ref
        return clause.expression.type_ref or self._component_type(name)

    def _component_type(self, path: str) -> str | None:
        """`Applicant.Age`: the type of a component of an input's type."""
        root, *names = path.split(".")
        found = next((e.type_ref for e in self.model.definitions.inputs if e.variable == root.strip()), None)
        for name in names:
            item = self.model.types.item(found) if found else None
            part = next((c for c in item.components if c.name == name.strip()), None) if item else None
            found = part.type_ref if part is not None else None
        return found

    def _intervals(self, text: str) -> list[tuple[str, Interval]] | None:
        try:
            tests = parse_tests(text, self.words)
        except (FeelSyntaxError, FeelLimitError):
            return None
        return None if tests.negated else constant_intervals(tests)

    def _column(self, clause: m.InputClause, cells: list[Cell], number: int) -> _Column | None:
        """None, with the reason noted, when the column cannot be drawn on one line."""
        text = self._allowed_text(clause)
        allowed = self._intervals(text) if text else None
        base = _base_type(self.model, self._type_of(clause)) or ""
        lines = {line for cell in cells for line, _ in cell.intervals} | {line for line, _ in allowed or ()}
        expected = _LINE_OF_TYPE.get(base)
        name = clause.label or " ".join(clause.expression.text.split()) or f"column {number + 1}"
        if base == "date" and lines and lines <= {"moment", "local moment"}:
            expected = None  # Camunda calls a date and time a date
        if expected is not None:
            lines &= {expected}
        if len(lines) > 1:
            self.reason = f"the column {name} holds values of several kinds"
            return None
        line = next(iter(lines), expected or "number")
        parts = [part for cell in cells for kind, part in cell.intervals if kind == line]
        parts += [part for kind, part in allowed or () if kind == line]
        points = {end for part in parts for end in (part.low, part.high) if end is not None}
        if line == "boolean":
            points |= {False, True}
        column = _Column(name, line, sorted(points), base in _WHOLE_TYPES)
        column.domain = column.everything()
        if allowed:
            column.domain &= _union(column, allowed)
        column.cells = [self._mask(column, cell) for cell in cells]
        return column

    def _mask(self, column: _Column, cell: Cell) -> int | None:
        if cell.any:
            return column.domain
        if not cell.constant:
            self.reason = f"the column {column.name} holds cells that depend on other values"
            return None
        found = _union(column, list(cell.intervals))
        return (column.domain & ~found) if cell.negated else (column.domain & found)

    # single cells --------------------------------------------------------------------------------------------

    def _cell_types(self, clause: m.InputClause, cells: list[Cell], number: int) -> Iterator[Finding]:
        base = _base_type(self.model, self._type_of(clause))
        expected = _LINE_OF_TYPE.get(base or "")
        if expected is None:
            return
        name = clause.label or " ".join(clause.expression.text.split())
        for row, cell in enumerate(cells):
            fitting = {expected, "moment", "local moment"} if base == "date" else {expected}
            wrong = sorted({line for line, _ in cell.intervals} - fitting)
            if wrong:
                text = " ".join(self.rules[row].inputs[number].text.split())
                params = {"value": text, "found": wrong[0], "expected": base, "column": name}
                yield _finding(self.model, rules.CELL_TYPE, self._place(row), number=row + 1, **params)

    def _not_allowed(self, column: _Column, clause: m.InputClause, cells: list[Cell], number: int) -> Iterator[Finding]:
        if self._allowed_text(clause) is None:
            return
        for row, cell in enumerate(cells):
            for line, part in cell.intervals:
                if line == column.line and not column.mask(part) & column.domain:
                    shown = _interval_text(column, part)
                    place = self._place(row)
                    yield _finding(
                        self.model, rules.NOT_ALLOWED, place, number=row + 1, value=shown, column=column.name
                    )

    def _outputs(self) -> Iterator[Finding]:
        for number, clause in enumerate(self.element.outputs):
            base = _base_type(self.model, clause.type_ref)
            allowed = self._output_allowed(clause)
            for row, rule in enumerate(self.rules):
                value = self._constant(rule.outputs[number])
                if value is UNKNOWN or value is None:
                    continue
                yield from self._output(clause, base, allowed, row, value)

    def _output(
        self, clause: m.OutputClause, base: str | None, allowed: list[Any] | None, row: int, value: Any
    ) -> Iterator[Finding]:
        name = clause.label or clause.name or "the output"
        place, shown = self._place(row), to_string(value, nested=True)
        expected, line = _LINE_OF_TYPE.get(base or ""), line_of(value)
        if expected is not None and line is not None and line[0] != expected:
            params = {"value": shown, "found": kind_of(value), "expected": base, "column": name}
            yield _finding(self.model, rules.CELL_TYPE, place, number=row + 1, **params)
        elif allowed is not None and not any(_accepts(test, value) for test in allowed):
            yield _finding(self.model, rules.NOT_ALLOWED, place, number=row + 1, value=shown, column=name)

    def _output_allowed(self, clause: m.OutputClause) -> list[Any] | None:
        """The constant tests of the allowed outputs; None when there are none."""
        item = self.model.types.item(clause.type_ref) if clause.type_ref else None
        text = clause.allowed.text if clause.allowed is not None else (item.allowed if item is not None else None)
        found = self._intervals(text) if text else None
        return found or None

    def _constant(self, cell: m.Literal_) -> Any:
        if not cell.text.strip():
            return None
        try:
            return constant(parse(cell.text, "auto", self.words))
        except (FeelSyntaxError, FeelLimitError):
            return UNKNOWN

    # boxes ---------------------------------------------------------------------------------------------------

    def _unreachable(self, columns: list[_Column]) -> Iterator[Finding]:
        for row in range(len(self.rules)):
            for number, column in enumerate(columns):
                if column.cells[row] == 0:
                    text = " ".join(self.rules[row].inputs[number].text.split())
                    cell = f"{text} in the column {column.name} matches no value"
                    yield _finding(self.model, rules.UNREACHABLE, self._place(row), number=row + 1, cell=cell)
                    break

    def _overlaps(self, columns: list[_Column]) -> Iterator[Finding]:
        policy = self.element.hit_policy
        if policy not in ("UNIQUE", "ANY"):
            return
        shown = 0
        for first in range(len(self.rules)):
            candidates = [column.cells[first] for column in columns]
            if None in candidates:
                continue
            for second in range(first + 1, len(self.rules)):
                common = _common(columns, candidates, second)
                if common is None or (policy == "ANY" and not self._differ(first, second)):
                    continue
                shown += 1
                if shown > _MOST:
                    return
                rule = rules.OVERLAP if policy == "UNIQUE" else rules.CONFLICT
                params = {"first": first + 1, "second": second + 1, "example": _example(columns, common)}
                yield _finding(self.model, rule, self._place(second), **params)

    def _differ(self, first: int, second: int) -> bool:
        for one, other in zip(self.rules[first].outputs, self.rules[second].outputs, strict=True):
            left, right = self._constant(one), self._constant(other)
            if left is UNKNOWN or right is UNKNOWN:
                if " ".join(one.text.split()) != " ".join(other.text.split()):
                    return True
            elif equal(left, right) is not True:
                return True
        return False

    def _shadowed(self, columns: list[_Column]) -> Iterator[Finding]:
        self.budget = _BUDGET
        for row in range(1 if self.element.hit_policy == "FIRST" else 0, len(self.rules)):
            stronger = self._stronger(row)
            box = [column.cells[row] for column in columns]
            if not stronger or None in box or 0 in box:
                continue
            closed = [r for r in stronger if all(column.cells[r] is not None for column in columns)]
            covering = sum(1 << r for r in closed)
            if closed and next(self._holes(columns, box, covering), None) is None:
                yield _finding(self.model, rules.SHADOWED, self._place(row), number=row + 1)

    def _stronger(self, row: int) -> list[int]:
        """The rules which win over a rule wherever both match."""
        if self.element.hit_policy == "FIRST":
            return list(range(row))
        if self.element.hit_policy != "PRIORITY":
            return []
        own = self._rank(row)
        return [other for other in range(len(self.rules)) if other != row and (self._rank(other), other) < (own, row)]

    def _rank(self, row: int) -> tuple[int, ...]:
        ranks = []
        for order, cell in zip(self.table.priorities, self.rules[row].outputs, strict=True):
            value = self._constant(cell)
            ranks.append(next((i for i, known in enumerate(order) if equal(known, value) is True), len(order)))
        return tuple(ranks)

    def _gaps(self, columns: list[_Column]) -> Iterator[Finding]:
        if self.element.hit_policy not in _SINGLE or any(default is not None for default in self.table.defaults):
            return
        open_rules = [r for r in range(len(self.rules)) if any(column.cells[r] is None for column in columns)]
        closed = sum(1 << r for r in range(len(self.rules)) if r not in open_rules)
        self.budget = _BUDGET
        holes = self._holes(columns, [column.domain for column in columns], closed)
        for shown, hole in enumerate(holes):
            if open_rules:
                self.reason = self.reason or "some rules depend on other values"
                return
            yield _finding(self.model, rules.GAP, self.element, example=_example(columns, hole))
            if shown + 1 == _MOST:
                return
        self.reason = ""

    def _holes(self, columns: list[_Column], box: list[Any], covering: int) -> Iterator[list[int]]:
        """The parts of a box which none of the covering rules (bits) covers, one after the other."""
        covered: set[tuple[int, int]] = set()

        def walk(number: int, left: int) -> Iterator[list[int]]:
            if not left:
                yield list(box[number:])
                return
            if number == len(columns) or (number, left) in covered:
                return
            self.budget -= len(columns[number].rules_at)
            if self.budget < 0:
                raise _TooMuch
            empty = True
            for segments, rest in _groups(columns[number], box[number], left):
                for hole in walk(number + 1, rest):
                    empty = False
                    yield [segments, *hole]
            if empty:
                covered.add((number, left))

        yield from walk(0, covering)


_SINGLE: Final = ("UNIQUE", "FIRST", "ANY", "PRIORITY")


def _groups(column: _Column, box: int, left: int) -> list[tuple[int, int]]:
    """The segments of a box gathered by which of the remaining rules cover them."""
    groups: dict[int, int] = {}
    rules_at = column.rules_at
    for segment in _bits(box):
        rest = left & rules_at[segment]
        groups[rest] = groups.get(rest, 0) | 1 << segment
    return [(segments, rest) for rest, segments in groups.items()]


def _union(column: _Column, parts: list[tuple[str, Interval]]) -> int:
    made = 0
    for line, part in parts:
        if line == column.line:
            made |= column.mask(part)
    return made


def _common(columns: list[_Column], box: list[int | None], other: int) -> list[int] | None:
    """What two rules both match, or None."""
    common: list[int] = []
    for column, mask in zip(columns, box, strict=True):
        second = column.cells[other]
        if mask is None or second is None or not mask & second:
            return None
        common.append(mask & second)
    return common


def _example(columns: list[_Column], box: list[int]) -> str:
    return ", ".join(f"{column.name} = {column.example(mask)}" for column, mask in zip(columns, box, strict=True))


def _interval_text(column: _Column, part: Interval) -> str:
    low = to_string(_value_at(column.line, part.low), nested=True) if part.low is not None else ""
    high = to_string(_value_at(column.line, part.high), nested=True) if part.high is not None else ""
    if low == high:
        return low
    if not low:
        return f"{'<=' if part.high_included else '<'} {high}"
    if not high:
        return f"{'>=' if part.low_included else '>'} {low}"
    return f"{'[' if part.low_included else '('}{low}..{high}{']' if part.high_included else ')'}"


def _accepts(test: tuple[str, Interval], value: Any) -> bool:
    place = line_of(value)
    line, part = test
    if place is None or place[0] != line:
        return False
    at = place[1]
    above = part.low is None or part.low < at or (part.low_included and part.low == at)
    below = part.high is None or at < part.high or (part.high_included and part.high == at)
    return above and below
