"""An employee; kept as the login."""

from __future__ import annotations

from typing import Any

from services.fields.face import Around, FieldError, FieldSpec, Named
from services.fields.reference import Reference


class Person(Reference):
    """With `group` only people of that group may be chosen."""

    name = "person"
    asks = "person"
    component = "person"
    missing = "no-such-person"

    def find(self, text: str, spec: FieldSpec, around: Around) -> Named | None:
        return around.references.person(text.casefold())

    def accept(self, found: Named, spec: FieldSpec) -> None:
        super().accept(found, spec)
        if spec.group and spec.group not in found.groups:
            raise FieldError("person-not-in-group", name=found.name, group=spec.group)

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"lookup": "people"} | ({"group": spec.group} if spec.group else {})

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        found = self.find(value, spec, around) if value else None
        name = found.name if found else value or ""
        return {"$text": name, "name": name, "post": found.hint if found else ""}
