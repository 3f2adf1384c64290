"""
The organisation's working time: which days and hours count, and when so many of them have passed. Pure.

Days off are the weekend and the public holidays of a country, as the `holidays` package knows them (with the days that are
moved); the hours are the same every day. A working day ends when the office closes, on the wall clock of its zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays

MAX_DAYS = 10_000
"""Nobody waits longer; a count beyond it is a mistake."""
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class WorkingTime:
    """From `opens` to `closes` o'clock on each working day of `country`, in `zone`."""

    zone: tzinfo
    country: str = "RU"
    opens: int = 9
    closes: int = 18

    def is_working_day(self, day: date) -> bool:
        """Neither weekend nor holiday, or a weekend's day that is worked instead of another one."""
        return bool(_calendar(self.country).is_working_day(day))

    def add_days(self, start: datetime, days: int) -> datetime:
        """
        The moment *days* working days after *start*, at the same hour of the clock while the office is open, else when it
        opens or closes. The day of the start does not count.
        """
        local = start.astimezone(self.zone)
        day = local.date()
        left = _counted(days)
        while left or not self.is_working_day(day):
            day += _ONE
            if self.is_working_day(day) and left:
                left -= 1
        at = min(max(local.timetz().replace(tzinfo=None), self._opening()), self._closing())
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def add_hours(self, start: datetime, hours: int) -> datetime:
        """The moment when the office has been open for *hours* after *start*."""
        left = timedelta(hours=_counted(hours))
        at = start.astimezone(UTC)
        for _ in range(MAX_DAYS):
            opens, closes = self._open_on(at.astimezone(self.zone).date())
            begin = max(at, opens)
            if opens < closes and begin + left <= closes:
                return begin + left
            left -= max(closes - begin, timedelta())
            following = at.astimezone(self.zone).date() + _ONE
            at = datetime.combine(following, time(), self.zone).astimezone(UTC)
        raise OverflowError("too many working hours")

    def _open_on(self, day: date) -> tuple[datetime, datetime]:
        """When the office opens and closes on a day, really passed time apart; twice the same moment on a day off."""
        opens = datetime.combine(day, self._opening(), self.zone).astimezone(UTC)
        if not self.is_working_day(day):
            return opens, opens
        return opens, datetime.combine(day, self._closing(), self.zone).astimezone(UTC)

    def _opening(self) -> time:
        return time(self.opens) if self.opens < self.closes else time()

    def _closing(self) -> time:
        return time(self.closes) if self.opens < self.closes < 24 else time(23, 59, 59)


def _counted(number: int) -> int:
    whole = int(number)
    if whole < 0 or whole != number or whole > MAX_DAYS:
        raise ValueError(f"{number} is no number of working days or hours")
    return whole


def _calendar(country: str) -> holidays.HolidayBase:
    """The library (10 MB) is loaded by the first who counts; it fills a year when it is asked for it, and keeps it."""
    import holidays

    return _CALENDARS.setdefault(country, holidays.country_holidays(country))


_CALENDARS: dict[str, holidays.HolidayBase] = {}


@cache
def countries() -> tuple[str, ...]:
    """Countries whose holidays are known, by their two letters."""
    import holidays

    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))
