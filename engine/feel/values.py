"""
The values of FEEL and the two doors between them and the rest of the program.

Inside an expression a number is a `Decimal`, a string `str`, a boolean `bool`, null `None`, a list `list`, a context
any `Mapping`; dates, times and durations are those of `temporal.py`; `Range` and `Function` are below. `convert` lets
plain Python values in, one level at a time: the entries of a context are converted when they are read, so a scope may
hold large or lazily loaded data.

Out again: `to_json`/`from_json` for storing (exact), `plain` for people and APIs, `python` for Python code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final

from engine.feel import limits, temporal
from engine.feel.errors import FeelLimitError
from engine.feel.temporal import Date, DateTime, DaysDuration, Frozen, MonthsDuration, Time

CONTEXT: Final = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)
"""Decimal128, as DMN demands; the thread's own decimal context is never used."""


class Range(Frozen):
    """An interval; an end that is None with its side not included is open (`< 5` has no low end)."""

    __slots__ = ("high", "high_included", "low", "low_included")

    def __init__(self, low: Any, high: Any, low_included: bool = True, high_included: bool = True) -> None:
        self.low = low
        self.high = high
        self.low_included = low_included
        self.high_included = high_included

    def __hash__(self) -> int:
        return hash((str(self.low), str(self.high), self.low_included, self.high_included))

    def __str__(self) -> str:
        return to_string(self)


class Function:
    """
    A function value: `call` takes the arguments in order; `parameters` is None when their number is free.

    `types` are checks of the arguments; `signature` holds the declared types (of the parameters, of the result) as
    trees, None where none is declared; `frame` is what a function of the text closes over.
    """

    __slots__ = ("call", "frame", "name", "parameters", "signature", "types")

    def __init__(
        self,
        call: Callable[[list[Any]], Any],
        parameters: tuple[str, ...] | None,
        name: str = "",
        types: tuple[Any, ...] = (),
        frame: list[Any] | None = None,
        signature: tuple[tuple[Any, ...], Any] | None = None,
    ) -> None:
        self.call = call
        self.parameters = parameters
        self.name = name
        self.types = types
        self.frame = frame
        self.signature = signature

    def __repr__(self) -> str:
        return f"Function({self.name or ', '.join(self.parameters or ('…',))})"


NATIVE: Final[frozenset[type]] = frozenset(
    (Decimal, str, bool, type(None), Date, Time, DateTime, DaysDuration, MonthsDuration, Range, Function, dict)
)
"""Types which need no conversion on the way in."""


def convert(value: Any) -> Any:
    """The FEEL value of a Python value; raises TypeError for anything that is not data (no host objects inside)."""
    kind = type(value)
    if kind in NATIVE:
        return value
    if kind is int:
        return Decimal(value)
    if kind is list or kind is tuple:
        return value if kind is list and NATIVE.issuperset(map(type, value)) else _convert_list(value, {})
    return _convert_rare(value)


def _convert_list(value: Any, done: dict[int, list[Any]]) -> list[Any]:
    """Lists inside lists; one that appears many times is converted once."""
    made = done.get(id(value))
    if made is None:
        made = done[id(value)] = []
        for item in value:
            made.append(_convert_list(item, done) if type(item) in (list, tuple) else convert(item))
    return made


def _convert_rare(value: Any) -> Any:
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    if isinstance(value, Mapping):
        return value
    if isinstance(value, date | time | datetime | timedelta):
        return temporal.from_python(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, list | tuple):
        return _convert_list(value, {})
    raise TypeError(f"{type(value).__name__} is no data")


def is_scalar_number(value: Any) -> bool:
    return type(value) is Decimal


def kind_of(value: Any) -> str:
    """The FEEL name of the type of a value."""
    named = KINDS.get(type(value))
    return named if named is not None else "context"


KINDS: Final[dict[type, str]] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration",
    Range: "range",
    Function: "function",
    list: "list",
    dict: "context",
}


# equality and order ----------------------------------------------------------------------------------------------


