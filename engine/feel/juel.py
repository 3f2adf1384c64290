"""
The Camunda 7 dialect, `${…}` and `#{…}`: its own grammar, the same tree and closures.

Comparison and logic are those of Java's expression language (`==`, `eq`, `&&`, `!`, `empty`, `? :`, indexes from 0,
null is false); methods are an allow-list on data, never on host objects. Text around the braces makes a string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import limits
from engine.feel import nodes as n
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.run import Null
from engine.feel.values import equal, to_string

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d][\w$]*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_COMPARE: Final = {
    "==": "=", "!=": "!=", "<=": "<=", ">=": ">=", "<": "<", ">": ">",
    "eq": "=", "ne": "!=", "le": "<=", "ge": ">=", "lt": "<", "gt": ">",
}  # fmt: skip
_COMPARATOR = re.compile(r"==|!=|<=|>=|<|>|(?:eq|ne|le|ge|lt|gt)\b")


def is_wrapped(text: str) -> bool:
    """Whether a text speaks this dialect."""
    return "${" in text or "#{" in text


def parse(text: str) -> n.Node:
    """The tree of a text with `${…}` parts; one part alone keeps its value, text around makes a string."""
    if len(text) > limits.TEXT_LENGTH:
        raise FeelLimitError("the length of an expression", limits.TEXT_LENGTH)
    try:
        return _parsed(text)
    except RecursionError:
        raise FeelLimitError("the nesting of an expression", limits.NESTING) from None


def _parsed(text: str) -> n.Node:
    parts: list[n.Node] = []
    at = 0
    while at < len(text):
        found = re.compile(r"[$#]\{").search(text, at)
        if not found:
            parts.append(n.String(text[at:], at=at))
            break
        if found.start() > at:
            parts.append(n.String(text[at : found.start()], at=at))
        parser = _Parser(text, found.end())
        parts.append(parser.expression())
        if not parser.take("}"):
            raise parser.unexpected("“}” is missing")
        at = parser.at
    if len(parts) == 1:
        return parts[0]
    return n.Interpolation(tuple(parts))


class _Parser:
    """One `${…}`."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.depth = 0

    def skip(self) -> int:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def take(self, *symbols: str) -> bool:
        self.skip()
        for symbol in symbols:
            if self.text.startswith(symbol, self.at):
                end = self.at + len(symbol)
                if symbol[-1].isalpha() and _WORD.match(self.text[end - 1 :] + " ")[0] != symbol[-1]:  # type: ignore[index]
                    continue
                self.at = end
                return True
        return False

    def unexpected(self, reason: str = "") -> FeelSyntaxError:
        rest = self.text[self.skip() : self.at + 12]
        return FeelSyntaxError(
            reason or (f"“{rest}” was not expected" if rest else "the expression ends too early"),
            self.text,
            self.at,
            "this is a ${…} expression of the Camunda 7 kind",
        )

    def expression(self) -> n.Node:
        self.depth += 1
        if self.depth > limits.NESTING:
            raise FeelLimitError("the nesting of an expression", limits.NESTING)
        at = self.skip()
        made = self.disjunction()
        if self.take("?"):
            then = self.expression()
            if not self.take(":"):
                raise self.unexpected("“:” is missing")
            made = n.If(n.Truthy(made), then, self.expression(), at=at)
        self.depth -= 1
        return made

    def disjunction(self) -> n.Node:
        left = self.conjunction()
        while self.take("||", "or"):
            left = n.Disjunction(n.Truthy(left), n.Truthy(self.conjunction()), at=self.at)
        return left

    def conjunction(self) -> n.Node:
        left = self.comparison()
        while self.take("&&", "and"):
            left = n.Conjunction(n.Truthy(left), n.Truthy(self.comparison()), at=self.at)
        return left

    def comparison(self) -> n.Node:
        left = self.additive()
        while True:
            found = _COMPARATOR.match(self.text, self.skip())
            if not found:
                return left
            at, self.at = self.at, found.end()
            operator, right = _COMPARE[found[0]], self.additive()
            if operator == "!=":  # different kinds are unequal here, not unknown as in FEEL
                left = n.Call(n.Name("not"), (n.Truthy(n.Comparison("=", left, right, at=at)),), at=at)
            else:
                left = n.Truthy(n.Comparison(operator, left, right, at=at))

    def additive(self) -> n.Node:
        left = self.multiplicative()
        for _ in range(limits.CHAIN):
            at = self.skip()
            symbol = self.text[at : at + 1]
            if symbol not in ("+", "-"):
                return left
            self.at += 1
            left = n.Arithmetic(symbol, left, self.multiplicative(), at=at)
        raise FeelLimitError("operators in a row", limits.CHAIN)

    def multiplicative(self) -> n.Node:
        left = self.unary()
        while True:
            at = self.skip()
            if self.take("*"):
                left = n.Arithmetic("*", left, self.unary(), at=at)
            elif self.take("/", "div"):
                left = n.Arithmetic("/", left, self.unary(), at=at)
            elif self.take("%", "mod"):
                left = n.Call(n.Name("modulo"), (left, self.unary()), at=at)
            else:
                return left

    def unary(self) -> n.Node:
        at = self.skip()
        self.depth += 1
        if self.depth > limits.NESTING:
            raise FeelLimitError("the nesting of an expression", limits.NESTING)
        try:
            if self.take("!", "not"):
                return n.Call(n.Name("not"), (n.Truthy(self.unary()),), at=at)
            if self.take("-"):
                return n.Negation(self.unary(), at=at)
            if self.take("empty"):
                return n.Empty(self.unary(), at=at)
            return self.postfix()
        finally:
            self.depth -= 1

    def postfix(self) -> n.Node:
        value = self.primary()
        while True:
            at = self.skip()
            if self.take("."):
                word = _WORD.match(self.text, self.skip())
                if not word:
                    raise self.unexpected("a name is missing after “.”")
                self.at = word.end()
                value = self.member(value, word[0], at)
            elif self.take("["):
                index = self.expression()
                if not self.take("]"):
                    raise self.unexpected("“]” is missing")
                value = n.Index(value, index, at=at)
            else:
                return value

    def member(self, value: n.Node, name: str, at: int) -> n.Node:
        if not self.take("("):
            return n.Path(value, name, at=at)
        arguments = self.arguments()
        if name not in METHODS:
            raise FeelSyntaxError(
                f"the method “{name}” is not allowed", self.text, at, f"allowed are: {', '.join(sorted(METHODS))}"
            )
        return n.Method(value, name, arguments, at=at)

    def arguments(self) -> tuple[n.Node, ...]:
        found: list[n.Node] = []
        while not self.take(")"):
            if found and not self.take(","):
                raise self.unexpected("“)” is missing")
            found.append(self.expression())
        return tuple(found)

    def primary(self) -> n.Node:
        at = self.skip()
        string = _STRING.match(self.text, at)
        if string:
            self.at = string.end()
            inner = string[1] if string[1] is not None else string[2]
            return n.String(re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL), at=at)
        number = _NUMBER.match(self.text, at)
        if number:
            self.at = number.end()
            return n.Number(Decimal(number[0]), at=at)
        if self.take("("):
            made = self.expression()
            if not self.take(")"):
                raise self.unexpected("“)” is missing")
            return made
        word = _WORD.match(self.text, at)
        if not word:
            raise self.unexpected()
        self.at = word.end()
        if word[0] in _CONSTANTS:
            return _CONSTANTS[word[0]]
        if self.take("("):
            return n.Call(n.Name(word[0], at=at), self.arguments(), at=at)
        if self.text.startswith(":", self.at) and _WORD.match(self.text, self.at + 1):
            raise self.unexpected("functions with a prefix are not known")
        return n.Name(word[0], at=at)


