"""
Terms: `P10D`, `PT4H`, `P1W` → the moment something is due, with the words it came from. Pure.

A term in days ends at the end of its last day in the organisation's zone (a date is not a moment); a term in hours or
minutes is counted from the moment itself. Working days and hours (`P5WD`, `PT8WH`) are refused until a working calendar
is kept.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from engine.errors import Invalid

_TERM = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,3})M)?(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?)?"
)
_WORKING = re.compile(r"P(?:\d+WD)?(?:T(?:\d+WH)?(?:\d+WM)?)?")


@dataclass(frozen=True)
class Term:
    """A length of time as it was written in `words`."""

    words: str
    months: int = 0
    days: int = 0
    time: timedelta = timedelta()


@dataclass(frozen=True)
class Due:
    """When something is due: `day` in the organisation's zone, `at` as a moment, and the words it came from."""

    day: date
    at: datetime
    words: str


def read_term(words: str) -> Term:
    """Read an ISO 8601 duration; Invalid("term-bad") or ("term-needs-calendar") when it cannot be."""
    text = words.strip().upper()
    found = _TERM.fullmatch(text)
    if found is None or not any(found.groups()) or text.endswith("T"):
        working = _WORKING.fullmatch(text) and "W" in text
        raise Invalid("term-needs-calendar" if working else "term-bad", words=words)
    part = {name: int(value or 0) for name, value in found.groupdict().items()}
    return Term(
        words=words.strip(),
        months=part["years"] * 12 + part["months"],
        days=part["weeks"] * 7 + part["days"],
        time=timedelta(hours=part["hours"], minutes=part["minutes"]),
    )


def due(term: Term, start: datetime, zone: tzinfo) -> Due:
    """When *term* that begins at *start* ends."""
    local = start.astimezone(zone)
    if term.time:
        moment = datetime.combine(_later(local.date(), term), local.timetz().replace(tzinfo=None), zone)
        at = moment.astimezone(UTC) + term.time
        return Due(at.astimezone(zone).date(), at, term.words)
    return due_on(_later(local.date(), term), zone, term.words)


def due_on(day: date, zone: tzinfo, words: str = "") -> Due:
    """Due on *day*: at its last minute in the zone."""
    at = datetime.combine(day, time(23, 59), zone).astimezone(UTC)
    return Due(day, at, words or day.isoformat())


def share_passed(start: datetime, at: datetime, now: datetime) -> int:
    """How many hundredths of the time from *start* to *at* have passed; over 100 when it is late."""
    whole = (at - start).total_seconds()
    return 100 if whole <= 0 else max(0, int((now - start).total_seconds() * 100 / whole))


def _later(day: date, term: Term) -> date:
    month = day.month - 1 + term.months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])) + timedelta(days=term.days)
