"""The parse tree of an XPath regular expression, its translation for `regex` and its worst case."""

from __future__ import annotations

import re as _re
from dataclasses import dataclass
from typing import Final

import regex  # type: ignore[import-untyped]

from engine.feel.run import Null


@dataclass(frozen=True)
class One:
    """One character out of a class, written as `regex` (VERSION1) understands it."""

    text: str


@dataclass(frozen=True)
class Anchor:
    text: str


@dataclass(frozen=True)
class Reference:
    number: int


@dataclass(frozen=True)
class Group:
    """`number` is None for a group that only brackets."""

    inner: Part
    number: int | None


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Choice:
    branches: tuple[Part, ...]


@dataclass(frozen=True)
class Repeat:
    inner: Part
    least: int
    most: int | None
    greedy: bool


Part = One | Anchor | Reference | Group | Sequence | Choice | Repeat

_ESCAPES: Final = {"n": "\\n", "r": "\\r", "t": "\\t"}
_CLASSES: Final = {
    "s": "[ \\t\\n\\r]", "S": "[^ \\t\\n\\r]",
    "d": "\\p{Nd}", "D": "\\P{Nd}",
    "w": "[^\\p{P}\\p{Z}\\p{C}]", "W": "[\\p{P}\\p{Z}\\p{C}]",
    "i": "[\\p{L}\\p{Nl}_:]", "I": "[^\\p{L}\\p{Nl}_:]",
    "c": "[\\p{L}\\p{Nl}\\p{Nd}\\p{M}\\-._:\u00b7]", "C": "[^\\p{L}\\p{Nl}\\p{Nd}\\p{M}\\-._:\u00b7]",
}  # fmt: skip
_LITERAL_ESCAPES: Final = "\\|.?*+(){}-[]^$"
_QUANTITY = _re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}", _re.ASCII)
_CATEGORY = _re.compile(r"\{(Is[A-Za-z0-9\-]+|[A-Z][a-z]?)\}", _re.ASCII)
_SPACES: Final = " \t\n\r"


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern with its flags."""

    root: Part
    groups: int
    flags: str
    has_references: bool

    def python(self) -> str:
        """The same for `regex`."""
        bits = "".join(flag for flag in self.flags if flag == "i")
        return (f"(?{bits})" if bits else "") + _python(self.root)

    def cost(self, length: int) -> float:
        """An upper bound of the paths a backtracking search may try on so many characters."""
        try:
            return (length + 1.0) * _paths(self.root, length)
        except OverflowError:
            return float("inf")


def _python(part: Part) -> str:
    if isinstance(part, One | Anchor):
        return part.text
    if isinstance(part, Reference):
        return f"(?:\\{part.number})"
    if isinstance(part, Group):
        return f"({_python(part.inner)})" if part.number is not None else f"(?:{_python(part.inner)})"
    if isinstance(part, Sequence):
        return "".join(map(_python, part.parts))
    if isinstance(part, Choice):
        return "(?:" + "|".join(map(_python, part.branches)) + ")"
    most = "" if part.most is None else part.most
    return f"(?:{_python(part.inner)}){{{part.least},{most}}}{'' if part.greedy else '?'}"


def _paths(part: Part, length: int) -> float:
    if isinstance(part, Group):
        return _paths(part.inner, length)
    if isinstance(part, Sequence):
        product = 1.0
        for inner in part.parts:
            product *= _paths(inner, length)
        return product
    if isinstance(part, Choice):
        return sum(_paths(branch, length) for branch in part.branches)
    if isinstance(part, Repeat):
        ways = _paths(part.inner, length)
        most = length + 1 if part.most is None else min(part.most, max(part.least, length + 1))
        if ways <= 1.0:
            return most - min(part.least, most) + 1.0
        return float(ways**most) * 2.0
    return 1.0


def parse(text: str, flags: str) -> Pattern:
    """Raises `Null` for what is no XPath pattern."""
    if "x" in flags and "q" not in flags:
        text = _without_spaces(text)
    reader = _Reader(text, flags)
    root = reader.literally() if "q" in flags else reader.choice()
    if reader.at < len(text):
        raise reader.wrong()
    made = Pattern(root, reader.groups, flags, reader.references)
    try:
        regex.compile(made.python(), regex.VERSION1)
    except (regex.error, OverflowError, ValueError):
        raise reader.wrong() from None
    return made


def _without_spaces(text: str) -> str:
    """Flag x: spaces outside character classes are not part of the pattern."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for letter in text:
        if letter in _SPACES and not depth:
            continue
        kept.append(letter)
        if not escaped:
            depth += {"[": 1, "]": -1}.get(letter, 0)
        escaped = letter == "\\" and not escaped
    return "".join(kept)


