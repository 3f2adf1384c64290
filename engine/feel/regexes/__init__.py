"""
XPath regular expressions (what FEEL's `matches`, `replace` and `split` mean), with bounded work.

A pattern is parsed by us (`pattern.py`), so that it means what XPath says and its worst case can be computed before it
is tried. Where the worst case on a text is small, Python's `regex` does the work; where it is not, `walk.py` follows
all possibilities at once in steps that are counted. ADR 0013 tells why.
"""

from __future__ import annotations

import re as _re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

from engine.feel import limits
from engine.feel.errors import FeelLimitError
from engine.feel.regexes.pattern import Pattern, parse
from engine.feel.regexes.walk import Program, search
from engine.feel.run import Null

_CHEAP = 1_000_000.0
_REPLACEMENT = _re.compile(r"\\(.)|\$(\d)|([\\$])", _re.DOTALL)

Span = tuple[int, int]
Groups = tuple[Span | None, ...]
"""The whole match first, then the groups."""


class _Compiled:
    __slots__ = ("_fast", "_program", "pattern")

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self._fast: Any = None
        self._program: Program | None = None

    def find(self, text: str, start: int) -> Groups | None:
        """The first match at or after a position."""
        if self.pattern.cost(len(text) - start) <= _CHEAP:
            if self._fast is None:
                self._fast = regex.compile(self.pattern.python(), regex.VERSION1)
            found = self._fast.search(text, start)
            if found is None:
                return None
            groups = [found.span(number) for number in range(self.pattern.groups + 1)]
            return tuple(None if span == (-1, -1) else span for span in groups)
        if self.pattern.has_references:
            raise FeelLimitError("the steps of a regular expression with back-references", limits.REGEX_STEPS)
        if self._program is None:
            self._program = Program(self.pattern)
        return search(self._program, text, start)


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> _Compiled:
    if len(pattern) > limits.REGEX_LENGTH:
        raise FeelLimitError("the length of a regular expression", limits.REGEX_LENGTH)
    for flag in flags:
        if flag not in "smixq":
            raise Null("wrong-flag", flag=flag)
    return _Compiled(parse(pattern, flags))


def _all(compiled: _Compiled, text: str) -> Iterator[Groups]:
    start = 0
    while start <= len(text):
        found = compiled.find(text, start)
        if found is None:
            return
        yield found
        span = found[0]
        assert span is not None  # noqa: S101 - a match always has its own span
        start = span[1] if span[1] > span[0] else span[1] + 1


def matches(text: str, pattern: str, flags: str) -> bool:
    return _compiled(pattern, flags).find(text, 0) is not None


def replace(text: str, pattern: str, replacement: str, flags: str) -> str:
    """Like XPath's: a pattern that matches nothing at all is an error; `$1` is a group, `\\$` a dollar."""
    compiled = _compiled(pattern, flags)
    if compiled.find("", 0) is not None:
        raise Null("empty-match", pattern=pattern[:40])
    made: list[str] = []
    end = 0
    size = 0
    for groups in _all(compiled, text):
        span = groups[0] or (0, 0)
        made += (text[end : span[0]], replacement if "q" in flags else _filled(replacement, groups, text))
        end = span[1]
        size += len(made[-1]) + len(made[-2])
        if size > limits.STRING_LENGTH:
            raise FeelLimitError("the length of a string", limits.STRING_LENGTH)
    return "".join(made) + text[end:]


def _filled(replacement: str, groups: Groups, text: str) -> str:
    def fill(found: _re.Match[str]) -> str:
        if found[1] is not None:
            if found[1] not in "\\$":
                raise Null("wrong-replacement", text=replacement[:40])
            return found[1]
        if found[2] is None:
            raise Null("wrong-replacement", text=replacement[:40])
        number = int(found[2])
        span = groups[number] if number < len(groups) else None
        return text[span[0] : span[1]] if span is not None else ""

    return _REPLACEMENT.sub(fill, replacement)


def split(text: str, pattern: str) -> list[str]:
    compiled = _compiled(pattern, "")
    parts: list[str] = []
    end = 0
    for groups in _all(compiled, text):
        span = groups[0] or (0, 0)
        if span[0] == span[1]:
            continue
        parts.append(text[end : span[0]])
        end = span[1]
    return [*parts, text[end:]]


def find_all(text: str, pattern: str) -> list[str]:
    spans = (groups[0] or (0, 0) for groups in _all(_compiled(pattern, ""), text))
    return [text[first:last] for first, last in spans]
