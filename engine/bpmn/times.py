"""Which texts are times by themselves: ISO 8601 dates, durations, repetitions, and cron lines."""

from __future__ import annotations

import re
from datetime import datetime

DURATION = re.compile(
    r"-?P(?=.)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?W)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=.)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?",
    re.ASCII,
)
WORKING_DURATION = re.compile(r"P(?P<days>\d{1,5})WD|PT(?P<hours>\d{1,5})WH", re.ASCII)
DATE = re.compile(r"\d{4}-?\d\d-?\d\d(?:T\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
REPEAT = re.compile(r"R(\d*)/(.+)", re.ASCII)
FURTHEST = 1000 * 366
"""Days; nobody waits longer, and the calendar ends with the year 9999."""
_PART = re.compile(r"(\d+(?:[.,]\d+)?)([YMWDHS])", re.ASCII)
_DAYS = {"Y": 366.0, "M": 31.0, "W": 7.0, "D": 1.0}
_HOURS = {"H": 1 / 24, "M": 1 / 1440, "S": 1 / 86400}
CRON = re.compile(r"(?:[\d*?/,LW#A-Za-z-]+\s+){4,6}[\d*?/,LW#A-Za-z-]+", re.ASCII)


def is_literal_time(text: str) -> bool:
    """True when the text is a time without being evaluated."""
    text = text.strip()
    repeat = REPEAT.fullmatch(text)
    if repeat:
        return all(is_literal_time(part) for part in repeat[2].split("/"))
    return bool(DURATION.fullmatch(text) or WORKING_DURATION.fullmatch(text) or DATE.fullmatch(text) or is_cron(text))


def is_in_calendar(text: str) -> bool:
    """
    False when a literal time names a day that does not exist, or reaches further than any calendar here.

    >>> is_in_calendar("P2D"), is_in_calendar("P999999999Y"), is_in_calendar("2026-02-30")
    (True, False, False)
    """
    text = text.strip()
    repeat = REPEAT.fullmatch(text)
    if repeat:
        return all(is_in_calendar(part) for part in repeat[2].split("/"))
    if DURATION.fullmatch(text) or WORKING_DURATION.fullmatch(text):
        days, _, hours = text.partition("T")
        return _length(days, _DAYS) + _length(hours, _HOURS) <= FURTHEST
    if DATE.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
    return True


RETRIES = re.compile(r"R\d+(?:/(?P<every>.+))?|(?P<list>P.+)", re.ASCII)


def is_retry_cycle(text: str) -> bool:
    """
    Whether a text says how often and after which time to try again.

    >>> [is_retry_cycle(text) for text in ("R3/PT10M", "PT1M,PT5M", "R5", "every hour", "R3/P1Y2X")]
    [True, True, True, False, False]
    """
    found = RETRIES.fullmatch(text.replace(" ", ""))
    if found is None:
        return False
    delays = found["every"] or found["list"] or ""
    return all(_is_fixed(each) for each in delays.split(",") if delays)


def _is_fixed(duration: str) -> bool:
    """A duration that is always as long: without years and months."""
    return bool(DURATION.fullmatch(duration)) and not set(duration.partition("T")[0]) & set("YM")


def _length(part: str, units: dict[str, float]) -> float:
    """Days of a part of a duration, at most."""
    return sum(float(number.replace(",", ".")) * units.get(unit, 1.0) for number, unit in _PART.findall(part))


def is_cron(text: str) -> bool:
    """A cron line of five to seven fields (Camunda's begins with seconds)."""
    return bool(CRON.fullmatch(text.strip())) and not text.strip().startswith("${")
