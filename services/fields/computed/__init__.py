"""What a FEEL formula gives over the card's other fields; reckoned on every save, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import fields as marshmallow_fields

from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm


class Computed(FieldType):
    """Kept, shown, sorted and printed as the type it says in `result`."""

    name = "computed"
    points = True
    component = "textfield"
    components = ("textfield", "textarea")
    read_only = True
    computable = False

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        self._types = types

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> Any:
        if typed in (None, ""):
            return None
        raise FieldError("field-computed")

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return self._result(spec).check(_inner(spec))

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return self._result(spec).show(value, _inner(spec), around)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """A form only shows it."""
        return self.show(value, spec, around) or None

    def asks_for(self, spec: FieldSpec) -> str:
        return self._result(spec).asks_for(_inner(spec))

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return self._result(spec).index(value, _inner(spec), around)

    def index_forms(self, value: Any, spec: FieldSpec, around: Around) -> tuple[IndexForm, ...]:
        return self._result(spec).index_forms(value, _inner(spec), around)

    def index_column(self, spec: FieldSpec) -> str:
        return self._result(spec).index_column(_inner(spec))

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return self._result(spec).sought(typed, _inner(spec), around)

    def form(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        made = {"type": self.component, "key": f"card.{spec.key}", "label": around.label(spec.label)}
        return made | {"readonly": True, "computed": True}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return self._result(spec).docx_value(value, _inner(spec), around)

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return self._result(spec).json_schema(_inner(spec)) | {"readOnly": True}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return self._result(spec).feel_value(value, _inner(spec), around)

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        return self._result(spec).feel_facts(value, _inner(spec), around)

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return self._result(spec).from_feel(value, _inner(spec), around)

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        return self._result(spec).refers(value, _inner(spec))

    def _result(self, spec: FieldSpec) -> FieldType:
        return self._types[spec.result if spec.result in self._types and spec.result != self.name else "text"]


def _inner(spec: FieldSpec) -> FieldSpec:
    return replace(spec, type=spec.result, least=None, most=None)
