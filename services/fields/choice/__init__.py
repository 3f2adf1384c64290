"""One of a few options the card type lists; kept as its code."""

from __future__ import annotations

from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text


class Choice(FieldType):
    """The codes are the card type's; their words are texts `<label>.option.<code>`, see `option_key`."""

    name = "choice"
    asks = "options"
    component = "select"
    components = ("select", "radio")

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if not text:
            return None
        if text in spec.options:
            return text
        for code in spec.options:
            if around.label(option_key(spec, code)).casefold() == text.casefold():
                return code
        raise FieldError("not-an-option", value=text)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: value in spec.options, "not-an-option")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return "" if value is None else around.label(option_key(spec, value))

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """By the place in the list, so that a sort follows the order the analyst gave; the code to filter by."""
        return IndexForm(text=None if value is None else str(value))

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"values": [{"value": code, "label": around.label(option_key(spec, code))} for code in spec.options]}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"enum": [*spec.options, None]}


def option_key(spec: FieldSpec, code: str) -> str:
    """The text key of an option: `card.letter.field.kind` → `card.letter.option.kind.claim`; of a column likewise."""
    return spec.label.replace(".field.", ".option.", 1).replace(".column.", ".option.", 1) + "." + code