_CONSTANTS: Final[dict[str, n.Node]] = {"true": n.Boolean(True), "false": n.Boolean(False), "null": n.Null()}


# the allowed methods ---------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Null("wrong-argument", parameter="method", expected="string", found="")
    return value


def _contains(value: Any, item: Any) -> bool:
    if isinstance(value, str):
        return _text(item) in value
    if isinstance(value, list):
        return any(equal(item, other) is True for other in value)
    raise Null("wrong-argument", parameter="method", expected="list or string", found="")


def _size(value: Any) -> Decimal:
    if not isinstance(value, str | list | Mapping):
        raise Null("wrong-argument", parameter="method", expected="list, context or string", found="")
    return Decimal(len(value))


def _get(value: Any, key: Any) -> Any:
    from engine.feel.values import convert

    if isinstance(value, Mapping):
        return convert(value[to_string(key)]) if to_string(key) in value else None
    if isinstance(value, list) and isinstance(key, Decimal) and 0 <= key < len(value):
        return value[int(key)]
    raise Null("no-such-entry", name=to_string(key))


def _substring(value: Any, begin: Decimal, end: Decimal | None = None) -> str:
    text = _text(value)
    first, last = int(begin), len(text) if end is None else int(end)
    if not 0 <= first <= last <= len(text):
        raise Null("position-out-of-range")
    return text[first:last]


def _contains_key(value: Any, key: Any) -> bool:
    if not isinstance(value, Mapping):
        raise Null("wrong-argument", parameter="method", expected="context", found="")
    return to_string(key) in value


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "contains": _contains,
    "containsKey": _contains_key,
    "size": _size,
    "length": _size,
    "isEmpty": lambda value: _size(value) == 0,
    "get": _get,
    "equals": lambda value, other: equal(value, other) is True,
    "equalsIgnoreCase": lambda value, other: _text(value).casefold() == _text(other).casefold(),
    "startsWith": lambda value, start: _text(value).startswith(_text(start)),
    "endsWith": lambda value, end: _text(value).endswith(_text(end)),
    "indexOf": lambda value, part: Decimal(_text(value).find(_text(part))),
    "substring": _substring,
    "toLowerCase": lambda value: _text(value).lower(),
    "toUpperCase": lambda value: _text(value).upper(),
    "trim": lambda value: _text(value).strip(),
    "toString": to_string,
    "intValue": lambda value: Decimal(int(value)),
    "longValue": lambda value: Decimal(int(value)),
    "doubleValue": lambda value: +value,
    "booleanValue": lambda value: value is True,
}
