"""Cron lines, as Camunda reads them: seconds minutes hours day-of-month month day-of-week [year]; five fields begin with
minutes."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta

_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
YEARS_AHEAD = 30


def after(line: str, moment: datetime) -> datetime:
    """The first moment later than `moment` that the line means; in the moment's zone."""
    fields = line.split()
    quartz = len(fields) > 5
    if not quartz:
        fields = ["0", *fields]
    seconds = _values(fields[0], 0, 59)
    minutes = _values(fields[1], 0, 59)
    hours = _values(fields[2], 0, 23)
    months = _values(fields[4], 1, 12, MONTHS)
    years = _values(fields[6], moment.year, moment.year + YEARS_AHEAD) if len(fields) > 6 else None
    day = moment.date()
    clock = moment.replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)
    for _ in range(366 * YEARS_AHEAD):
        fits = day.month in months and (years is None or day.year in years)
        if fits and day.day in _days(fields[3], fields[5], day.year, day.month, quartz):
            for hour in hours:
                for minute in minutes:
                    for second in seconds:
                        found = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001
                        if found >= clock:
                            return found.replace(tzinfo=moment.tzinfo)
        day += timedelta(days=1)
    raise ValueError(f"the cron line {line!r} has no moment in the next {YEARS_AHEAD} years")


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> list[int]:
    found: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(end, names) for end in span.split("-", 1))
        else:
            first = _number(span, names)
            last = high if step else first
        if not (low <= first <= high and low <= last <= high) or (step and int(step) < 1):
            raise ValueError(f"{part!r} is out of range")
        found.update(range(first, last + 1, int(step or 1)))
    return sorted(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _days(of_month: str, of_week: str, year: int, month: int, quartz: bool) -> set[int]:
    """Days of this month that both day fields allow (`?` says nothing; in plain cron either of two is enough)."""
    length = calendar.monthrange(year, month)[1]
    everything = set(range(1, length + 1))
    by_month = None if of_month in ("*", "?") else _by_month(of_month.upper(), year, month, length)
    by_week = None if of_week in ("*", "?") else _by_week(of_week.upper(), year, month, length, quartz)
    if by_month is not None and by_week is not None:
        return by_month & by_week if quartz else by_month | by_week
    if by_month is not None:
        return by_month
    return everything if by_week is None else by_week


def _by_month(field: str, year: int, month: int, length: int) -> set[int]:
    if field == "L":
        return {length}
    if field == "LW":
        return {_nearest_working_day(year, month, length, length)}
    if field.endswith("W"):
        return {_nearest_working_day(year, month, int(field[:-1]), length)}
    return set(_values(field, 1, 31))


def _nearest_working_day(year: int, month: int, day: int, length: int) -> int:
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < length else day - 2
    return day


def _by_week(field: str, year: int, month: int, length: int, quartz: bool) -> set[int]:
    """Quartz counts Sunday as 1, plain cron as 0 or 7."""
    if "#" in field:
        name, _, which = field.partition("#")
        days = _weekdays(_weekday(name, quartz), year, month, length)
        return {days[int(which) - 1]} if len(days) >= int(which) else set()
    if field.endswith("L") and len(field) > 1:
        return {_weekdays(_weekday(field[:-1], quartz), year, month, length)[-1]}
    if quartz:
        wanted = {number - 1 for number in _values(field, 1, 7, DAYS)}
    else:
        wanted = {number % 7 for number in _values(field, 0, 7, {name: number - 1 for name, number in DAYS.items()})}
    return {day for day in range(1, length + 1) if (calendar.weekday(year, month, day) + 1) % 7 in wanted}


def _weekday(name: str, quartz: bool) -> int:
    """0 is Sunday."""
    if name in DAYS:
        return DAYS[name] - 1
    return int(name) - 1 if quartz else int(name) % 7


def _weekdays(weekday: int, year: int, month: int, length: int) -> list[int]:
    return [day for day in range(1, length + 1) if (calendar.weekday(year, month, day) + 1) % 7 == weekday]
