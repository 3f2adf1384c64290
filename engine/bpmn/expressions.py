"""Expressions and texts of a diagram, compiled once: conditions are FEEL, attributes are texts with `${…}` in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.bpmn.names import Element, text_of

Evaluate = Callable[[feel.Expression], Any]
Problem = Callable[[str, feel.FeelSyntaxError | feel.FeelLimitError], None]
Used = Callable[[feel.Expression], None]


@dataclass(frozen=True)
class Text:
    """
    An attribute's text: pieces that are literal strings or expressions.

    One expression alone keeps its value's type; pieces together make a string; a leading `=` makes the whole an expression.
    """

    source: str
    pieces: tuple[str | feel.Expression, ...]

    @property
    def literal(self) -> str | None:
        """The text itself when it holds no expression."""
        if all(isinstance(piece, str) for piece in self.pieces):
            return "".join(piece for piece in self.pieces if isinstance(piece, str))
        return None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for piece in self.pieces if not isinstance(piece, str) for name in piece.names)

    def evaluate(self, evaluate: Evaluate) -> Any:
        """The text's value; `evaluate` runs one expression."""
        if len(self.pieces) == 1:
            piece = self.pieces[0]
            return piece if isinstance(piece, str) else evaluate(piece)
        return "".join(piece if isinstance(piece, str) else _shown(evaluate(piece)) for piece in self.pieces)


def _shown(value: Any) -> str:
    return "" if value is None else "true" if value is True else "false" if value is False else str(value)


class Compiler:
    """
    Compiles expressions; what does not compile is given to `problem` and becomes an expression that is always null.

    Without `problem` the syntax error is raised: a compiled text holds no bad expression. `used` is told of every
    expression that compiles.
    """

    def __init__(self, problem: Problem | None = None, used: Used | None = None) -> None:
        self.problem = problem
        self.used = used

    def expression(self, text: str) -> feel.Expression:
        """A FEEL expression, `${…}` or `= …`."""
        try:
            expression = feel.compile_expression(text)
        except (feel.FeelSyntaxError, feel.FeelLimitError) as error:
            if self.problem is None:
                raise
            self.problem(text, error)
            return feel.compile_expression("null")
        if self.used is not None:
            self.used(expression)
        return expression

    def text(self, source: str) -> Text:
        """A text in which `${…}` and `#{…}` are expressions."""
        stripped = source.strip()
        if stripped.startswith("="):
            return Text(source, (self.expression(stripped),))
        pieces = tuple(self._pieces(stripped))
        return Text(source, pieces or ("",))

    def _pieces(self, source: str) -> Iterator[str | feel.Expression]:
        start = 0
        while (opening := _OPENING.search(source, start)) is not None:
            end = _closing(source, opening.end())
            if end < 0:
                self._unclosed(source, opening.start())
                break
            if opening.start() > start:
                yield source[start : opening.start()]
            yield self.expression("${" + source[opening.end() : end] + "}")
            start = end + 1
        if start < len(source):
            yield source[start:]

    def _unclosed(self, source: str, at: int) -> None:
        if self.problem is not None:
            self.problem(source, feel.FeelSyntaxError("the expression is not closed", source, at, "close it with }."))


_OPENING = re.compile(r"[$#]\{")


def _closing(source: str, at: int) -> int:
    """Index of the brace that closes the expression, -1 without one; braces in strings and nested ones are skipped."""
    depth = 0
    quote = ""
    for index in range(at, len(source)):
        char = source[index]
        if quote:
            quote = "" if char == quote and source[index - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return index
            depth -= 1
    return -1


FEEL_FORMATS = frozenset({"", "feel", "juel", "el", "application/feel"})


def stated_text(expression: Element | None) -> str | None:
    """
    The text of an expression element. One in another stated language is read as `${…}`, which it must look like to
    compile.
    """
    text = text_of(expression)
    if expression is None or text is None or is_ours(language_of(expression)) or text[:2] in ("${", "#{"):
        return text
    return "${" + text + "}"


def language_of(expression: Element) -> str:
    """The language an expression is said to be in: its own, or the file's."""
    language = expression.get("language") or expression.getroottree().getroot().get("expressionLanguage")
    return str(language or "")


def is_ours(language: str) -> bool:
    """FEEL and Camunda's expressions, however a tool writes their name."""
    name = language.strip().lower()
    return name in FEEL_FORMATS or "feel" in name or "dmn" in name or name.startswith(("http:", "https:"))
