"""
Regular expressions without backtracking: all possibilities are followed at once, one character after the other
(R. Pike's machine), so the work is at most text × pattern, and every step is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import regex  # type: ignore[import-untyped]

from engine.feel import limits
from engine.feel.errors import FeelLimitError
from engine.feel.regexes.pattern import Anchor, Choice, Group, One, Part, Pattern, Repeat, Sequence

_ONE, _SPLIT, _JUMP, _SAVE, _ANCHOR, _MATCH = range(6)
_SIZE = 4_000

Span = tuple[int, int]
Slots = tuple[int | None, ...]


class _Set:
    """Whether a character belongs to a class, remembered by character."""

    __slots__ = ("_known", "_pattern")

    def __init__(self, text: str, flags: str) -> None:
        self._pattern = regex.compile(text, regex.VERSION1 | (regex.IGNORECASE if "i" in flags else 0))
        self._known: dict[str, bool] = {}

    def has(self, letter: str) -> bool:
        found = self._known.get(letter)
        if found is None:
            found = self._known[letter] = self._pattern.fullmatch(letter) is not None
        return found


@dataclass
class Program:
    """Instructions for the walk: (kind, argument, argument)."""

    pattern: Pattern
    code: list[tuple[int, Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sets: dict[str, _Set] = {}
        self._add(_SAVE, 0)
        self._emit(self.pattern.root)
        self._add(_SAVE, 1)
        self._add(_MATCH)

    def _add(self, kind: int, first: Any = None, second: Any = None) -> int:
        if len(self.code) >= _SIZE:
            raise FeelLimitError("the size of a regular expression", _SIZE)
        self.code.append((kind, first, second))
        return len(self.code) - 1

    def _emit(self, part: Part) -> None:
        if isinstance(part, One):
            made = self._sets.get(part.text)
            if made is None:
                made = self._sets[part.text] = _Set(part.text, self.pattern.flags)
            self._add(_ONE, made)
        elif isinstance(part, Anchor):
            self._add(_ANCHOR, regex.compile(part.text, regex.VERSION1))
        elif isinstance(part, Sequence):
            for inner in part.parts:
                self._emit(inner)
        elif isinstance(part, Choice):
            self._emit_choice(part)
        elif isinstance(part, Repeat):
            self._emit_repeat(part)
        elif isinstance(part, Group):
            if part.number is not None:
                self._add(_SAVE, 2 * part.number)
            self._emit(part.inner)
            if part.number is not None:
                self._add(_SAVE, 2 * part.number + 1)

    def _emit_choice(self, part: Choice) -> None:
        ends: list[int] = []
        for branch in part.branches[:-1]:
            fork = self._add(_SPLIT)
            self._emit(branch)
            ends.append(self._add(_JUMP))
            self.code[fork] = (_SPLIT, fork + 1, len(self.code))
        self._emit(part.branches[-1])
        for end in ends:
            self.code[end] = (_JUMP, len(self.code), None)

    def _emit_repeat(self, part: Repeat) -> None:
        for _ in range(part.least):
            self._emit(part.inner)
        if part.most is None:
            fork = self._add(_SPLIT)
            self._emit(part.inner)
            self._add(_JUMP, fork)
            self._fork(fork, part.greedy)
            return
        forks: list[int] = []
        for _ in range(part.most - part.least):
            forks.append(self._add(_SPLIT))
            self._emit(part.inner)
        for fork in forks:
            self._fork(fork, part.greedy)

    def _fork(self, fork: int, greedy: bool) -> None:
        ways = (fork + 1, len(self.code))
        self.code[fork] = (_SPLIT, *(ways if greedy else ways[::-1]))


def search(program: Program, text: str, start: int) -> tuple[Span | None, ...] | None:
    """The leftmost match, with the priorities a backtracking search would have."""
    slots: Slots = (None,) * (2 * program.pattern.groups + 2)
    threads: list[tuple[int, Slots]] = []
    found: Slots | None = None
    steps = 0
    for at in range(start, len(text) + 1):
        seen: set[int] = set()
        current: list[tuple[int, Slots]] = []
        for pc, saved in threads:
            _follow(program, pc, saved, at, text, seen, current)
        if found is None:
            _follow(program, 0, slots, at, text, seen, current)
        steps += len(seen) + 1
        if steps > limits.REGEX_STEPS:
            raise FeelLimitError("the steps of a regular expression", limits.REGEX_STEPS)
        threads = []
        letter = text[at : at + 1]
        for pc, saved in current:
            kind, accepted, _ = program.code[pc]
            if kind == _MATCH:
                found = saved
                break
            if letter and accepted.has(letter):
                threads.append((pc + 1, saved))
        if found is not None and not threads:
            break
    return None if found is None else _spans(found)


def _spans(slots: Slots) -> tuple[Span | None, ...]:
    made: list[Span | None] = []
    for first, last in zip(slots[::2], slots[1::2], strict=True):
        made.append((first, last) if first is not None and last is not None else None)
    return tuple(made)


def _follow(
    program: Program, pc: int, slots: Slots, at: int, text: str, seen: set[int], current: list[tuple[int, Slots]]
) -> None:
    """Everything reachable without reading a character, in order of priority."""
    waiting = [(pc, slots)]
    while waiting:
        pc, slots = waiting.pop()
        if pc in seen:
            continue
        seen.add(pc)
        kind, first, second = program.code[pc]
        if kind in (_ONE, _MATCH):
            current.append((pc, slots))
        elif kind == _JUMP:
            waiting.append((first, slots))
        elif kind == _SPLIT:
            waiting.append((second, slots))
            waiting.append((first, slots))
        elif kind == _SAVE:
            waiting.append((pc + 1, (*slots[:first], at, *slots[first + 1 :])))
        elif first.match(text, at) is not None:
            waiting.append((pc + 1, slots))
