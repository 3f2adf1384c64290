"""Functions that make one kind of value from another."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.run import Null
from engine.feel.temporal import (
    NANOS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    find_zone,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
    zone_offset_at,
)
from engine.feel.values import kind_of

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


def _parsed(value: Any, text: str) -> Any:
    if value is None:
        raise Null("not-readable", text=text[:40])
    return value


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _wrong(value: Any, expected: str) -> Null:
    return Null("wrong-argument", parameter="from", expected=expected, found=kind_of(value))


def whole(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise Null("not-a-whole-number")
    return int(value)


@builtin("date", "from:any")
def date_from(value: Any) -> Date:
    value = _single(value)
    if isinstance(value, str):
        return _parsed(parse_date(value), value)  # type: ignore[no-any-return]
    if isinstance(value, DateTime):
        return value.date
    if isinstance(value, Date):
        return value
    raise _wrong(value, "string or date and time")


@builtin("date", "year:number", "month:number", "day:number")
def date_of(year: Decimal, month: Decimal, day: Decimal) -> Date:
    try:
        return Date(whole(year), whole(month), whole(day))
    except ValueError:
        raise Null("no-such-day") from None


@builtin("time", "from:any")
def time_from(value: Any) -> Time:
    value = _single(value)
    if isinstance(value, str):
        return _parsed(parse_time(value), value)  # type: ignore[no-any-return]
    if isinstance(value, DateTime):
        return value.time
    if isinstance(value, Time):
        return value
    if isinstance(value, Date):
        return Time(0, 0)
    raise _wrong(value, "string or date and time")


@builtin("time", "hour:number", "minute:number", "second:number", "offset:days duration??")
def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: DaysDuration | None = None) -> Time:
    hours, minutes = whole(hour), whole(minute)
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= second < 60):
        raise Null("no-such-time")
    nanos = (hours * 3600 + minutes * 60) * NANOS + int(second * NANOS)
    try:
        return Time(nanos, None if offset is None else int(Decimal(offset.nanos) / NANOS))
    except ValueError:
        raise Null("no-such-time") from None


@builtin("date and time", "from:any")
def date_and_time_from(value: Any) -> DateTime:
    value = _single(value)
    if isinstance(value, str):
        return _parsed(parse_date_time(value), value)  # type: ignore[no-any-return]
    if isinstance(value, DateTime):
        return value
    if isinstance(value, Date):
        return DateTime(value, Time(0, 0))
    raise _wrong(value, "string or date")


@builtin("date and time", "date:dated", "time:time")
def date_and_time_of(date: Any, time: Time) -> DateTime:
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@builtin("date and time", "date:moment", "timezone:string")
def date_and_time_in(date: DateTime, timezone: str) -> DateTime:
    """The same moment as a clock in that zone shows it."""
    if find_zone(timezone) is None or date.is_local:
        raise Null("not-readable", text=timezone[:40])
    guess = DateTime(date.date, Time(date.time.nanos, None, timezone))
    return guess.at(date.moment + zone_offset_at(timezone, date.moment) * NANOS)


@builtin("duration", "from:any")
def duration_from(value: Any) -> Any:
    value = _single(value)
    if isinstance(value, str):
        return _parsed(parse_duration(value), value)
    if isinstance(value, DaysDuration | MonthsDuration):
        return value
    raise _wrong(value, "string")


@builtin("number", "from:any")
def number_from(value: Any) -> Decimal:
    value = _single(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        return _number(value)
    raise _wrong(value, "string")


@builtin("number", "from:string", "grouping separator:string??", "decimal separator:string??")
def number_grouped(value: str, grouping: str | None = None, decimal: str | None = None) -> Decimal:
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        raise Null("wrong-separator")
    if grouping is not None and grouping == decimal:
        raise Null("wrong-separator")
    if grouping:
        value = value.replace(grouping, "")
    if decimal == ",":
        if "." in value:
            raise Null("not-readable", text=value[:40])
        value = value.replace(",", ".")
    return _number(value)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or len(text) > 200:
        raise Null("not-readable", text=text[:40])
    return Decimal(text)