def equal(left: Any, right: Any) -> bool | None:
    """FEEL's `=`: null for values of different kinds, except against null."""
    kind = type(left)
    if kind is type(right) and kind in (Decimal, str, bool, Date, DaysDuration, MonthsDuration):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if (kind is list and type(right) is list) or (isinstance(left, Mapping) and isinstance(right, Mapping)):
        return _equal_deep(left, right, Budget("the comparison of values", limits.STEPS))
    if kind is not type(right):
        return None
    return _equal_rare(left, right)


class Budget:
    """Counts the parts of a value that is walked: a small text can name a value with astronomically many."""

    __slots__ = ("allowed", "left", "limit")

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit = limit
        self.allowed = self.left = allowed

    def spend(self, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise FeelLimitError(self.limit, self.allowed)


def _equal_deep(left: Any, right: Any, budget: Budget) -> bool:
    budget.spend()
    if left is right:
        return True
    if type(left) is list and type(right) is list:
        return len(left) == len(right) and all(_equal_deep(a, b, budget) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            _equal_deep(convert(left[key]), convert(right[key]), budget) for key in left
        )
    return equal(left, right) is True


def _equal_rare(left: Any, right: Any) -> bool | None:
    if isinstance(left, DateTime | Time):
        return bool(left.is_local == right.is_local and left.moment == right.moment)
    if isinstance(left, Range):
        return (
            equal(left.low, right.low) is True
            and equal(left.high, right.high) is True
            and left.low_included == right.low_included
            and left.high_included == right.high_included
        )
    return left is right


def less(left: Any, right: Any) -> bool | None:
    """FEEL's `<`: null when the two cannot be ordered."""
    kind = type(left)
    if kind is type(right):
        if kind is Decimal or kind is str:
            return bool(left < right)
        if kind in _ORDERED:
            return _less_temporal(left, right)
    elif kind in _DATED and type(right) in _DATED:
        return _comparable(left, right) and bool(left.moment < right.moment)
    return None


_ORDERED: Final = frozenset((Date, Time, DateTime, DaysDuration, MonthsDuration))
_DATED: Final = frozenset((Date, DateTime))


def _comparable(left: Any, right: Any) -> bool | None:
    """None when only one of two times knows its zone."""
    return True if getattr(left, "is_local", True) == getattr(right, "is_local", True) else None


def _less_temporal(left: Any, right: Any) -> bool | None:
    if isinstance(left, Date):
        return bool(left.days < right.days)
    if isinstance(left, DaysDuration):
        return bool(left.nanos < right.nanos)
    if isinstance(left, MonthsDuration):
        return bool(left.months < right.months)
    return _comparable(left, right) and bool(left.moment < right.moment)


def not_above(left: Any, right: Any) -> bool | None:
    """FEEL's `<=`."""
    above = less(right, left)
    return None if above is None else not above


def contains(interval: Range, value: Any) -> bool | None:
    """Whether a value lies in a range; null when it cannot be compared with an end."""
    if value is None:
        return None
    low_fits: bool | None = True
    high_fits: bool | None = True
    if interval.low is not None:
        low_fits = not_above(interval.low, value) if interval.low_included else less(interval.low, value)
    elif interval.low_included:
        return None
    if interval.high is not None:
        high_fits = not_above(value, interval.high) if interval.high_included else less(value, interval.high)
    elif interval.high_included:
        return None
    if low_fits is None or high_fits is None:
        return None
    return low_fits and high_fits


# text ------------------------------------------------------------------------------------------------------------


def number_text(value: Decimal) -> str:
    """Plain digits, no exponent, no zeros after the last decimal that says something."""
    if value.is_zero():
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_string(value: Any, nested: bool = False) -> str:
    """FEEL's `string()`; inside lists and contexts strings are quoted."""
    if isinstance(value, str):
        return quote(value) if nested else value
    return _text(value, nested, Budget("the length of a string", limits.STRING_LENGTH))


def _text(value: Any, nested: bool, budget: Budget) -> str:
    if isinstance(value, str):
        budget.spend(len(value))
        return quote(value)
    budget.spend()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ", ".join([_text(item, True, budget) for item in value]) + "]"
    if isinstance(value, Mapping):
        entries = [f"{_key_text(key)}: {_text(convert(value[key]), True, budget)}" for key in value]
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, Range):
        return _range_text(value)
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters or ())})"
    return f'@"{value}"' if nested else str(value)


