"""The words of a notice in its receiver's language: `notice.<kind>.subject` and `.body` of the solution's texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.fields.date import show_date
from services.fields.face import Manner

_NAME = re.compile(r"\{(\w+)\}")
Say = Callable[[str], str]
"""A text by key in one language; gives the key itself for a text nobody wrote."""


@dataclass(frozen=True)
class Words:
    """A notice in words."""

    subject: str
    body: str


def words_of(kind: str, params: Mapping[str, Any], say: Say, manner: Manner) -> Words:
    """
    The notice in words. A parameter is a text; `$key` (a text key, said in the same language); a number; or
    `{"$day": iso}` and `{"$moment": iso}`, shown in the reader's calendar and zone.
    """
    shown = {name: _shown(value, say, manner) for name, value in params.items()}
    return Words(
        fill(say(f"notice.{kind}.subject"), shown),
        fill(say(f"notice.{kind}.body"), shown),
    )


def fill(template: str, shown: Mapping[str, str]) -> str:
    """Put *shown* into `{names}`; a name nobody gave stays empty, nothing else in braces means anything."""
    return _NAME.sub(lambda found: shown.get(found.group(1), ""), template)


def _shown(value: Any, say: Say, manner: Manner) -> str:
    if isinstance(value, dict) and "$day" in value:
        return show_date(date.fromisoformat(value["$day"]), manner)
    if isinstance(value, dict) and "$moment" in value:
        return show_date(datetime.fromisoformat(value["$moment"]).astimezone(manner.zone).date(), manner)
    if isinstance(value, str) and value.startswith("$"):
        return say(value[1:])
    return "" if value is None else str(value)
