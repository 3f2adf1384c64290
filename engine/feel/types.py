"""Types: what a value may be, and `instance of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Function, Range, convert

Check = Callable[[Any], bool]
"""True when a value (not null) belongs to a type."""

SIMPLE: Final[dict[str, Check]] = {
    "number": lambda v: type(v) is Decimal,
    "string": lambda v: type(v) is str,
    "boolean": lambda v: type(v) is bool,
    "date": lambda v: type(v) is Date,
    "time": lambda v: type(v) is Time,
    "date and time": lambda v: type(v) is DateTime,
    "dateTime": lambda v: type(v) is DateTime,
    "days and time duration": lambda v: type(v) is DaysDuration,
    "dayTimeDuration": lambda v: type(v) is DaysDuration,
    "years and months duration": lambda v: type(v) is MonthsDuration,
    "yearMonthDuration": lambda v: type(v) is MonthsDuration,
    "duration": lambda v: type(v) is DaysDuration or type(v) is MonthsDuration,
    "list": lambda v: type(v) is list,
    "context": lambda v: isinstance(v, Mapping),
    "function": lambda v: type(v) is Function,
    "range": lambda v: type(v) is Range,
    "Any": lambda v: True,
    "any": lambda v: True,
    "null": lambda v: False,
    "Null": lambda v: False,
    # Camunda's typeRefs and XML Schema's names in old files
    "integer": lambda v: type(v) is Decimal,
    "long": lambda v: type(v) is Decimal,
    "double": lambda v: type(v) is Decimal,
    "decimal": lambda v: type(v) is Decimal,
}


def check_for(node: n.TypeNode, named: Mapping[str, Check] | None = None) -> Check | None:
    """The check of a type; `named` adds the types of a model; None when the name is unknown."""
    if isinstance(node, n.NamedType):
        found = (named or {}).get(node.name)
        return found if found is not None else SIMPLE.get(node.name)
    if isinstance(node, n.ListType):
        return _list_check(check_for(node.item, named))
    if isinstance(node, n.RangeType):
        return _range_check(check_for(node.item, named))
    if isinstance(node, n.ContextType):
        return _context_check([(name, check_for(entry, named)) for name, entry in node.entries])
    if isinstance(node, n.FunctionType):
        count = len(node.parameters)
        return lambda v: type(v) is Function and (v.parameters is None or len(v.parameters) == count)
    return None


def fits(value: Any, check: Check) -> bool:
    """Whether a value may stand where the type is declared: null always may."""
    return value is None or check(value)


def _list_check(item: Check | None) -> Check | None:
    if item is None:
        return None
    return lambda v: type(v) is list and all(fits(element, item) for element in v)


def _range_check(item: Check | None) -> Check | None:
    if item is None:
        return None

    def check(value: Any) -> bool:
        if type(value) is not Range:
            return False
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(item(end) for end in ends)

    return check


def _context_check(entries: list[tuple[str, Check | None]]) -> Check | None:
    known = [(name, check) for name, check in entries if check is not None]
    if len(known) != len(entries):
        return None
    return lambda v: (
        isinstance(v, Mapping) and all(name in v and fits(convert(v[name]), check) for name, check in known)
    )
