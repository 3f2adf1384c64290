"""What the five reference types share: kept as the text of the reference, shown as the name of what it points to."""

from __future__ import annotations

from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, Named, plain_text

MOST = 128


class Reference(FieldType):
    """Base of person, unit, party and directory item."""

    kind = ""
    missing = ""
    points = True

    def find(self, text: str, spec: FieldSpec, around: Around) -> Named | None:
        raise NotImplementedError

    def accept(self, found: Named, spec: FieldSpec) -> None:
        """Raise FieldError when *found* exists and may not be chosen here."""
        if not found.open:
            raise FieldError(f"{self.name}-closed", name=found.name)

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = self.reference_of(typed)
        if not text:
            return None
        found = self.find(text, spec, around)
        if found is None:
            raise FieldError(self.missing, value=text[:MOST])
        self.accept(found, spec)
        return found.ref

    def reference_of(self, typed: Any) -> str:
        """The reference in what a form sent: the text itself, or the `ref` of an object."""
        return plain_text(typed.get("ref") if isinstance(typed, dict) else typed)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, str) and 0 < len(value) <= MOST, self.missing)

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        if value is None:
            return ""
        found = self.find(value, spec, around)
        return found.name if found else str(value)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """`{"ref", "name", "hint"}`: a form shows the name and sends the ref back."""
        if value is None:
            return None
        found = self.find(value, spec, around)
        return {"ref": value, "name": found.name if found else value, "hint": found.hint if found else ""}

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(text=None if value is None else str(value))

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """By the reference as it is kept: what is closed by now is still looked for."""
        text = self.reference_of(typed)
        found = self.find(text, spec, around) if text else None
        return IndexForm(text=found.ref if found else text or None)

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        text = self.reference_of(value) if value is not None else ""
        return ((self.kind or self.name, text),) if text else ()
