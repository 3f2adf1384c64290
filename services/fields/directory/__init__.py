"""An item of a directory; kept as its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.fields.face import Around, FieldError, FieldSpec, Named
from services.fields.reference import Reference


class DirectoryField(Reference):
    """With `leaf` only the last level may be chosen. `hint` is the path above the item."""

    name = "directory"
    asks = "item"
    component = "directory"
    kind = "item"
    missing = "no-such-item"

    def find(self, text: str, spec: FieldSpec, around: Around) -> Named | None:
        return around.references.item(spec.directory or "", text)

    def accept(self, found: Named, spec: FieldSpec) -> None:
        super().accept(found, spec)
        if spec.leaf and not found.leaf:
            raise FieldError("item-not-last-level", name=found.name)

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        text = self.reference_of(value) if value is not None else ""
        return ((f"item:{spec.directory}", text),) if text else ()

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"lookup": "directory", "directory": spec.directory, "leaf": spec.leaf}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        found = self.find(value, spec, around) if value else None
        name = found.name if found else value or ""
        return {"$text": name, "code": value or "", "name": name, "path": found.hint if found else ""}

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        """`<key>_item`: the item with its code, name and the further columns of its directory."""
        found = self.find(value, spec, around) if value else None
        facts = {key: _number(fact) for key, fact in found.facts.items()} if found else {}
        return {f"{spec.key}_item": {"code": value, "name": found.name, **facts} if found else None}


def _number(fact: Any) -> Any:
    """Whole numbers of a directory's further columns compare as numbers."""
    return int(fact) if isinstance(fact, str) and fact.isdigit() and (fact == "0" or fact[0] != "0") else fact
