"""A unit of the organisation; kept as its code."""

from __future__ import annotations

from typing import Any

from services.fields.face import Around, FieldError, FieldSpec, Named
from services.fields.reference import Reference


class UnitField(Reference):
    """With `kind` only units of that kind (store, branch) may be chosen."""

    name = "unit"
    asks = "unit"
    component = "unit"
    missing = "no-such-unit"

    def find(self, text: str, spec: FieldSpec, around: Around) -> Named | None:
        return around.references.unit(text)

    def accept(self, found: Named, spec: FieldSpec) -> None:
        super().accept(found, spec)
        if spec.kind and found.kind != spec.kind:
            raise FieldError("unit-of-another-kind", name=found.name, kind=spec.kind)

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"lookup": "units"} | ({"kind": spec.kind} if spec.kind else {})
