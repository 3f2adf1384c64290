"""
Text to tree.

FEEL names may hold spaces and even operators (`Monthly Fee`, `pre-tax`), so there is no separate scanner: the parser
reads at a position and asks its vocabulary. A name from the vocabulary (what the caller declared, the built-in
functions, and whatever the text itself introduces: keys of contexts, parameters, loop variables) is taken as long as
possible; otherwise neighbouring words form one name, for two names side by side mean nothing else in FEEL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, DecimalException
from typing import Final, TypeVar

from engine.feel import limits, temporal
from engine.feel import nodes as n
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.values import CONTEXT

_START: Final = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE = re.compile(r"(?:[\s\u0085\u180e\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(f"[{_START}][{_PART}]*")
_DIGITS_WORD = re.compile(f"[{_PART}]+")
_TOKEN = re.compile(f"[{_PART}]+|[^\\s{_PART}]")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_COMPARATOR = re.compile(r"<=|>=|!=|==|=|<|>")
_OPERATOR = re.compile(f"(?:or|and|between|in)(?![{_PART}])|<=|>=|!=|==|[=<>]|\\*\\*|[-+*/]")
_COMPARING: Final = 2
_ADDITIVE: Final = 3
_LEVELS: Final[dict[str, int]] = {
    "or": 0,
    "and": 1,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "==", "between", "in"), _COMPARING),
    **dict.fromkeys(("+", "-"), _ADDITIVE),
    **dict.fromkeys(("*", "/"), 4),
    "**": 5,
}
_KEY = re.compile(f"[{_START}](?:[{_PART}]|[\\s\\-+*/.'])*")

KEYWORDS: Final = frozenset(
    (
        *("if", "then", "else", "for", "return", "some", "every", "satisfies", "in", "between", "and", "or"),
        *("function", "external", "instance", "true", "false", "null"),
    )
)


class Vocabulary:
    """Names which the text may use and which a plain reading would split."""

    __slots__ = ("_by_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        tokens = tuple(_TOKEN.findall(name))
        if len(tokens) > 1:
            known = self._by_first.setdefault(tokens[0], [])
            if tokens not in known:
                known.append(tokens)
                known.sort(key=len, reverse=True)

    def copy(self) -> Vocabulary:
        made = Vocabulary()
        made._by_first = {first: list(names) for first, names in self._by_first.items()}
        return made

    def match(self, text: str, at: int, first: str) -> int:
        """The end of the longest known name at a position, or -1."""
        for tokens in self._by_first.get(first, ()):
            end = at
            for token in tokens:
                found = _TOKEN.match(text, _space(text, end) if end != at else end)
                if not found or found[0] != token:
                    break
                end = found.end()
            else:
                return end
        return -1


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def normal(name: str) -> str:
    """One name however it was spaced."""
    return " ".join(name.split())


def _join(text: str) -> str:
    """The spelling of a name: one space where there were any."""
    return normal(text)


class Parser:
    """One text; `expression()` and `tests()` are the ways in, through `parse_expression` and `parse_tests`."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        if len(text) > limits.TEXT_LENGTH:
            raise FeelLimitError("the length of an expression", limits.TEXT_LENGTH)
        self.text = text
        self.at = 0
        self.depth = 0
        self.vocabulary = vocabulary
        self.range_end = False

    # small things --------------------------------------------------------------------------------------------

    def skip(self) -> int:
        self.at = _space(self.text, self.at)
        return self.at

    def sees(self, symbol: str) -> bool:
        return self.text.startswith(symbol, self.skip())

    def take(self, symbol: str) -> bool:
        if self.sees(symbol):
            self.at += len(symbol)
            return True
        return False

    def need(self, symbol: str, hint: str = "") -> None:
        if not self.take(symbol):
            self.fail(f"“{symbol}” is missing", hint)

    def fail(self, reason: str, hint: str = "") -> None:
        raise FeelSyntaxError(reason, self.text, self.at, hint)

    def sees_word(self, word: str) -> bool:
        found = _WORD.match(self.text, self.skip())
        return found is not None and found[0] == word

    def take_word(self, word: str) -> bool:
        if self.sees_word(word):
            self.at += len(word)
            return True
        return False

    def need_word(self, word: str, hint: str = "") -> None:
        if not self.take_word(word):
            self.fail(f"the word “{word}” is missing", hint)

    def unexpected(self) -> FeelSyntaxError:
        at = self.skip()
        if at >= len(self.text):
            return FeelSyntaxError("the expression ends too early", self.text, at, "something must follow here")
        rest = self.text[at : at + 12].split("\n")[0]
        for wrong, hint in _HINTS:
            if rest.startswith(wrong):
                return FeelSyntaxError(f"“{wrong}” is not FEEL", self.text, at, hint)
        return FeelSyntaxError(f"“{rest}” was not expected", self.text, at)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > limits.NESTING:
            raise FeelLimitError("the nesting of an expression", limits.NESTING)

    # names ---------------------------------------------------------------------------------------------------

    def name_end(self, at: int) -> int:
        """Where the name at this position ends, or -1 when there is none."""
        found = _WORD.match(self.text, at)
        if not found:
            return -1
        known = self.vocabulary.match(self.text, at, found[0])
        if known < 0 and found[0] in KEYWORDS:
            return -1
        end = max(known, found.end())
        while True:
            following = _DIGITS_WORD.match(self.text, _space(self.text, end))
            if not following or following.start() == end or following[0] in KEYWORDS:
                return end
            if following[0][0].isdigit() and "/" in self.text[end : following.start()]:
                return end
            end = following.end()

    def name(self) -> str:
        end = self.name_end(self.skip())
        if end < 0:
            self.fail("a name is missing")
        word = _join(
            _SPACE.sub(" ", self.text[self.at : end]) if "/" in self.text[self.at : end] else self.text[self.at : end]
        )
        self.at = end
        return word

    def declare(self, name: str) -> None:
        self.vocabulary.add(name)

    # levels --------------------------------------------------------------------------------------------------

    def expression(self) -> n.Node:
        self.deeper()
        kept, self.range_end = self.range_end, False
        made = self.binary(0)
        self.range_end = kept
        self.depth -= 1
        return made

    def additive(self) -> n.Node:
        return self.binary(_ADDITIVE)

    def binary(self, least: int) -> n.Node:
        """Operators which bind at least so strongly, left to right."""
        left = self.negation()
        for _ in range(limits.CHAIN):
            at = self.skip()
            found = _OPERATOR.match(self.text, at)
            operator = found[0] if found else ""
            level = _LEVELS.get(operator, -1)
            if level < least:
                return left
            self.at += len(operator)
            left = self.operation(operator, level, left, at)
        raise FeelLimitError("operators in a row", limits.CHAIN)

    def operation(self, operator: str, level: int, left: n.Node, at: int) -> n.Node:
        if operator == "in":
            return n.In(left, self.in_tests(), at=at)
        if operator == "between":
            low = self.additive()
            self.need_word("and", "a “between” has two ends: x between 1 and 10")
            return n.Between(left, low, self.additive(), at=at)
        if operator == "==":
            self.at = at
            self.fail("“==” is not FEEL", "write “=” to compare")
        right = self.binary(level + 1)
        if operator == "or":
            return n.Disjunction(left, right, at=at)
        if operator == "and":
            return n.Conjunction(left, right, at=at)
        if level == _COMPARING:
            return n.Comparison(operator, left, right, at=at)
        return n.Arithmetic(operator, left, right, at=at)

    def negation(self) -> n.Node:
        at = self.skip()
        if not self.take("-"):
            return self.instance_of()
        self.deeper()
        operand = self.negation()
        self.depth -= 1
        return n.Negation(operand, at=at)

    def instance_of(self) -> n.Node:
        value = self.postfix()
        while True:
            at = self.skip()
            if not self.sees_word("instance"):
                return value
            self.take_word("instance")
            self.need_word("of", "write: x instance of number")
            value = n.InstanceOf(value, self.type(), at=at)

    def postfix(self) -> n.Node:
        value = self.primary()
        for _ in range(limits.CHAIN):
            at = self.skip()
            symbol = self.text[at : at + 1]
            if symbol == "." and not self.text.startswith("..", at):
                self.at += 1
                value = n.Path(value, self.member(), at=at)
            elif symbol == "[" and not (self.range_end and self.closes_range(at + 1)):
                self.at += 1
                value = n.Filter(value, self.expression(), at=at)
                self.need("]", "a filter ends with “]”")
            elif symbol == "(":
                self.at += 1
                value = self.call(value, at)
            else:
                return value
        raise FeelLimitError("steps of a path", limits.CHAIN)

    def closes_range(self, at: int) -> bool:
        """Whether `[` at the end of `1..5[` closes the range rather than opening a filter."""
        at = _space(self.text, at)
        rest = self.text[at:]
        word = _WORD.match(rest)
        if word:
            return word[0] in ("and", "or", "then", "else", "return", "satisfies", "in", "instance", "between")
        return rest == "" or rest[0] in ")],}.*/=<>!+"

    def member(self) -> str:
        end = self.name_end(self.skip())
        if end < 0:
            found = _WORD.match(self.text, self.at)
            if not found:
                self.fail("a name is missing after “.”")
            else:
                end = found.end()
        word = _join(self.text[self.at : end])
        self.at = end
        return word

    # the smallest parts --------------------------------------------------------------------------------------

    def primary(self) -> n.Node:
        at = self.skip()
        letter = self.text[at : at + 1]
        reader = _PRIMARIES.get(letter)
        if reader is not None:
            return reader(self, at)
        if letter.isdigit() or letter == ".":
            found = _NUMBER.match(self.text, at)
            if found:
                self.at = found.end()
                return n.Number(self.number(found[0], at), at=at)
        found = _WORD.match(self.text, at)
        if not found:
            raise self.unexpected()
        if self.vocabulary.match(self.text, at, found[0]) < 0:
            keyword = _KEYWORDS.get(found[0])
            if keyword is not None:
                return keyword(self, at)
            if found[0] in KEYWORDS:
                raise self.unexpected()
        return n.Name(self.name(), at=at)

    def number(self, digits: str, at: int) -> Decimal:
        try:
            return CONTEXT.create_decimal(digits)
        except DecimalException:
            raise FeelSyntaxError("the number is too large", self.text, at) from None

    def string(self, at: int) -> n.Node:
        return n.String(self.string_text(), at=at)

    def string_text(self) -> str:
        found = _STRING.match(self.text, self.at)
        if not found:
            self.fail("the string does not end", 'a string ends with “"”')
            return ""
        self.at = found.end()
        if "\\" not in found[1]:
            return found[1]
        text = _ESCAPE.sub(_unescape, found[1])
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _SURROGATE.search(text) else text

    def at_literal(self, at: int) -> n.Node:
        self.at += 1
        self.skip()
        if not self.sees('"'):
            self.fail("“@” needs a string", 'write a date like this: @"2026-11-22"')
        start = self.at
        text = self.string_text()
        if temporal.parse_any(text) is None:
            raise FeelSyntaxError(
                f"“{text}” is no date, time or duration", self.text, start, 'for example @"2026-11-22" or @"PT8H"'
            )
        return n.AtLiteral(text, at=at)

    def bracket(self, at: int) -> n.Node:
        """`[1, 2]` or `[1..2]`"""
        self.at += 1
        if self.take("]"):
            return n.ListNode((), at=at)
        first = self.list_item()
        if self.take(".."):
            return self.rest_of_range(first, True, at)
        items = [first]
        while self.take(","):
            items.append(self.list_item())
        self.need("]", "a list ends with “]”")
        return n.ListNode(tuple(items), at=at)

    def list_item(self) -> n.Node:
        self.skip()
        return self.unary_range(self.at) if _COMPARATOR.match(self.text, self.at) else self.expression()

    def reversed_bracket(self, at: int) -> n.Node:
        """`]1..2[`"""
        self.at += 1
        low = self.expression()
        self.need("..", "a range has two ends: ]1..5[")
        return self.rest_of_range(low, False, at)

    def rest_of_range(self, low: n.Node, low_included: bool, at: int) -> n.Node:
        self.deeper()
        self.range_end = True
        high = self.additive()
        self.range_end = False
        self.depth -= 1
        if self.take("]"):
            return n.RangeNode(low, high, low_included, True, at=at)
        if self.take(")") or self.take("["):
            return n.RangeNode(low, high, low_included, False, at=at)
        self.fail("the range does not end", "a range ends with “]”, “)” or “[”")
        raise AssertionError

    def parenthesis(self, at: int) -> n.Node:
        self.at += 1
        self.skip()
        if _COMPARATOR.match(self.text, self.at):
            made = self.unary_range(self.at)
            self.need(")")
            return made
        inner = self.expression()
        if self.take(".."):
            return self.rest_of_range(inner, False, at)
        self.need(")", "an opening “(” needs its “)”")
        return inner

    def unary_range(self, at: int) -> n.Node:
        """`(< 5)` as a value: the range without a low end."""
        found = _COMPARATOR.match(self.text, at)
        operator = found[0] if found else ""
        if operator in ("!=", "=="):
            self.fail(f"“{operator}” makes no range")
        self.at += len(operator)
        operand = self.additive()
        if operator == "=":
            return n.RangeNode(operand, operand, True, True, at=at)
        included = operator.endswith("=")
        if operator.startswith("<"):
            return n.RangeNode(None, operand, False, included, at=at)
        return n.RangeNode(operand, None, included, False, at=at)

    def context(self, at: int) -> n.Node:
        self.at += 1
        entries: list[tuple[str, n.Node]] = []
        if not self.take("}"):
            while True:
                key = self.key()
                self.need(":", "an entry of a context is written  name: value")
                self.declare(key)
                entries.append((key, self.expression()))
                if not self.take(","):
                    break
            self.need("}", "a context ends with “}”")
        keys = [key for key, _ in entries]
        if len(set(keys)) != len(keys):
            raise FeelSyntaxError("a context names an entry twice", self.text, at, "each name may appear once")
        return n.ContextNode(tuple(entries), at=at)

    def key(self) -> str:
        if self.sees('"'):
            return self.string_text()
        found = _KEY.match(self.text, self.skip())
        if not found:
            self.fail("the name of an entry is missing", "an entry of a context is written  name: value")
            return ""
        self.at = found.end()
        return _join(found[0])

    # words with a meaning ------------------------------------------------------------------------------------

    def if_(self, at: int) -> n.Node:
        self.at += 2
        condition = self.expression()
        self.need_word("then", "if … then … else …")
        then = self.expression()
        self.need_word("else", "every “if” has an “else”; write “else null” when nothing is meant")
        return n.If(condition, then, self.expression(), at=at)

    def for_(self, at: int) -> n.Node:
        self.at += 3
        iterators = self.iterators()
        self.need_word("return", "for x in list return …")
        self.declare("partial")
        return n.For(iterators, self.expression(), at=at)

    def quantified(self, at: int) -> n.Node:
        every = self.take_word("every")
        if not every:
            self.need_word("some")
        iterators = self.iterators()
        self.need_word("satisfies", "some x in list satisfies …")
        return n.Quantified(every, iterators, self.expression(), at=at)

    def iterators(self) -> tuple[tuple[str, n.Node, n.Node | None], ...]:
        found: list[tuple[str, n.Node, n.Node | None]] = []
        while True:
            name = self.name()
            self.declare(name)
            self.need_word("in", "a loop is written  for x in list")
            start = self.expression()
            found.append((name, start, self.expression() if self.take("..") else None))
            if not self.take(","):
                return tuple(found)

    def function(self, at: int) -> n.Node:
        self.at += len("function")
        self.need("(", "a function is written  function(x) x + 1")
        parameters: list[tuple[str, n.TypeNode | None]] = []
        while not self.take(")"):
            if parameters:
                self.need(",")
            name = self.key()
            self.declare(name)
            parameters.append((name, self.type() if self.take(":") else None))
        external = self.take_word("external")
        return n.FunctionNode(tuple(parameters), self.expression(), external, at=at)

    def true(self, at: int) -> n.Node:
        self.at += 4
        return n.Boolean(True, at=at)

    def false(self, at: int) -> n.Node:
        self.at += 5
        return n.Boolean(False, at=at)

    def null(self, at: int) -> n.Node:
        self.at += 4
        return n.Null(at=at)

    def call(self, function: n.Node, at: int) -> n.Node:
        arguments: list[n.Node] = []
        names: list[str] = []
        while not self.take(")"):
            if arguments:
                self.need(",", "arguments are separated by commas")
            named = _KEY.match(self.text, self.skip())
            if named and self.text.startswith(":", named.end()):
                names.append(_join(named[0]))
                self.at = named.end() + 1
            arguments.append(self.list_item())
            if names and len(names) != len(arguments):
                self.fail("either all arguments are named or none", "name the other arguments too")
        if names and len(set(names)) != len(names):
            self.fail("an argument is named twice")
        return n.Call(function, tuple(arguments), tuple(names), at=at)

    # tests ---------------------------------------------------------------------------------------------------

    def in_tests(self) -> tuple[n.Node, ...]:
        """What may follow `in`: one test, or several in brackets."""
        start = self.skip()
        if self.sees("("):
            kept = self.depth
            try:
                found = self.bracketed_tests()
            except FeelSyntaxError:
                found = ()
            if found:
                return found
            self.at, self.depth = start, kept
        return (self.test(),)

    def bracketed_tests(self) -> tuple[n.Node, ...]:
        self.need("(")
        found = [self.test(self.expression)]
        while self.take(","):
            found.append(self.test(self.expression))
        if not self.take(")"):
            return ()
        following = self.text[self.skip() : self.at + 1]
        return () if following in ("[", ".", "(", "*", "/", "+", "-") and following else tuple(found)

    def test(self, operand: Callable[[], n.Node] | None = None) -> n.Node:
        at = self.skip()
        found = _COMPARATOR.match(self.text, at)
        if not found:
            return (operand or self.additive)()
        if found[0] == "==":
            self.fail("“==” is not FEEL", "write “=” to compare")
        self.at = found.end()
        return n.Test(found[0], self.additive(), at=at)

    def tests(self) -> n.Tests:
        at = self.skip()
        if self.take("-") and self.skip() == len(self.text):
            return n.Tests((), at=at)
        self.at = at
        if self.take_word("not") and self.take("("):
            found = self.test_list()
            if self.take(")") and self.skip() == len(self.text):
                return n.Tests(found, True, at=at)
            self.at = at
        self.at = at
        return n.Tests(self.test_list(), at=at)

    def test_list(self) -> tuple[n.Node, ...]:
        found = [self.test(self.expression)]
        while self.take(","):
            found.append(self.test(self.expression))
        return tuple(found)

    # types ---------------------------------------------------------------------------------------------------

    def type(self) -> n.TypeNode:
        self.deeper()
        at = self.skip()
        made = self.type_at(at)
        self.depth -= 1
        return made

    def type_at(self, at: int) -> n.TypeNode:
        if self.sees_word("function"):
            self.at += len("function")
            return self.function_type(at)
        end = self.type_name_end(at)
        if end < 0:
            self.fail("the name of a type is missing", "for example number, string, date, list<string>")
        name = _join(self.text[at:end])
        self.at = end
        if name in ("list", "range") and self.take("<"):
            item = self.type()
            self.need(">")
            return n.ListType(item, at=at) if name == "list" else n.RangeType(item, at=at)
        if name == "context" and self.take("<"):
            return self.context_type(at)
        while self.take("."):
            name = f"{name}.{self.member()}"
        return n.NamedType(name, at=at)

    def type_name_end(self, at: int) -> int:
        for known in ("days and time duration", "years and months duration", "date and time", "null"):
            tokens = tuple(known.split())
            end = Vocabulary([known]).match(self.text, at, tokens[0]) if len(tokens) > 1 else -1
            if end > 0:
                return end
        if self.sees_word("null"):
            return at + 4
        return self.name_end(at)

    def function_type(self, at: int) -> n.TypeNode:
        parameters: list[n.TypeNode] = []
        if not self.take("<"):
            return n.NamedType("function", at=at)
        while not self.take(">"):
            if parameters:
                self.need(",")
            parameters.append(self.type())
        self.need("->", "function<number, number> -> number")
        return n.FunctionType(tuple(parameters), self.type(), at=at)

    def context_type(self, at: int) -> n.TypeNode:
        entries: list[tuple[str, n.TypeNode]] = []
        while not self.take(">"):
            if entries:
                self.need(",")
            key = self.key()
            self.need(":")
            entries.append((key, self.type()))
        return n.ContextType(tuple(entries), at=at)


