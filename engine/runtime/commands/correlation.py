"""Which wait a message is for: keys written as text, so that an index finds it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from engine import feel

_LONGEST = 255
_MOST_KEYS = 6


def key_text(keys: Mapping[str, Any]) -> str | None:
    """
    Keys and values in one text, the same whatever their order; None without keys.

    >>> key_text({"order": "A-1", "shop": "7"}) == key_text({"shop": "7", "order": "A-1"})
    True
    """
    if not keys:
        return None
    plain = {name: feel.values.to_json(feel.values.convert(value)) for name, value in keys.items()}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()


def answered_by(keys: Mapping[str, Any]) -> list[str]:
    """
    The texts of all waits a message with these keys may wake: those asking for some of its keys (of more than six keys:
    for all of them, or for one).
    """
    names = sorted(keys)
    sizes = range(1, len(names) + 1) if len(names) <= _MOST_KEYS else (1, len(names))
    wanted = ({name: keys[name] for name in chosen} for size in sizes for chosen in combinations(names, size))
    return [text for text in map(key_text, wanted) if text is not None]
