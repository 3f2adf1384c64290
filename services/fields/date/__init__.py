"""A day (not a moment): `01.12.2026`, `2026-12-01`, `вчера`, `۱۴۰۵/۰۹/۰۱`; kept as ISO text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from marshmallow import fields as marshmallow_fields
from persiantools.jdatetime import JalaliDate

from services.fields.digits import dressed_digits, latin_digits
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, Manner, plain_text

_jalali: Any = JalaliDate  # persiantools is partly typed
_WORDS = {
    "сегодня": 0, "вчера": -1, "позавчера": -2, "завтра": 1, "послезавтра": 2,
    "today": 0, "yesterday": -1, "tomorrow": 1,
    "امروز": 0, "دیروز": -1, "پریروز": -2, "فردا": 1, "پس فردا": 2, "پس\u200cفردا": 2,
}  # fmt: skip
_PARTS = re.compile(r"(\d{1,4})[./\-\s]+(\d{1,2})(?:[./\-\s]+(\d{1,4}))?\.?\Z")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4})\Z")


class Date(FieldType):
    """A day; a year from 1300 to 1499 is Jalali, whoever types it."""

    name = "date"
    asks = "day"
    component = "jalalidate"
    _column = "day"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if not text:
            return None
        day = read_date(text, around.manner)
        day_within(day, spec, around.manner)
        return day.isoformat()

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(_is_iso, "not-a-date")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return "" if value is None else show_date(date.fromisoformat(value), around.manner)

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(day=None if value is None else date.fromisoformat(value))

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"calendar": around.manner.calendar}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> date | None:
        return None if value is None else date.fromisoformat(value)


def day_within(day: date, spec: FieldSpec, manner: Manner) -> None:
    """Raise FieldError when *day* is before the field's first day or after its last; `today` means the typing day."""
    first, last = _limit(spec.least, manner), _limit(spec.most, manner)
    if first is not None and day < first:
        raise FieldError("day-too-early", day=show_date(first, manner))
    if last is not None and day > last:
        raise FieldError("day-too-late", day=show_date(last, manner))


def _limit(said: Any, manner: Manner) -> date | None:
    if said is None:
        return None
    return manner.today if said == "today" else date.fromisoformat(str(said))


def is_day_limit(said: Any) -> bool:
    """Whether a card type file may say this as a date's `min` or `max`."""
    return said == "today" or _is_iso(str(said))


def read_date(text: str, manner: Manner) -> date:
    """The day a person typed; a day and a month alone mean the current year. Raises FieldError."""
    plain = latin_digits(text).strip().casefold()
    if plain in _WORDS:
        return manner.today + timedelta(days=_WORDS[plain])
    found = _PARTS.match(plain) or _COMPACT.match(plain)
    if not found:
        raise FieldError("not-a-date", value=text)
    try:
        return _day(found.group(1), found.group(2), found.group(3), manner)
    except ValueError:
        raise FieldError("no-such-day", value=text) from None


def _day(first: str, second: str, third: str | None, manner: Manner) -> date:
    if third is None:
        year, month, day = _this_year(manner), int(second), int(first)
        if manner.calendar == "jalali":  # written from the larger to the smaller: month/day
            month, day = int(first), int(second)
    elif len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        year, month, day = _whole_year(third, manner), int(second), int(first)
    if 1300 <= year < 1500:
        gregorian: date = _jalali(year, month, day).to_gregorian()
        return gregorian
    if not 1800 <= year <= 2200:
        raise FieldError("year-out-of-range", year=year)
    return date(year, month, day)


def _this_year(manner: Manner) -> int:
    return int(_jalali(manner.today).year) if manner.calendar == "jalali" else manner.today.year


def _whole_year(text: str, manner: Manner) -> int:
    if len(text) != 2:
        return int(text)
    return (1400 if manner.calendar == "jalali" else 2000) + int(text)


def show_date(day: date, manner: Manner) -> str:
    """The day in the reader's calendar and digits: 01.12.2026, 1 Dec 2026, ۱۴۰۵/۰۹/۱۰."""
    return _shown(day, manner.calendar, manner.locale)


@lru_cache(maxsize=4096)  # an office's days are few, and a list shows a hundred of them
def _shown(day: date, calendar: str, locale: str) -> str:
    if calendar == "jalali":
        jalali = _jalali(day)
        return dressed_digits(f"{jalali.year:04}/{jalali.month:02}/{jalali.day:02}", locale)
    if locale == "ru":
        return day.strftime("%d.%m.%Y")
    if locale == "fa":
        return dressed_digits(f"{day.year:04}/{day.month:02}/{day.day:02}", "fa")
    return str(format_date(day, "d MMM y", locale=locale))


def _is_iso(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