def _range_text(value: Range) -> str:
    if value.low is None and value.high is not None and not value.low_included:
        return f"{'<=' if value.high_included else '<'} {to_string(value.high, nested=True)}"
    if value.high is None and value.low is not None and not value.high_included:
        return f"{'>=' if value.low_included else '>'} {to_string(value.low, nested=True)}"
    low, high = to_string(value.low, nested=True), to_string(value.high, nested=True)
    return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"


_PLAIN_KEY = re.compile(r"[^\W\d]\w*(?: [^\W]+)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(text: str) -> str:
    """A FEEL string literal."""
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in text) + '"'


def _key_text(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else quote(key)


# out -------------------------------------------------------------------------------------------------------------

_TAGS: Final[dict[type, str]] = {
    Date: "$date",
    Time: "$time",
    DateTime: "$dateTime",
    DaysDuration: "$duration",
    MonthsDuration: "$duration",
}


def to_json(value: Any) -> Any:
    """
    JSON data that `from_json` turns into the same value again.

    Whole numbers stay numbers; other numbers become {"$number": "0.10"}, days {"$date": "2026-11-22"}, and so on.
    A function has no lasting form: TypeError.
    """
    return _to_json(value, Budget("the size of a value", limits.VALUE_SIZE))


def _to_json(value: Any, budget: Budget) -> Any:
    budget.spend()
    value = convert(value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        whole = value.as_tuple().exponent == 0 and not (value.is_zero() and value.is_signed())
        return int(value) if whole else {"$number": str(value)}
    if isinstance(value, list):
        return [_to_json(item, budget) for item in value]
    if isinstance(value, Range):
        ends = {"low": to_json(value.low), "high": to_json(value.high)}
        return {"$range": ends | {"lowIncluded": value.low_included, "highIncluded": value.high_included}}
    if isinstance(value, Mapping):
        entries = {str(key): _to_json(value[key], budget) for key in value}
        return {"$context": entries} if any(key.startswith("$") for key in entries) else entries
    tag = _TAGS.get(type(value))
    if tag is None:
        raise TypeError("a function cannot be stored")
    return {tag: str(value)}


def from_json(data: Any) -> Any:
    """The reverse of `to_json`; whole numbers come back as Python's int."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if isinstance(data, dict):
        if len(data) == 1:
            tag, inner = next(iter(data.items()))
            reader = _READERS.get(tag)
            if reader is not None:
                return reader(inner)
        return {key: from_json(inner) for key, inner in data.items()}
    return Decimal(repr(data)) if isinstance(data, float) else data


def _range_from_json(data: dict[str, Any]) -> Range:
    low, high = convert(from_json(data["low"])), convert(from_json(data["high"]))
    return Range(low, high, data["lowIncluded"], data["highIncluded"])


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "$number": Decimal,
    "$date": temporal.parse_date,
    "$time": temporal.parse_time,
    "$dateTime": temporal.parse_date_time,
    "$duration": temporal.parse_duration,
    "$range": _range_from_json,
    "$context": lambda inner: {key: from_json(value) for key, value in inner.items()},
}


def plain(value: Any) -> Any:
    """The nearest JSON value for people and APIs: dates and durations as ISO text, numbers as int or float."""
    return _plain(value, Budget("the size of a value", limits.VALUE_SIZE))


def _plain(value: Any, budget: Budget) -> Any:
    budget.spend()
    value = convert(value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 34 else float(value)
    if isinstance(value, list):
        return [_plain(item, budget) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key], budget) for key in value}
    return to_string(value)


def python(value: Any) -> Any:
    """
    The nearest Python value: `Decimal` stays, dates and times become those of `datetime` where they fit
    (a years and months duration and years beyond 9999 stay ISO text).
    """
    value = convert(value)
    if isinstance(value, Date | Time | DateTime | DaysDuration | MonthsDuration):
        return temporal.to_python(value)
    if isinstance(value, list):
        return [python(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): python(value[key]) for key in value}
    return value


def as_list(value: Any) -> Sequence[Any]:
    """FEEL's implicit conversion to a list."""
    return value if isinstance(value, list) else [value]
