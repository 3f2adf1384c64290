"""
Dates, times and durations as FEEL knows them.

Python's own types stop at year 9999 and at microseconds, and cannot hold a time in a named zone without a date;
FEEL needs years to ±999,999,999 and nanoseconds. Values never change.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

NANOS: Final = 1_000_000_000
DAY: Final = 86_400 * NANOS
MAX_YEAR: Final = 999_999_999
MAX_OFFSET: Final = 18 * 3600

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z][\w+\-/]*))?", re.ASCII
)
_DAYS_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII)
_MONTHS_DURATION = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, for any year."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """The reverse of `days_from_civil`."""
    era, day_of_era = divmod(days + 719468, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


class Frozen:
    """A small value: equal and hashed by its slots, never changed."""

    __slots__: tuple[str, ...] = ()

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, slot) for slot in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Date(Frozen):
    """A day of the calendar."""

    __slots__ = ("day", "month", "year")

    def __init__(self, year: int, month: int, day: int) -> None:
        if not (-MAX_YEAR <= year <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
            raise ValueError("no such day")
        self.year = year
        self.month = month
        self.day = day

    @classmethod
    def from_days(cls, days: int) -> Date:
        return cls(*civil_from_days(days))

    @property
    def days(self) -> int:
        return days_from_civil(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """Monday is 1, Sunday is 7."""
        return (self.days + 3) % 7 + 1

    @property
    def moment(self) -> int:
        """Midnight UTC of that day, in nanoseconds since 1970: how FEEL compares a date with a date and time."""
        return self.days * DAY

    def plus_months(self, months: int) -> Date:
        """The same day some months later, or the last day of that month."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


class Time(Frozen):
    """A time of day: nanoseconds since midnight; `offset` in seconds or a named `zone` or neither (local time)."""

    __slots__ = ("nanos", "offset", "zone")

    def __init__(self, nanos: int, offset: int | None = None, zone: str | None = None) -> None:
        if not 0 <= nanos < DAY or (offset is not None and abs(offset) > MAX_OFFSET):
            raise ValueError("no such time")
        self.nanos = nanos
        self.offset = offset
        self.zone = zone

    @property
    def is_local(self) -> bool:
        return self.offset is None and self.zone is None

    @property
    def standard_offset(self) -> int | None:
        """The offset in seconds; that of a named zone is its winter (standard) one, for no date is known."""
        return zone_standard_offset(self.zone) if self.zone is not None else self.offset

    @property
    def hour(self) -> int:
        return self.nanos // (3600 * NANOS)

    @property
    def minute(self) -> int:
        return self.nanos // (60 * NANOS) % 60

    @property
    def second(self) -> Decimal:
        return nanos_to_seconds(self.nanos % (60 * NANOS))

    @property
    def moment(self) -> int:
        """Nanoseconds since midnight UTC: the order of times in different zones."""
        return self.nanos - (self.standard_offset or 0) * NANOS

    def __str__(self) -> str:
        return _clock_text(self.nanos) + _zone_text(self.offset, self.zone)


class DateTime(Frozen):
    """A day and a time of day; without offset and zone it is local to whoever reads it."""

    __slots__ = ("date", "time")

    def __init__(self, date: Date, time: Time) -> None:
        self.date = date
        self.time = time

    @property
    def is_local(self) -> bool:
        return self.time.is_local

    @property
    def local_nanos(self) -> int:
        return self.date.days * DAY + self.time.nanos

    @property
    def offset(self) -> int | None:
        """Seconds ahead of UTC at that moment; None for a local one."""
        if self.time.zone is not None:
            return zone_offset(self.time.zone, self.date, self.time.nanos)
        return self.time.offset

    @property
    def moment(self) -> int:
        """Nanoseconds since 1970 UTC (a local moment is taken as UTC)."""
        return self.local_nanos - (self.offset or 0) * NANOS

    def at(self, local_nanos: int) -> DateTime:
        """The same zone, another local moment."""
        days, nanos = divmod(local_nanos, DAY)
        return DateTime(Date.from_days(days), Time(nanos, self.time.offset, self.time.zone))

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


