"""Rows of columns which are fields themselves; kept as a list of rows in the order they were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields as marshmallow_fields

from services.fields.face import EMPTY, Around, FieldError, FieldSpec, FieldType, IndexForm, Kept

MOST = 500
Row = dict[str, Any]
Inside = dict[str, tuple[str, dict[str, Any]]]


class Table(FieldType):
    """An empty cell is not kept, a row without any value neither. Complaints about cells have paths: `2.price`."""

    name = "table"
    points = True
    component = "rows"
    in_tables = False
    computable = False

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        self._types = types

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> list[Row] | None:
        given = [] if typed is None or typed == "" else typed
        if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
            raise FieldError("not-a-table")
        most = int(spec.most or MOST)
        if len(given) > max(most, MOST):
            raise FieldError("too-many-rows", most=most)
        inside: Inside = {}
        rows = [self._row(row, number, spec, around, inside) for number, row in enumerate(given, 1)]
        kept = [row for row in rows if row]
        if inside:
            wrong = sorted({int(path.partition(".")[0]) for path in inside})
            raise FieldError("table-cells", inside=inside, rows=wrong[:20])
        if len(kept) > most:
            raise FieldError("too-many-rows", most=most)
        if kept and spec.least and len(kept) < spec.least:
            raise FieldError("too-few-rows", least=spec.least)
        return kept or None

    def _row(self, row: Mapping[str, Any], number: int, spec: FieldSpec, around: Around, inside: Inside) -> Row:
        known = {column.key: column for column in spec.columns}
        wrong: Inside = {f"{number}.{str(key)[:64]}": ("no-such-field", {}) for key in row if key not in known}
        kept: Row = {}
        for key, column in known.items():
            if self._types[column.type].read_only:
                continue
            try:
                kept[key] = self._types[column.type].parse(row.get(key), column, around)
            except FieldError as error:
                wrong[f"{number}.{key}"] = (error.code, error.params)
        values = {key: value for key, value in kept.items() if value is not None}
        if values or wrong:  # an empty row asks for nothing
            lacking = [key for key, column in known.items() if column.required and key in kept and kept[key] is None]
            inside |= wrong | {f"{number}.{key}": ("required", {}) for key in lacking}
        return values

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        inner = {column.key: self._types[column.type].check(column) for column in spec.columns}
        return Kept(
            lambda value: (
                isinstance(value, list)
                and bool(value)
                and all(isinstance(row, dict) and _accepted(row, inner) for row in value)
            ),
            "not-a-table",
        )

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        """A line a row, the cells between middle dots."""
        return "\n".join(" · ".join(cell for cell in row if cell) for row in self.cells(value, spec, around))

    def cells(self, value: Any, spec: FieldSpec, around: Around) -> list[tuple[str, ...]]:
        """Every cell as it is read, row by row."""
        return [
            tuple(self._types[column.type].show(row.get(column.key), column, around) for column in spec.columns)
            for row in value or ()
        ]

    def totals(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        """What stands below the columns that have a total, as it is read."""
        return {
            column.key: ", ".join(
                self._types[column.type].show(one, column, around) for one in self._sums(value, column, around)
            )
            for column in spec.columns
            if column.total
        }

    def _sums(self, value: Any, column: FieldSpec, around: Around) -> list[Any]:
        """Kept forms of the sum; one a currency when there are several."""
        field = self._types[column.type]
        by_unit: dict[str, Decimal] = defaultdict(Decimal)
        for row in value or ():
            if row.get(column.key) is not None:
                unit = field.feel_facts(row[column.key], column, around).get(f"{column.key}_currency") or ""
                by_unit[unit] += field.feel_value(row[column.key], column, around)
        return [
            field.from_feel(f"{total} {unit}" if unit else total, column, around) for unit, total in by_unit.items()
        ]

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return [
            {
                column.key: self._types[column.type].typed_value(row.get(column.key), column, around)
                for column in spec.columns
                if row.get(column.key) is not None
            }
            for row in value or ()
        ]

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return EMPTY

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        raise FieldError("field-not-indexed")

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """The columns as components of their own, their keys without a card."""
        columns = [
            self._types[column.type].form(column, around)
            | {"key": column.key}
            | ({"total": True} if column.total else {})
            for column in spec.columns
        ]
        return {"columns": columns, "least": spec.least, "most": spec.most or MOST}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """Rows to loop over, each with its cells by name and its number `n`; `total.<column>` stands beside them."""
        rows = [
            {
                column.key: self._types[column.type].docx_value(row.get(column.key), column, around)
                for column in spec.columns
            }
            | {"n": str(number)}
            for number, row in enumerate(value or (), 1)
        ]
        return {"$text": self.show(value, spec, around), "$rows": rows, "total": self.totals(value, spec, around)}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        properties = {column.key: self._types[column.type].json_schema(column) for column in spec.columns}
        row = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"type": ["array", "null"], "items": row}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> list[dict[str, Any]]:
        return [self.feel_row(row, spec, around) for row in value or ()]

    def feel_row(self, row: Row, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """One row as expressions see it."""
        made: dict[str, Any] = {}
        for column in spec.columns:
            field, cell = self._types[column.type], row.get(column.key)
            made[column.key] = None if cell is None else field.feel_value(cell, column, around)
            made |= field.feel_facts(cell, column, around)
        return made

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        """`<key>_total`: the sums by column, empty cells left out, 0 for no rows."""
        sums = {
            column.key: sum(
                (
                    self._types[column.type].feel_value(row[column.key], column, around)
                    for row in value or ()
                    if row.get(column.key) is not None
                ),
                Decimal(0),
            )
            for column in spec.columns
            if column.total
        }
        return {f"{spec.key}_total": sums} if sums else {}

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        return tuple(self._referred(value, spec))

    def _referred(self, value: Any, spec: FieldSpec) -> Iterator[tuple[str, str]]:
        for row in value if isinstance(value, list) else ():
            for column in spec.columns:
                if isinstance(row, Mapping) and row.get(column.key) is not None:
                    yield from self._types[column.type].refers(row[column.key], column)


def _accepted(row: Row, inner: Mapping[str, marshmallow_fields.Field[Any]]) -> bool:
    try:
        for key, value in row.items():
            if key not in inner:
                return False
            inner[key].deserialize(value)
    except ValidationError:
        return False
    return True
