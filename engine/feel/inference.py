"""
What can be said about types without evaluating: the kind of an expression where it is known, and where kinds clash.

Only what is certain is reported: an unknown kind goes with everything, and null is never foreseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.constants import UNKNOWN, constant
from engine.feel.operators import OPERATIONS
from engine.feel.properties import PROPERTIES
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import KINDS, kind_of

_CLASSES: Final[dict[str, type]] = {name: kind for kind, name in KINDS.items()}
_DATED: Final = frozenset(("date", "date and time"))
_RESULTS: Final[dict[str, str]] = {
    **dict.fromkeys(("count", "string length", "floor", "ceiling", "modulo", "sqrt", "exp", "log", "number"), "number"),
    **dict.fromkeys(("decimal", "round up", "round down", "round half up", "round half down", "product"), "number"),
    **dict.fromkeys(("median", "stddev", "day of year", "week of year"), "number"),
    **dict.fromkeys(("string", "upper case", "lower case", "substring", "substring before", "replace"), "string"),
    **dict.fromkeys(("substring after", "string join", "day of week", "month of year", "trim"), "string"),
    **dict.fromkeys(
        ("contains", "starts with", "ends with", "matches", "not", "list contains", "is", "even"), "boolean"
    ),
    **dict.fromkeys(("odd", "all", "any", "before", "after", "includes", "during", "is empty"), "boolean"),
    **dict.fromkeys(("split", "append", "concatenate", "sort", "reverse", "distinct values", "flatten"), "list"),
    **dict.fromkeys(("union", "sublist", "remove", "index of", "get entries"), "list"),
    **dict.fromkeys(("date", "today", "last day of month"), "date"),
    **dict.fromkeys(("now", "date and time"), "date and time"),
    "time": "time",
    "years and months duration": "years and months duration",
}


@dataclass(frozen=True)
class Clash:
    """Two kinds that never go together, at a position of the text."""

    operator: str
    left: str
    right: str
    at: int


def check_types(node: n.Node, kinds: Mapping[str, str]) -> list[Clash]:
    """All clashes in an expression; `kinds` are the FEEL types of names where they are known."""
    inference = _Inference(kinds)
    inference.kind(node)
    return inference.clashes


def kind_of_node(node: n.Node, kinds: Mapping[str, str]) -> str | None:
    """The kind an expression has whenever it is not null; None when that cannot be known."""
    return _Inference(kinds).kind(node)


class _Inference:
    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = dict(kinds)
        self.clashes: list[Clash] = []

    def kind(self, node: n.Node) -> str | None:
        value = constant(node)
        if value is not UNKNOWN:
            return None if value is None else kind_of(value)
        read = _READERS.get(type(node))
        return read(self, node) if read is not None else None

    def name(self, node: n.Name) -> str | None:
        return self.kinds.get(node.name)

    def arithmetic(self, node: n.Arithmetic) -> str | None:
        left, right = self.kind(node.left), self.kind(node.right)
        table = OPERATIONS[node.operator]
        if left is None or right is None:
            sides = {a if right is None else b for a, b in table}
            known = left or right
            if known is not None and known in _CLASSES and _CLASSES[known] not in sides:
                self.clashes.append(Clash(node.operator, known, "", node.at))
            return None
        if left not in _CLASSES or right not in _CLASSES:
            return None
        pair = (_CLASSES[left], _CLASSES[right])
        if pair not in table:
            self.clashes.append(Clash(node.operator, left, right, node.at))
            return None
        return _result(node.operator, left, right)

    def comparison(self, node: n.Comparison) -> str:
        self._comparable(node.operator, self.kind(node.left), self.kind(node.right), node.at)
        return "boolean"

    def _comparable(self, operator: str, left: str | None, right: str | None, at: int) -> None:
        if left is None or right is None or left == right or {left, right} <= _DATED:
            return
        self.clashes.append(Clash(operator, left, right, at))

    def between(self, node: n.Between) -> str:
        value = self.kind(node.value)
        for end in (node.low, node.high):
            self._comparable("between", value, self.kind(end), node.at)
        return "boolean"

    def logic(self, node: n.Conjunction | n.Disjunction) -> str:
        for side in (node.left, node.right):
            self._condition("and" if isinstance(node, n.Conjunction) else "or", side)
        return "boolean"

    def _condition(self, word: str, node: n.Node) -> None:
        found = self.kind(node)
        if found not in (None, "boolean"):
            self.clashes.append(Clash(word, str(found), "boolean", node.at))

    def if_(self, node: n.If) -> str | None:
        self._condition("if", node.condition)
        then, otherwise = self.kind(node.then), self.kind(node.otherwise)
        return then if then == otherwise else None

    def negation(self, node: n.Negation) -> str | None:
        found = self.kind(node.operand)
        if found not in (None, "number", "days and time duration", "years and months duration"):
            self.clashes.append(Clash("-", str(found), "", node.at))
        return found

    def path(self, node: n.Path) -> str | None:
        source = self.kind(node.source)
        owner = _CLASSES.get(source or "")
        if owner in _PRIMITIVES and node.name not in PROPERTIES.get(owner, {}):
            self.clashes.append(Clash(f".{node.name}", str(source), "", node.at))
        return None

    def call(self, node: n.Call) -> str | None:
        for argument in node.arguments:
            self.kind(argument)
        return _RESULTS.get(node.function.name) if isinstance(node.function, n.Name) else None

    def list_(self, node: n.ListNode) -> str:
        for item in node.items:
            self.kind(item)
        return "list"

    def context(self, node: n.ContextNode) -> str:
        kept = dict(self.kinds)
        for key, value in node.entries:
            found = self.kind(value)
            self.kinds.pop(key, None)
            if found is not None:
                self.kinds[key] = found
        self.kinds = kept
        return "context"

    def loop(self, node: n.For | n.Quantified) -> str:
        kept = dict(self.kinds)
        for name, start, end in node.iterators:
            self.kind(start)
            if end is not None:
                self.kind(end)
            self.kinds.pop(name, None)
        self.kind(node.body if isinstance(node, n.For) else node.condition)
        self.kinds = kept
        return "list" if isinstance(node, n.For) else "boolean"


_PRIMITIVES: Final = (str, bool, Date, Time, DateTime, DaysDuration, MonthsDuration, _CLASSES["number"])


def _result(operator: str, left: str, right: str) -> str | None:
    kinds = {left, right}
    durations = kinds & {"days and time duration", "years and months duration"}
    if left == right and left in ("number", "string") and operator != "-":
        return left
    if operator in ("+", "-"):
        if left == right:
            return "number" if left == "number" else (left if durations else "days and time duration")
        dated = kinds & {"date", "date and time", "time"}
        return next(iter(dated)) if len(dated) == 1 and durations else "days and time duration"
    if operator == "/" and left == right:
        return "number"
    return next(iter(durations)) if durations else "number"


_READERS: Final[dict[type, Callable[[_Inference, Any], str | None]]] = {
    n.Name: _Inference.name,
    n.Arithmetic: _Inference.arithmetic,
    n.Comparison: _Inference.comparison,
    n.Between: _Inference.between,
    n.Conjunction: _Inference.logic,
    n.Disjunction: _Inference.logic,
    n.If: _Inference.if_,
    n.Negation: _Inference.negation,
    n.Path: _Inference.path,
    n.Call: _Inference.call,
    n.ListNode: _Inference.list_,
    n.ContextNode: _Inference.context,
    n.For: _Inference.loop,
    n.Quantified: _Inference.loop,
    n.In: lambda c, node: "boolean",
    n.InstanceOf: lambda c, node: "boolean",
}
