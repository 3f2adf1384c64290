"""A day with its time: `24.11.2026 14:30`, `۱۴۰۵/۰۹/۰۳ ۱۴:۳۰`; typed in the person's zone, kept in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.date import day_within, read_date, show_date
from services.fields.digits import dressed_digits, latin_digits
from services.fields.face import (
    Around,
    FieldError,
    FieldSpec,
    FieldType,
    IndexForm,
    Kept,
    Manner,
    feel_text,
    plain_text,
)

_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE)
_TIME = re.compile(r"(?P<day>.*?)[\s,،tT]*(?P<hour>\d{1,2})[:٫](?P<minute>\d\d)(:\d\d)?\Z", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(FieldType):
    """Kept as `2026-11-24T11:30:00Z`. Compared and sorted by the second, whatever zone it was typed in."""

    name = "moment"
    asks = "moment"
    component = "moment"
    _column = "number"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if not text:
            return None
        at = read_moment(text, around.manner)
        day_within(at.astimezone(around.manner.zone).date(), spec, around.manner)
        return kept(at)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(_is_kept, "not-a-moment")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return "" if value is None else show_moment(moment_of(value), around.manner)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """The day and the time in the person's zone, as the form's component takes them: `2026-11-24T14:30`."""
        return None if value is None else f"{moment_of(value).astimezone(around.manner.zone):%Y-%m-%dT%H:%M}"

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(number=None if value is None else _seconds(moment_of(value)))

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"calendar": around.manner.calendar, "zone": str(around.manner.zone)}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        """`date` and `time` apart, too."""
        if value is None:
            return {"$text": "", "date": "", "time": ""}
        local = moment_of(value).astimezone(around.manner.zone)
        day, clock = show_date(local.date(), around.manner), _clock(local, around.manner)
        return {"$text": f"{day} {clock}", "date": day, "time": clock}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> datetime | None:
        return None if value is None else moment_of(value).astimezone(around.manner.zone)

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> str | None:
        if value is None:
            return None
        text = feel_text(value).partition("@")[0]  # the zone's name stands after its offset
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise FieldError("not-a-moment", value=text[:100]) from None
        return kept(at if at.tzinfo else _placed(at, around.manner))


def read_moment(text: str, manner: Manner) -> datetime:
    """
    The moment a person typed: a day and a time in the person's zone, a time alone (today), or ISO 8601 with its offset.

    Raises FieldError: `not-a-moment`, `time-missing`, `no-such-time` (the clock jumps over it), what a date raises.
    """
    plain = latin_digits(text).strip()
    if _ZONED.match(plain):
        return _iso(plain, text)
    found = _TIME.match(plain)
    if found is None:
        read_date(plain, manner)
        raise FieldError("time-missing")
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:
        raise FieldError("no-such-time", value=text[:100])
    day = read_date(found["day"], manner) if found["day"].strip() else manner.today
    return _placed(datetime.combine(day, time(hour, minute)), manner)


def _iso(plain: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(plain.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldError("not-a-moment", value=text[:100]) from None
    if not 1800 <= at.year <= 2200:
        raise FieldError("year-out-of-range", year=at.year)
    return at


def _placed(local: datetime, manner: Manner) -> datetime:
    """A wall clock's time in the zone; one that the clock jumps over does not exist there."""
    at = local.replace(tzinfo=manner.zone)
    if at.astimezone(UTC).astimezone(manner.zone).replace(tzinfo=None) != local:
        raise FieldError("no-such-time", value=f"{local:%H:%M}")
    return at


def show_moment(at: datetime, manner: Manner) -> str:
    """The moment in the reader's zone, calendar and digits: `24.11.2026 14:30`."""
    local = at.astimezone(manner.zone)
    return f"{show_date(local.date(), manner)} {_clock(local, manner)}"


def kept(at: datetime) -> str:
    """The kept form, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment_of(value: str) -> datetime:
    """The moment of a kept form."""
    return datetime.fromisoformat(value)


def _clock(local: datetime, manner: Manner) -> str:
    return dressed_digits(f"{local:%H:%M}", manner.locale)


def _seconds(at: datetime) -> Decimal:
    return Decimal((at - _EPOCH) // timedelta(seconds=1))


def _is_kept(value: Any) -> bool:
    try:
        return isinstance(value, str) and kept(moment_of(value)) == value
    except ValueError:
        return False
