"""Files of the card; kept as a list of attachment references."""

from __future__ import annotations

from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept

MOST = 100


class File(FieldType):
    """The bytes come by their own way (`services/files`); the field only says which attachments it means."""

    name = "file"
    points = True
    component = "attachments"
    in_tables = False
    computable = False

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> list[str] | None:
        refs = _refs(typed)
        if len(refs) > (spec.most or MOST):
            raise FieldError("too-many-files", most=spec.most or MOST)
        for ref in refs:
            if around.references.file(ref) is None:
                raise FieldError("no-such-file")
        return refs or None

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(
            lambda value: isinstance(value, list) and all(isinstance(ref, str) for ref in value), "no-such-file"
        )

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return ", ".join(found.name for ref in value or () if (found := around.references.file(ref)))

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(number=None)

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"fileClass": spec.kind or "original"}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> list[str]:
        return [found.name for ref in value or () if (found := around.references.file(ref))]

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["array", "null"], "items": {"type": "string"}}

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        return tuple(("file", ref) for ref in _refs(value))


def _refs(typed: Any) -> list[str]:
    given = [] if typed is None else typed if isinstance(typed, list) else [typed]
    refs = [one.get("ref") if isinstance(one, dict) else one for one in given]
    return list(dict.fromkeys(str(ref) for ref in refs if ref))