class DaysDuration(Frozen):
    """A days and time duration, in nanoseconds."""

    __slots__ = ("nanos",)

    def __init__(self, nanos: int) -> None:
        self.nanos = nanos

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, 3600 * NANOS)
        minutes, rest = divmod(rest, 60 * NANOS)
        clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
        clock += f"{_seconds_text(rest)}S" if rest else ""
        if not days and not clock:
            return "PT0S"
        return f"{'-' if self.nanos < 0 else ''}P{f'{days}D' if days else ''}{'T' + clock if clock else ''}"


class MonthsDuration(Frozen):
    """A years and months duration, in months."""

    __slots__ = ("months",)

    def __init__(self, months: int) -> None:
        self.months = months

    def __str__(self) -> str:
        if not self.months:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        text = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M")) if n)
        return f"{'-' if self.months < 0 else ''}P{text}"


Temporal = Date | Time | DateTime | DaysDuration | MonthsDuration


# text to value ---------------------------------------------------------------------------------------------------


def parse_date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return Date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def parse_time(text: str) -> Time | None:
    parsed = _parse_clock(text)
    if parsed is None or parsed[0] > DAY:
        return None
    nanos, offset, zone = parsed
    return Time(nanos % DAY, offset, zone)


def parse_date_time(text: str) -> DateTime | None:
    """`2026-11-22T10:00:00`, with offset or `@Zone/Name`; a date alone is its midnight; 24:00:00 is the next day's."""
    day_text, separator, clock = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not separator:
        return DateTime(day, Time(0))
    parsed = _parse_clock(clock)
    if parsed is None:
        return None
    nanos, offset, zone = parsed
    try:
        if nanos == DAY:
            day = Date.from_days(day.days + 1)
        return DateTime(day, Time(nanos % DAY, offset, zone))
    except ValueError:
        return None


