"""Functions on dates and times."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.run import Null, Run
from engine.feel.temporal import Date, DateTime, MonthsDuration, days_from_civil, days_in_month, from_python

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@builtin("now", with_run=True)
def now(run: Run) -> Any:
    return from_python(run.now)


@builtin("today", with_run=True)
def today(run: Run) -> Any:
    moment = run.now
    return Date(moment.year, moment.month, moment.day)


def _day(value: Any) -> Date:
    if isinstance(value, DateTime):
        return value.date
    if isinstance(value, Date):
        return value
    raise Null("wrong-argument", parameter="date", expected="date", found="null")


@builtin("day of year", "date:dated")
def day_of_year(date: Any) -> Decimal:
    day = _day(date)
    return Decimal(day.days - days_from_civil(day.year, 1, 1) + 1)


@builtin("day of week", "date:dated")
def day_of_week(date: Any) -> str:
    return _DAYS[_day(date).weekday - 1]


@builtin("month of year", "date:dated")
def month_of_year(date: Any) -> str:
    return _MONTHS[_day(date).month - 1]


@builtin("week of year", "date:dated")
def week_of_year(date: Any) -> Decimal:
    """The ISO 8601 week: the one that holds the Thursday."""
    day = _day(date)
    thursday = Date.from_days(day.days + 4 - day.weekday)
    return Decimal((thursday.days - days_from_civil(thursday.year, 1, 1)) // 7 + 1)


@builtin("last day of month", "date:dated")
def last_day_of_month(date: Any) -> Date:
    day = _day(date)
    return Date(day.year, day.month, days_in_month(day.year, day.month))


@builtin("years and months duration", "from:dated", "to:dated")
def years_and_months_duration(start: Any, end: Any) -> MonthsDuration:
    """Whole months between two days; of moments only the days count."""
    first, last = _day(start), _day(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return MonthsDuration(months)
