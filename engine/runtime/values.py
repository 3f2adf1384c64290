"""Values of variables as text: JSON, exact for decimals, dates and durations (the tags are those of `engine.feel`)."""

from __future__ import annotations

import json
from typing import Any

from engine import feel


def to_json(value: Any) -> str:
    """The row's text; raises TypeError for what is no data."""
    return json.dumps(feel.values.to_json(value), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    """The value of a row."""
    return feel.values.from_json(json.loads(text))


def shown(value: Any) -> str:
    """The value as FEEL writes it, for messages."""
    return feel.values.to_string(feel.values.convert(value))
