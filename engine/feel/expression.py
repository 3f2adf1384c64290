"""An expression, ready to be evaluated any number of times, by any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, Final, Literal

from engine.feel import juel, limits
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelLimitError
from engine.feel.parser import KEYWORDS, Vocabulary, normal, parse_expression, parse_tests
from engine.feel.run import FIRST_LOCAL, NO_FUNCTIONS, Closure, Run, Warning_
from engine.feel.types import Check
from engine.feel.values import convert

Dialect = Literal["auto", "feel", "juel"]

_BUILTIN_WORDS: Final = Vocabulary(BUILTINS)


class Expression:
    """
    A compiled expression.

    `names` are the names it reads from the scope; `certain_names` those that cannot be an entry of a filtered element
    instead; `functions` the names it calls that are not built in.
    """

    __slots__ = ("_closure", "_pad", "_tests", "certain_names", "functions", "names", "node", "text")

    def __init__(self, text: str, node: n.Node, types: Mapping[str, Check] | None = None) -> None:
        compiler = Compiler(types)
        try:
            self._closure: Closure = compiler.compile(node)
        except RecursionError:
            raise FeelLimitError("the nesting of an expression", limits.NESTING) from None
        self._pad = [None] * (compiler.slots - FIRST_LOCAL + 1)
        self._tests = isinstance(node, n.Tests) or compiler.uses_tested
        self.text = text
        self.node = node
        self.names = frozenset(compiler.names)
        self.certain_names = frozenset(compiler.certain)
        self.functions = frozenset(compiler.functions)

    def evaluate(
        self,
        scope: Mapping[str, Any],
        *,
        now: datetime | None = None,
        zone: tzinfo | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        warnings: list[Warning_] | None = None,
    ) -> Any:
        """
        The value, as FEEL holds it (`values.plain`, `values.python` and `values.to_json` lead out).

        The scope is only asked for the names in the text and may be lazy. What is wrong with the data gives null and,
        if a list is given, a reason in `warnings`; only `FeelLimitError` is raised. `now` and `zone` answer `now()` and
        `today()`; without `now` the machine's clock is read, if the expression asks at all.
        """
        frame = [scope, Run(now, zone, functions or NO_FUNCTIONS, warnings), *self._pad]
        if self._tests:
            frame[2] = convert(scope["?"]) if "?" in scope else None
        try:
            return self._closure(frame)
        except RecursionError:
            raise FeelLimitError("the depth of calls", limits.CALL_DEPTH) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def vocabulary(names: Iterable[str] = ()) -> Vocabulary:
    """The built-in functions' names and some more."""
    made = _BUILTIN_WORDS.copy()
    for name in names:
        made.add(normal(name))
    return made


def compile_expression(text: str, dialect: Dialect = "auto", *, names: Iterable[str] = ()) -> Expression:
    """
    Compile one expression; cached by its text.

    `auto`: a text with `${…}` or `#{…}` around it is Camunda 7's, a leading `=` is dropped. `names` are names with
    spaces or signs which the text may use (`Monthly Fee`, `pre-tax`). Raises `FeelSyntaxError` and `FeelLimitError`.
    """
    return _compile(text, dialect, frozenset(names))


@lru_cache(maxsize=4096)
def _compile(text: str, dialect: Dialect, names: frozenset[str]) -> Expression:
    return Expression(text, parse(text, dialect, vocabulary(names)))


def parse(text: str, dialect: Dialect, words: Vocabulary) -> n.Node:
    """The tree of a text in either dialect."""
    stripped = text.strip()
    if dialect == "juel" or (dialect == "auto" and stripped[:2] in ("${", "#{")):
        return juel.parse(stripped)
    if dialect == "auto" and stripped.startswith("="):
        lead = text.index("=") + 1
        return parse_expression(" " * lead + text[lead:], words)
    return parse_expression(text, words)


def compile_unary_tests(text: str, *, names: Iterable[str] = ()) -> Expression:
    """Compile an input cell (`-`, `< 5`, `"a","b"`, `not(1)`); it evaluates to true, false or null for `?`."""
    return _compile_tests(text, frozenset(names))


@lru_cache(maxsize=4096)
def _compile_tests(text: str, names: frozenset[str]) -> Expression:
    return Expression(text, parse_tests(text, vocabulary(names)))


RESERVED_NAMES: Final[frozenset[str]] = KEYWORDS | {"?", "item", "partial"} | frozenset(BUILTINS)
"""Names no variable, field or registered function may have."""


def check_name(name: str) -> None:
    """Refuse a name at the door: ValueError for reserved words, built-in functions and Python's own `__names__`."""
    if name in RESERVED_NAMES or (name.startswith("__") and name.endswith("__")) or not name.strip():
        raise ValueError(f"the name {name!r} is reserved")
