"""Functions on booleans, and comparison of anything."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.temporal import DateTime, Time
from engine.feel.values import equal


@builtin("not", "negand:any")
def not_(negand: Any) -> bool | None:
    if isinstance(negand, list) and len(negand) == 1:
        negand = negand[0]
    return not negand if isinstance(negand, bool) else None


@builtin("is", "value1:any?", "value2:any?")
def is_(value1: Any, value2: Any = None) -> bool:
    """The same value of the same kind, zones included."""
    if type(value1) is not type(value2):
        return False
    if isinstance(value1, Time | DateTime):
        return bool(value1 == value2)
    return equal(value1, value2) is True


@builtin("is defined", "value:any")
def is_defined(value: Any) -> bool:
    return value is not None


@builtin("get or else", "value:any", "default:any")
def get_or_else(value: Any, default: Any) -> Any:
    return default if value is None else value
