"""What a business rule task makes of a decision's result: Camunda's mapDecisionResult."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.errors import ScriptFailed
from engine.feel.values import convert

ResultMapping = Literal["singleEntry", "singleResult", "collectEntries", "resultList"]


def map_result(value: Any, mapping: ResultMapping | None) -> Any:
    """
    The value for the result variable.

    Without a mapping (Zeebe, or Camunda's default read sensibly) it is the decision's value as it stands. Raises
    ScriptFailed when a table gave more than the mapping allows.
    """
    rows = value if isinstance(value, list) else ([] if value is None else [value])
    if mapping is None:
        return value
    if mapping == "resultList":
        return rows
    if mapping == "collectEntries":
        return [_entry(row) for row in rows]
    if len(rows) > 1:
        raise ScriptFailed("several-results", mapping=mapping, count=len(rows))
    if not rows:
        return None
    return _entry(rows[0]) if mapping == "singleEntry" else rows[0]


def _entry(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    if len(row) != 1:
        raise ScriptFailed("several-outputs", outputs=", ".join(map(str, row)))
    return convert(next(iter(row.values())))
