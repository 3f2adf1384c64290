"""Yes or no; nothing said is a third answer as long as the field is not required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text

_YES = frozenset(("true", "yes", "y", "on", "1", "да", "д", "بله", "بلی", "آری"))
_NO = frozenset(("false", "no", "n", "off", "0", "нет", "н", "خیر", "نه"))
_WORDS: Mapping[str, tuple[str, str]] = {"ru": ("Да", "Нет"), "en": ("Yes", "No"), "fa": ("بله", "خیر")}


class YesNo(FieldType):
    """Kept as true or false."""

    name = "yes_no"
    asks = "options"
    component = "yesno"
    components = ("yesno", "checkbox")

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> bool | None:
        if isinstance(typed, bool):
            return typed
        word = plain_text(typed).casefold()
        if not word:
            return None
        if word in _YES or word in _NO:
            return word in _YES
        raise FieldError("not-yes-or-no", value=word[:100])

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, bool), "not-yes-or-no")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        yes, no = _WORDS.get(around.manner.locale, _WORDS["en"])
        return "" if value is None else yes if value else no

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(text=None if value is None else "yes" if value else "no")

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """A form without scripts offers the same three."""
        yes, no = _WORDS.get(around.manner.locale, _WORDS["en"])
        return {"values": [{"value": "yes", "label": yes}, {"value": "no", "label": no}]}

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return None if value is None else "yes" if value else "no"

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}