_HINTS: Final = (
    ("==", "write “=” to compare"),
    ("&&", "write “and”"),
    ("||", "write “or”"),
    ("!", "write “not(…)” or “!=”"),
    ("'", 'strings are written with double quotes: "text"'),
    ("“", 'strings are written with straight quotes: "text"'),
    ("«", 'strings are written with straight quotes: "text"'),
    ("?:", "write “if … then … else …”"),
    ("%", "write “modulo(a, b)”"),
    ("${", "this is the Camunda 7 way: the whole text must stand inside ${…}"),
    ("then", "a “then” needs its “if”"),
    ("else", "an “else” needs its “if … then”"),
)

_PRIMARIES: Final[dict[str, Callable[[Parser, int], n.Node]]] = {
    '"': Parser.string,
    "@": Parser.at_literal,
    "[": Parser.bracket,
    "]": Parser.reversed_bracket,
    "(": Parser.parenthesis,
    "{": Parser.context,
}

_KEYWORDS: Final[dict[str, Callable[[Parser, int], n.Node]]] = {
    "if": Parser.if_,
    "for": Parser.for_,
    "some": Parser.quantified,
    "every": Parser.quantified,
    "function": Parser.function,
    "true": Parser.true,
    "false": Parser.false,
    "null": Parser.null,
}


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else "\ufffd"
    return _ESCAPED.get(found[3], found[0])


Tree = TypeVar("Tree")


def _whole(text: str, vocabulary: Vocabulary, read: Callable[[Parser], Tree]) -> Tree:
    parser = Parser(text, vocabulary)
    try:
        made = read(parser)
    except RecursionError:
        raise FeelLimitError("the nesting of an expression", limits.NESTING) from None
    if parser.skip() < len(text):
        raise parser.unexpected()
    return made


def parse_expression(text: str, vocabulary: Vocabulary) -> n.Node:
    """The tree of one expression; FeelSyntaxError says where it goes wrong."""
    return _whole(text, vocabulary, Parser.expression)


def parse_tests(text: str, vocabulary: Vocabulary) -> n.Tests:
    """The tree of a decision table's input cell."""
    return _whole(text, vocabulary, Parser.tests)


def parse_type(text: str, vocabulary: Vocabulary) -> n.TypeNode:
    """The tree of a type: `list<number>`."""
    return _whole(text, vocabulary, Parser.type)
