"""From a day to a day, either end may be open: `01.11.2026 – 30.11.2026`, `01.11.2026 – …`."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.date import day_within, read_date, show_date
from services.fields.digits import latin_digits
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text

OPEN = ".."
_DASH = re.compile(r"\s*[–—]\s*|\s+-\s+|\s+(?:по|до|to|till|تا)\s+|(?<=\d)/(?=\.\.|\d{4}-)|(?<=\.\.)/(?=\d)")
_FROM = re.compile(r"(?:с|со|from|از)\s+", re.IGNORECASE)
_SINGLE = ("", "…", OPEN, "...")


class Period(FieldType):
    """Kept as `2026-11-01/2026-11-30`; `..` stands for an open end. Both days belong to the period."""

    name = "period"
    asks = "day"
    component = "period"
    in_tables = False
    computable = False
    _column = "day"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        first, last = _ends(typed)
        days = [read_date(text, around.manner) if text not in _SINGLE else None for text in (first, last)]
        if days == [None, None]:
            return None
        for day in days:
            if day is not None:
                day_within(day, spec, around.manner)
        if days[0] is not None and days[1] is not None and days[0] > days[1]:
            raise FieldError("ends-before-it-begins")
        return "/".join(day.isoformat() if day else OPEN for day in days)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(_is_kept, "not-a-period")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        if value is None:
            return ""
        return " – ".join(show_date(day, around.manner) if day else "…" for day in days_of(value))

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """`{"from", "to"}` as the form's component takes them."""
        if value is None:
            return None
        first, last = days_of(value)
        return {"from": first.isoformat() if first else None, "to": last.isoformat() if last else None}

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """By its first day; one that has no beginning by its last."""
        first, last = days_of(value) if value is not None else (None, None)
        return IndexForm(day=first or last)

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(day=read_date(plain_text(typed), around.manner))

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"calendar": around.manner.calendar}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        """`from` and `to` apart, too; an open end is empty."""
        days = days_of(value) if value is not None else (None, None)
        first, last = (show_date(day, around.manner) if day else "" for day in days)
        return {"$text": self.show(value, spec, around), "from": first, "to": last}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": r"^(\d{4}-\d\d-\d\d|\.\.)/(\d{4}-\d\d-\d\d|\.\.)$"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, Any] | None:
        """`begin`, `end` (null when open) and `days`, both ends counted."""
        if value is None:
            return None
        first, last = days_of(value)
        return {"begin": first, "end": last, "days": (last - first).days + 1 if first and last else None}


def days_of(value: str) -> tuple[date | None, date | None]:
    """
    The two ends of a kept form.

    >>> days_of("2026-11-01/..")
    (datetime.date(2026, 11, 1), None)
    """
    first, _, last = value.partition("/")
    return tuple(None if text == OPEN else date.fromisoformat(text) for text in (first, last))  # type: ignore[return-value]


def _ends(typed: Any) -> tuple[str, str]:
    if isinstance(typed, dict):
        if set(typed) - {"from", "to"}:
            raise FieldError("not-a-period", value="")
        return plain_text(typed.get("from")), plain_text(typed.get("to"))
    text = latin_digits(plain_text(typed))
    if not text:
        return "", ""
    parts = _DASH.split(_FROM.sub("", text, count=1))
    if len(parts) == 1 and _FROM.match(text):
        return parts[0].strip(), ""
    if len(parts) != 2:
        raise FieldError("not-a-period", value=text[:100])
    return parts[0].strip(), parts[1].strip()


def _is_kept(value: Any) -> bool:
    try:
        first, last = days_of(value) if isinstance(value, str) else (None, None)
    except ValueError:
        return False
    return (first or last) is not None and not (first and last and first > last)