def parse_duration(text: str) -> DaysDuration | MonthsDuration | None:
    found = _DAYS_DURATION.fullmatch(text)
    if found and text[-1] not in "PT":
        sign, days, hours, minutes, seconds, fraction = found.groups()
        if max(len(part) for part in (days or "", hours or "", minutes or "", seconds or "")) > 18:
            return None
        total = ((int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
        nanos = total * NANOS + _fraction_nanos(fraction)
        return DaysDuration(-nanos if sign else nanos)
    found = _MONTHS_DURATION.fullmatch(text)
    if found and text[-1] != "P" and len(text) < 40:
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return MonthsDuration(-months if found[1] else months)
    return None


def parse_any(text: str) -> Temporal | None:
    """What `@"…"` means: the first of date, date and time, time, duration that fits."""
    return (
        parse_date(text)
        or (parse_date_time(text) if "T" in text[4:] and text[:1] not in "P" else None)
        or (parse_time(text) or parse_duration(text))
    )


def _parse_clock(text: str) -> tuple[int, int | None, str | None] | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second, fraction, utc, sign, off_hour, off_minute, off_second, zone = found.groups()
    nanos = (int(hour) * 3600 + int(minute) * 60 + int(second)) * NANOS + _fraction_nanos(fraction)
    if int(minute) > 59 or int(second) > 59 or nanos > DAY:
        return None
    if zone is not None:
        return (nanos, None, zone) if find_zone(zone) is not None else None
    if utc:
        return nanos, 0, None
    if not sign:
        return nanos, None, None
    if int(off_minute) > 59 or int(off_second or 0) > 59:
        return None
    offset = int(off_hour) * 3600 + int(off_minute) * 60 + int(off_second or 0)
    return (nanos, -offset if sign == "-" else offset, None) if offset <= MAX_OFFSET else None


def _fraction_nanos(digits: str | None) -> int:
    return int((digits or "0")[:9].ljust(9, "0"))


# value to text ---------------------------------------------------------------------------------------------------


def nanos_to_seconds(nanos: int) -> Decimal:
    whole, rest = divmod(nanos, NANOS)
    return Decimal(whole) if not rest else (Decimal(nanos).scaleb(-9)).normalize()


def _seconds_text(nanos: int) -> str:
    whole, rest = divmod(nanos, NANOS)
    return f"{whole}.{rest:09d}".rstrip("0") if rest else str(whole)


def _clock_text(nanos: int) -> str:
    seconds, rest = divmod(nanos, NANOS)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:09d}".rstrip("0") if rest else text


def _zone_text(offset: int | None, zone: str | None) -> str:
    if zone is not None:
        return f"@{zone}"
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    seconds = f":{rest % 60:02d}" if rest % 60 else ""
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{rest // 60:02d}{seconds}"


# zones -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # unknown, a folder, or no name at all
        return None


def zone_offset(name: str, day: Date, nanos: int) -> int:
    """Seconds ahead of UTC when the clock of the zone shows that day and time."""
    return _seconds(_python_moment(day, nanos, find_zone(name) or UTC).utcoffset())


def zone_offset_at(name: str, moment: int) -> int:
    """Seconds ahead of UTC at a moment in nanoseconds since 1970."""
    days, nanos = divmod(moment, DAY)
    return _seconds(_python_moment(Date.from_days(days), nanos, UTC).astimezone(find_zone(name) or UTC).utcoffset())


def _python_moment(day: Date, nanos: int, zone: tzinfo) -> datetime:
    """Years Python cannot hold use the rules of the nearest it can, 400 years being a round of the calendar."""
    year = day.year
    if not 2 <= year <= 9990:
        year = 1600 + year % 400 if year < 2 else 9600 + year % 390
    month_day = min(day.day, days_in_month(year, day.month))
    seconds = nanos // NANOS
    return datetime(year, day.month, month_day, seconds // 3600, seconds // 60 % 60, seconds % 60, tzinfo=zone)


@lru_cache(maxsize=512)
def zone_standard_offset(name: str) -> int:
    zone = find_zone(name)
    moment = datetime(2020, 1, 1, tzinfo=zone or UTC)
    return _seconds(moment.utcoffset()) - _seconds(moment.dst())


def _seconds(delta: timedelta | None) -> int:
    return int(delta.total_seconds()) if delta is not None else 0


# Python's types --------------------------------------------------------------------------------------------------


def from_python(value: date | time | datetime | timedelta) -> Temporal:
    """The FEEL value of one of Python's."""
    if isinstance(value, datetime):
        return DateTime(Date(value.year, value.month, value.day), _time_from_python(value.timetz(), value))
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, time):
        return _time_from_python(value, None)
    return DaysDuration((value.days * 86400 + value.seconds) * NANOS + value.microseconds * 1000)


def _time_from_python(value: time, moment: datetime | None) -> Time:
    nanos = (value.hour * 3600 + value.minute * 60 + value.second) * NANOS + value.microsecond * 1000
    zone = value.tzinfo
    if zone is None:
        return Time(nanos)
    name = getattr(zone, "key", None)
    if name is not None and name != "UTC" and find_zone(name) is not None:
        return Time(nanos, None, name)
    return Time(nanos, _seconds(moment.utcoffset() if moment is not None else value.utcoffset()))


def to_python(value: Temporal) -> date | time | datetime | timedelta | str:
    """Python's type where it can hold the value (months cannot be a timedelta: ISO text then)."""
    try:
        if isinstance(value, DaysDuration):
            return timedelta(microseconds=value.nanos // 1000)
        if isinstance(value, Date):
            return date(value.year, value.month, value.day)
        if isinstance(value, DateTime):
            day, clock = value.date, _python_time(value.time)
            return datetime.combine(date(day.year, day.month, day.day), clock, clock.tzinfo)
        return _python_time(value) if isinstance(value, Time) else str(value)
    except (ValueError, OverflowError):
        return str(value)


def _python_time(value: Time) -> time:
    seconds, rest = divmod(value.nanos, NANOS)
    zone: tzinfo | None = None
    if value.zone is not None:
        zone = find_zone(value.zone)
    elif value.offset is not None:
        zone = UTC if value.offset == 0 else timezone(timedelta(seconds=value.offset))
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, tzinfo=zone)


def scale_nanos(nanos: Decimal) -> int:
    return int(nanos.to_integral_value(rounding=ROUND_HALF_EVEN))
