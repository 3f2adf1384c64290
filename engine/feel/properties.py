"""Properties of values that are not contexts: `date.year`, `duration.hours`, `range.start`. Nothing else has any."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel.run import Null
from engine.feel.temporal import DAY, NANOS, Date, DateTime, DaysDuration, MonthsDuration, Time, nanos_to_seconds
from engine.feel.values import Range, kind_of


def _offset(seconds: int | None) -> DaysDuration | None:
    return None if seconds is None else DaysDuration(seconds * NANOS)


def _signed(value: int, unit: int, modulus: int | None) -> Decimal:
    """The part of a duration: all its parts carry its sign."""
    whole = abs(value) // unit
    part = whole % modulus if modulus else whole
    return Decimal(-part if value < 0 else part)


def _seconds(value: int) -> Decimal:
    part = nanos_to_seconds(abs(value) % (60 * NANOS))
    return -part if value < 0 and part else part


_DATE: Final[dict[str, Callable[[Date], Any]]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(d.weekday),
}

_CLOCK: Final[dict[str, Callable[[Time], Any]]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: t.second,
    "timezone": lambda t: t.zone,
}


def _of_date(read: Callable[[Date], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: read(moment.date)


def _of_time(read: Callable[[Time], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: read(moment.time)


PROPERTIES: Final[dict[type, dict[str, Callable[[Any], Any]]]] = {
    Date: {
        **_DATE,
        "hour": lambda d: Decimal(0),
        "minute": lambda d: Decimal(0),
        "second": lambda d: Decimal(0),
        "time offset": lambda d: DaysDuration(0),
        "timezone": lambda d: None,
    },
    Time: {**_CLOCK, "time offset": lambda t: _offset(t.standard_offset)},
    DateTime: {
        **{name: _of_date(read) for name, read in _DATE.items()},
        **{name: _of_time(read) for name, read in _CLOCK.items()},
        "time offset": lambda m: _offset(m.offset),
        "date": lambda m: m.date,
        "time": lambda m: m.time,
    },
    DaysDuration: {
        "days": lambda d: _signed(d.nanos, DAY, None),
        "hours": lambda d: _signed(d.nanos, 3600 * NANOS, 24),
        "minutes": lambda d: _signed(d.nanos, 60 * NANOS, 60),
        "seconds": lambda d: _seconds(d.nanos),
    },
    MonthsDuration: {
        "years": lambda d: _signed(d.months, 12, None),
        "months": lambda d: _signed(d.months, 1, 12),
    },
    Range: {
        "start": lambda r: r.low,
        "end": lambda r: r.high,
        "start included": lambda r: r.low_included,
        "end included": lambda r: r.high_included,
    },
}


def property_of(value: Any, name: str) -> Any:
    """Raises `Null` for what has no such property."""
    read = PROPERTIES.get(type(value), {}).get(name)
    if read is None:
        raise Null("no-such-property", name=name, kind=kind_of(value))
    return read(value)
