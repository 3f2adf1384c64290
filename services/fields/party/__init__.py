"""A person or organisation outside; kept as the party's public reference."""

from __future__ import annotations

from typing import Any

from services.fields.face import Around, FieldSpec, Named
from services.fields.reference import Reference


class Party(Reference):
    """
    A form may send a known party's ref or the facts of a new one (`{"name", "phone", "mail", "address", "kind"}`); the
    use case makes the party before it parses (`services/parties/know_party.py`).
    """

    name = "party"
    asks = "party"
    component = "party"
    in_tables = False
    computable = False
    missing = "no-such-party"

    def find(self, text: str, spec: FieldSpec, around: Around) -> Named | None:
        return around.references.party(text)

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"lookup": "parties"}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, Any]:
        found = self.find(value, spec, around) if value else None
        facts = found.facts if found else dict.fromkeys(("phone", "mail", "address", "locale"), "")
        return {"$text": found.name if found else "", "name": found.name if found else "", **facts}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, Any] | None:
        found = self.find(value, spec, around) if value else None
        return {"ref": value, "name": found.name, "kind": found.kind, **found.facts} if found else None