class _Reader:
    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.references = False
        self.flags = flags
        self.depth = 0

    def wrong(self) -> Null:
        return Null("wrong-pattern", pattern=self.text[:40])

    def literally(self) -> Part:
        self.at = len(self.text)
        return Sequence(tuple(One(regex.escape(letter, special_only=False)) for letter in self.text))

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        letter = self.peek()
        if not letter:
            raise self.wrong()
        self.at += 1
        return letter

    def choice(self) -> Part:
        self.depth += 1
        if self.depth > 30:
            raise self.wrong()
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def branch(self) -> Part:
        parts: list[Part] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.piece())
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def piece(self) -> Part:
        atom = self.atom()
        letter = self.peek()
        if letter not in ("?", "*", "+", "{") or letter == "":
            return atom
        if isinstance(atom, Anchor):
            raise self.wrong()
        least, most = self.quantity(letter)
        greedy = True
        if self.peek() == "?":
            self.at += 1
            greedy = False
        if self.peek() in ("?", "*", "+", "{") and self.peek():
            raise self.wrong()
        return Repeat(atom, least, most, greedy)

    def quantity(self, letter: str) -> tuple[int, int | None]:
        if letter != "{":
            self.at += 1
            return {"?": (0, 1), "*": (0, None), "+": (1, None)}[letter]
        found = _QUANTITY.match(self.text, self.at)
        if not found:
            raise self.wrong()
        self.at = found.end()
        least = int(found[1])
        most = least if not found[2] else (int(found[3]) if found[3] else None)
        if most is not None and most < least:
            raise self.wrong()
        return least, most

    def atom(self) -> Part:
        letter = self.next()
        if letter == "(":
            return self.group()
        if letter == "[":
            return One(self.character_class())
        if letter == ".":
            return One("[\\s\\S]" if "s" in self.flags else "[^\\n\\r]")
        if letter == "^":
            return Anchor("(?m:^)" if "m" in self.flags else "\\A")
        if letter == "$":
            return Anchor("(?=\\n|\\Z)" if "m" in self.flags else "\\Z")
        if letter == "\\":
            return self.escape()
        if letter in "?*+{}])":
            raise self.wrong()
        return One(regex.escape(letter, special_only=False))

    def group(self) -> Part:
        number: int | None = None
        if self.text.startswith("?:", self.at):
            self.at += 2
        elif self.text.startswith("?", self.at):
            raise self.wrong()
        else:
            self.groups += 1
            number = self.groups
        inner = self.choice()
        if self.peek() != ")":
            raise self.wrong()
        self.at += 1
        if number is not None:
            self.closed.add(number)
        return Group(inner, number)

    def escape(self) -> Part:
        letter = self.text[self.at : self.at + 1]
        if letter.isascii() and letter.isdigit() and letter != "0":
            return self.reference()
        return One(self.class_escape())

    def reference(self) -> Part:
        number = int(self.text[self.at])
        self.at += 1
        while self.text[self.at : self.at + 1].isdigit() and int(f"{number}{self.text[self.at]}") in self.closed:
            number = int(f"{number}{self.text[self.at]}")
            self.at += 1
        if number not in self.closed:
            raise self.wrong()
        self.references = True
        return Reference(number)

    def class_escape(self) -> str:
        """An escape that stands for a character or for a set of them."""
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter in ("p", "P"):
            return self.category(letter)
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter and letter in _LITERAL_ESCAPES:
            return "\\" + letter
        raise self.wrong()

    def category(self, letter: str) -> str:
        found = _CATEGORY.match(self.text, self.at)
        if not found:
            raise self.wrong()
        self.at = found.end()
        name = found[1]
        if name.startswith("Is"):
            return f"\\{letter}{{Block={name[2:]}}}"
        return f"\\{letter}{{{name}}}"

    def character_class(self) -> str:
        """`[a-z-[aeiou]]`; spaces count, whatever the flags."""
        negative = self.text.startswith("^", self.at)
        self.at += negative
        members: list[str] = []
        removed = ""
        while True:
            letter = self.text[self.at : self.at + 1]
            if not letter:
                raise self.wrong()
            if letter == "]" and members:
                self.at += 1
                break
            if self.text.startswith("-[", self.at) and members:
                self.at += 2
                removed = self.character_class()
                if self.text[self.at : self.at + 1] != "]":
                    raise self.wrong()
                self.at += 1
                break
            members.append(self.member())
        made = f"[{'^' if negative else ''}{''.join(members)}]"
        return f"[{made}--{removed}]" if removed else made

    def member(self) -> str:
        first, single = self.class_character()
        if single and self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", "["):
            self.at += 1
            last, single_last = self.class_character()
            if not single_last or _code(last) < _code(first):
                raise self.wrong()
            return f"{first}-{last}"
        return first

    def class_character(self) -> tuple[str, bool]:
        letter = self.text[self.at : self.at + 1]
        if letter == "[" or letter == "]" or not letter:
            raise self.wrong()
        self.at += 1
        if letter != "\\":
            return (f"\\{letter}" if letter in "^-&|~" or letter in "[]\\" else letter), True
        kind = self.text[self.at : self.at + 1]
        found = self.class_escape()
        return found, kind in _LITERAL_ESCAPES or kind in _ESCAPES


def _code(text: str) -> int:
    named = {"\\n": 10, "\\r": 13, "\\t": 9}
    return named.get(text) or ord(text[-1])
