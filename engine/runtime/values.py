"""Values of variables as text: JSON, exact for decimals, dates and durations (the tags are those of `engine.feel`)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from engine import feel

_to_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
MAX_TEXT = 1_000_000
"""Characters of one variable's text; larger things are files."""
MAX_DEPTH = 100
"""Lists and maps within one another; far below what makes Python's own reader of JSON give up."""
MAX_NAME = 255


class NotData(ValueError):
    """A value that cannot be kept; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def to_json(value: Any) -> str:
    """The row's text; raises TypeError for what is no data."""
    return _to_text(feel.values.to_json(value))


def stored(value: Any) -> str:
    """The row's text of a value that may be anything; raises NotData."""
    try:
        _look_through(value, MAX_DEPTH)
        text = to_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotData("variable-not-data") from error
    if len(text) > MAX_TEXT:
        raise NotData("variable-too-large")
    return text


def _look_through(value: Any, depth: int) -> None:
    """No text a database refuses, no number JSON does not know, nothing nested without end."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a character that is none")
        value.encode()
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number")
    elif isinstance(value, Mapping | list | tuple):
        if not depth:
            raise ValueError("nested too deep")
        if isinstance(value, Mapping):
            for name in value:
                if not isinstance(name, str):
                    raise TypeError("a name is a text")
                _look_through(name, 1)
            value = value.values()
        for each in value:
            _look_through(each, depth - 1)


def is_name(name: object) -> bool:
    """Whether a variable may be called so: not blank, not Python's own `__names__`, no longer than a column."""
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or any(sign < " " for sign in name):
        return False
    return not (name.startswith("__") and name.endswith("__"))


def from_json(text: str) -> Any:
    """The value of a row."""
    return feel.values.from_json(json.loads(text))


def shown(value: Any) -> str:
    """The value as FEEL writes it, for messages."""
    return feel.values.to_string(feel.values.convert(value))
