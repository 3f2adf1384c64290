"""A text of one or several lines."""

from __future__ import annotations

import unicodedata
from typing import Any

from marshmallow import fields as marshmallow_fields

from engine.feel.regexes import matches
from services.fields.face import Around, FieldError, FieldSpec, FieldType, Kept, plain_text

SHORT = 500
LONG = 20_000
_TURNING = frozenset("\u202d\u202e")  # they make a text read otherwise than it is kept


class Text(FieldType):
    """Plain text; control characters other than line ends and tabs are refused."""

    name = "text"
    components = ("textfield", "textarea")
    asks = "words"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = unicodedata.normalize("NFC", plain_text(typed).replace("\r\n", "\n").replace("\r", "\n"))
        if not text:
            return None
        if not spec.multiline and "\n" in text:
            text = " ".join(text.split())
        if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in text) or _TURNING & set(
            text
        ):
            raise FieldError("control-characters")
        if len(text) > _most(spec):
            raise FieldError("too-long", most=_most(spec), length=len(text))
        if spec.least and len(text) < spec.least:
            raise FieldError("too-short", least=spec.least)
        if spec.pattern is not None and not matches(text, f"^({spec.pattern})$", ""):
            raise FieldError("pattern", said=around.label(spec.pattern_text))
        return text

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, str) and 0 < len(value) <= _most(spec), "not-text")

    def form(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return super().form(spec, around) | {"type": "textarea" if spec.multiline else "textfield"}

    def form_rules(self, spec: FieldSpec) -> dict[str, Any]:
        return {"maxLength": _most(spec)} | ({"minLength": spec.least} if spec.least else {})

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": _most(spec)}


def _most(spec: FieldSpec) -> int:
    return int(spec.most or (LONG if spec.multiline else SHORT))
