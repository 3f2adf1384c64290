"""A field that takes several values of one type: the type itself, once for each of them, in the order they were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields as marshmallow_fields

from services.fields.face import EMPTY, Around, FieldError, FieldSpec, FieldType, IndexForm, Kept

MOST = 100
_LISTS: Mapping[str, str] = {"select": "checklist"}


class Several(FieldType):
    """Stands before a type: with `many` a list of its values (kept as a list), without it the type alone."""

    def __init__(self, one: FieldType) -> None:
        self.one = one
        self.name = one.name
        self.component = one.component
        self.components = one.components
        self.in_tables = one.in_tables
        self.computable = one.computable
        self._column = one._column
        self.asks = one.asks
        self.points = one.points

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> Any:
        if not spec.many:
            return self.one.parse(typed, spec, around)
        single, most = replace(spec, many=False), spec.most or MOST
        given = typed if isinstance(typed, list) else [typed]
        if len(given) > MOST:
            raise FieldError("too-many-values", most=most)
        kept = [value for each in given if (value := self.one.parse(each, single, around)) is not None]
        distinct = list(dict.fromkeys(kept))
        if len(distinct) > most:
            raise FieldError("too-many-values", most=most)
        if spec.least and distinct and len(distinct) < spec.least:
            raise FieldError("too-few-values", least=spec.least)
        return distinct or None

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        inner = self.one.check(replace(spec, many=False))
        if not spec.many:
            return inner
        return Kept(
            lambda value: isinstance(value, list) and bool(value) and all(_accepts(inner, one) for one in value),
            "not-a-list",
        )

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        comma = "، " if around.manner.locale == "fa" else ", "
        return comma.join(self.one.show(one, spec, around) for one in self._each(value, spec))

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        if not spec.many or value is None:
            return self.one.typed_value(value, spec, around)
        return [self.one.typed_value(one, spec, around) for one in self._each(value, spec)]

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """By the first of them."""
        return next((self.one.index(one, spec, around) for one in self._each(value, spec)), EMPTY)

    def index_forms(self, value: Any, spec: FieldSpec, around: Around) -> tuple[IndexForm, ...]:
        return tuple(self.one.index(one, spec, around) for one in self._each(value, spec))

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return self.one.sought(typed, replace(spec, many=False), around)

    def components_for(self, spec: FieldSpec) -> tuple[str, ...]:
        if not spec.many or self.component not in _LISTS:
            return self.one.components_for(spec)
        return (_LISTS[self.component], "taglist")

    def form(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        made = self.one.form(replace(spec, least=None, most=None) if spec.many else spec, around)
        return made | ({"type": _LISTS.get(self.component, self.component), "multiple": True} if spec.many else {})

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return self.one.form_details(spec, around) | ({"multiple": True} if spec.many else {})

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """With `many` rows to loop over, which print as the names one after another."""
        if not spec.many:
            return self.one.docx_value(value, spec, around)
        rows = [self.one.docx_value(one, spec, around) for one in self._each(value, spec)]
        return {"$text": self.show(value, spec, around), "$rows": rows}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        inner = self.one.json_schema(spec)
        return {"type": ["array", "null"], "items": inner} if spec.many else inner

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        if not spec.many or value is None:
            return self.one.feel_value(value, spec, around)
        return [self.one.feel_value(one, spec, around) for one in self._each(value, spec)]

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        return {} if spec.many else self.one.feel_facts(value, spec, around)

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        if not spec.many or value is None:
            return self.one.from_feel(value, spec, around)
        given, single = value if isinstance(value, list) else [value], replace(spec, many=False)
        return self.parse([self.one.from_feel(one, single, around) for one in given], spec, around)

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        return tuple(found for one in self._each(value, spec) for found in self.one.refers(one, spec))

    def _each(self, value: Any, spec: FieldSpec) -> list[Any]:
        """The values, also of a card from before the field took several."""
        if value is None:
            return []
        return value if isinstance(value, list) else [value]


def _accepts(inner: marshmallow_fields.Field[Any], value: Any) -> bool:
    try:
        inner.deserialize(value)
    except ValidationError:
        return False
    return value is not None
