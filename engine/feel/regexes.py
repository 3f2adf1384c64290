"""XPath regular expressions (what FEEL's `matches`, `replace` and `split` mean), on bounded work."""

from __future__ import annotations

from functools import lru_cache

import regex  # type: ignore[import-untyped]

from engine.feel import limits
from engine.feel.errors import FeelLimitError
from engine.feel.run import Null


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> regex.Pattern[str]:
    if len(pattern) > limits.REGEX_LENGTH:
        raise FeelLimitError("the length of a regular expression", limits.REGEX_LENGTH)
    bits = regex.VERSION0
    for flag in flags:
        if flag not in "smixq":
            raise Null("wrong-flag", flag=flag)
        bits |= {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": regex.VERBOSE, "q": 0}[flag]
    try:
        return regex.compile(regex.escape(pattern) if "q" in flags else pattern, bits)
    except regex.error:
        raise Null("wrong-pattern", pattern=pattern[:40]) from None


def matches(text: str, pattern: str, flags: str) -> bool:
    return _compiled(pattern, flags).search(text) is not None


def replace(text: str, pattern: str, replacement: str, flags: str) -> str:
    return str(_compiled(pattern, flags).sub(regex.sub(r"\$(\d)", r"\\g<\1>", replacement), text))


def split(text: str, pattern: str) -> list[str]:
    return [part or "" for part in _compiled(pattern, "").split(text)]


def find_all(text: str, pattern: str) -> list[str]:
    return [found[0] for found in _compiled(pattern, "").finditer(text)]
