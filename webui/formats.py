"""
How numbers, sizes and moments are said to a reader: in the language, calendar and time zone of that reader.

Pure but for the words, which come from the catalogue of the current request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from babel.dates import format_date as babel_date
from babel.dates import get_day_names
from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape
from persiantools.jdatetime import JalaliDate

_PERSIAN = str.maketrans("0123456789,.%", "۰۱۲۳۴۵۶۷۸۹٬٫٪")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_JALALI_MONTHS = {
    "fa": ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"],
    "ru": [
        "фарвардина",
        "ордибехешта",
        "хордада",
        "тира",
        "мордада",
        "шахривара",
        "мехра",
        "абана",
        "азара",
        "дея",
        "бахмана",
        "эсфанда",
    ],
    "en": [
        "Farvardin",
        "Ordibehesht",
        "Khordad",
        "Tir",
        "Mordad",
        "Shahrivar",
        "Mehr",
        "Aban",
        "Azar",
        "Dey",
        "Bahman",
        "Esfand",
    ],
}
_SOON = timedelta(hours=4)


@dataclass(frozen=True)
class Said:
    """A moment or day as it is read (`text`), for machines (`iso`) and whole (`full`); `state` is of a term: soon, late."""

    text: str
    iso: str
    full: str
    state: str = ""

    def __html__(self) -> str:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(self.iso, self.full, self.text)


@dataclass(frozen=True)
class Reader:
    """For whom things are said, and when it is now."""

    locale: str
    zone: tzinfo
    calendar: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def digits(self, text: str) -> str:
        """*text* with the reader's digits."""
        return text.translate(_PERSIAN_DIGITS) if self.locale == "fa" else text

    def number(self, value: int | float | Decimal) -> str:
        """A figure with the reader's separators and digits: `1 240`, `1,240`, `۱٬۲۴۰`."""
        if self.locale == "fa":
            return format_decimal(value, locale="en").translate(_PERSIAN)
        return format_decimal(value, locale=self.locale)

    def several(self, words: Iterable[str]) -> str:
        """Several words in a row, with the reader's comma."""
        return ("، " if self.locale == "fa" else ", ").join(words)

    def size(self, count: int) -> str:
        """A file size in the unit people expect."""
        if count < 1024:
            return _("%(size)s B", size=self.number(count))
        if count < 1024 * 1024:
            return _("%(size)s KB", size=self.number(round(count / 1024)))
        if count < 1024**3:
            return _("%(size)s MB", size=self.number(round(Decimal(count) / 1024**2, 1)))
        return _("%(size)s GB", size=self.number(round(Decimal(count) / 1024**3, 1)))

    def span(self, length: timedelta) -> str:
        """A length of time in its two largest units: `1 day 3 h`, `2 h 40 min`, `5 min`."""
        minutes = max(int(length.total_seconds() // 60), 0)
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        said_days = ngettext("%(count)s day", "%(count)s days", days, count=self.number(days)) if days else ""
        said_hours = _("%(count)s h", count=self.number(hours)) if hours else ""
        said_minutes = _("%(count)s min", count=self.number(minutes)) if minutes else ""
        parts = [said_days, said_hours] if days else [said_hours, said_minutes]
        parts = [part for part in parts if part]
        if len(parts) == 2:
            return _("%(larger)s %(smaller)s", larger=parts[0], smaller=parts[1])
        return parts[0] if parts else _("under a minute")

    def clock(self, at: datetime) -> str:
        """The time of day: `09:48`."""
        return self.digits(f"{at.astimezone(self.zone):%H:%M}")

    def day(self, day: date) -> str:
        """A day in a text: `23 November`, with the year only when it is another one."""
        if self.calendar == "jalali":
            jalali, now = JalaliDate(day), JalaliDate(self.today)
            month = _JALALI_MONTHS.get(self.locale, _JALALI_MONTHS["en"])[jalali.month - 1]
            year = "" if jalali.year == now.year else f" {jalali.year}"
            return self.digits(f"{jalali.day} {month}{year}")
        pattern = "d MMMM" if day.year == self.today.year else "d MMMM y"
        return self.digits(babel_date(day, pattern, locale=self.locale))

    def short_day(self, day: date) -> str:
        """A day in a table: `24.11.2026`, `24 Nov 2026`, `۱۴۰۵/۰۹/۰۳`."""
        if self.calendar == "jalali":
            return self.digits(f"{JalaliDate(day):%Y/%m/%d}")
        if self.locale == "fa":
            return self.digits(f"{day:%Y/%m/%d}")
        return f"{day:%d.%m.%Y}" if self.locale == "ru" else f"{day.day} {day:%b %Y}"

    def long_day(self, day: date) -> str:
        """A day with its weekday and year, for the head of a page."""
        if self.calendar == "jalali":
            jalali = JalaliDate(day)
            month = _JALALI_MONTHS.get(self.locale, _JALALI_MONTHS["en"])[jalali.month - 1]
            comma = "،" if self.locale == "fa" else ","
            return self.digits(f"{self._weekday(day)}{comma} {jalali.day} {month} {jalali.year}")
        if self.locale == "en":
            return f"{self._weekday(day)}, {day.day} {day:%B %Y}"
        said = self.digits(babel_date(day, "EEEE, d MMMM y", locale=self.locale))
        return said[:1].upper() + said[1:]

    def moment(self, at: datetime | None) -> Said | None:
        """When something happened: by the clock today, by name within a week, else by date."""
        if at is None:
            return None
        local = at.astimezone(self.zone)
        words = _("%(day)s, %(time)s", day=self._near(local.date()), time=self.clock(at))
        return Said(words, at.astimezone(UTC).isoformat(), self.full(at))

    def short(self, at: datetime | None) -> Said | None:
        """When something happened, in a table: `24.11 14:00`."""
        if at is None:
            return None
        local = at.astimezone(self.zone)
        same_year = local.year == self.today.year
        if self.calendar == "jalali" or self.locale == "fa":
            day = self.short_day(local.date())
        elif self.locale == "ru":
            day = f"{local:%d.%m}" if same_year else f"{local:%d.%m.%Y}"
        else:
            day = f"{local.day} {local:%b}" if same_year else f"{local.day} {local:%b %Y}"
        return Said(f"{day} {self.clock(at)}", at.astimezone(UTC).isoformat(), self.full(at))

    def date(self, day: date | None) -> Said | None:
        """A calendar day without a time."""
        if day is None:
            return None
        return Said(self.day(day), day.isoformat(), self.short_day(day))

    def stamp(self, at: datetime) -> str:
        """A moment inside a sentence: the day and the time of day."""
        return f"{self.short_day(at.astimezone(self.zone).date())} {self.clock(at)}"

    def term(self, due: datetime | None, *, done: bool = False) -> Said | None:
        """By when something must be done; `late` and `soon` as of now. A finished thing is neither."""
        if due is None:
            return None
        words, state = self._term(due) if not done else (self.day(due.astimezone(self.zone).date()), "")
        return Said(words, due.astimezone(UTC).isoformat(), self.full(due), state)

    def full(self, at: datetime) -> str:
        """The whole stamp with its zone, for `title`."""
        local = at.astimezone(self.zone)
        return f"{self.short_day(local.date())} {self.digits(f'{local:%H:%M:%S}')} ({self.zone})"

    def _term(self, due: datetime) -> tuple[str, str]:
        left = due - self.now
        if left <= timedelta(0):
            return _("%(span)s ago", span=self.span(-left)), "late"
        local = due.astimezone(self.zone)
        whole_day = local.time() in (time(0), time(23, 59), time(23, 59, 59))
        day = (local - timedelta(seconds=1)).date() if local.time() == time(0) else local.date()
        state = "soon" if left < _SOON else ""
        if day == self.today:
            if whole_day:
                return _("by the end of today"), state
            return _("by %(time)s · %(span)s left", time=self.clock(due), span=self.span(left)), state
        if day == self.today + timedelta(days=1):
            return (_("tomorrow") if whole_day else _("tomorrow by %(time)s", time=self.clock(due))), state
        return _("by %(day)s", day=self.day(day)), state

    def _near(self, day: date) -> str:
        distance = (day - self.today).days
        near = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}.get(distance)
        if near:
            return near
        return self._weekday(day) if abs(distance) < 7 else self.day(day)

    def _weekday(self, day: date) -> str:
        return str(get_day_names("wide", "stand-alone", self.locale)[day.weekday()])


def initials(name: str) -> str:
    """Two letters for a round mark: `Марина Ковалёва` → `МК`."""
    words = [word for word in name.replace(".", " ").split() if word[:1].isalpha()]
    return "".join(word[0].upper() for word in words[:2])


def short_name(name: str) -> str:
    """A full Russian name as tables say it: `Ковалёва Марина Сергеевна` → `Ковалёва М. С.`; others stay as they are."""
    words = name.split()
    if len(words) == 3 and all("\u0400" <= word[0] <= "\u04ff" and word[0].isupper() for word in words):
        return f"{words[0]}\u00a0{words[1][0]}.\u00a0{words[2][0]}."
    return name


def lines(text: str) -> Markup:
    """Plain text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())
