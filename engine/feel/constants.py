"""Expressions that are the same in every evaluation: literals, and the conversions of literals."""

from __future__ import annotations

from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.operators import negate
from engine.feel.parser import Vocabulary, parse_expression
from engine.feel.run import Null
from engine.feel.temporal import parse_any
from engine.feel.values import Range, less

UNKNOWN: Final = object()
"""What `constant` answers for an expression that must be evaluated."""

_CONVERSIONS: Final = frozenset(("date", "time", "date and time", "duration", "number"))
_WORDS: Final = Vocabulary(_CONVERSIONS)


def constant(node: n.Node) -> Any:
    """The value of a constant expression, else UNKNOWN."""
    if isinstance(node, n.Number | n.String | n.Boolean):
        return node.value
    if isinstance(node, n.Null):
        return None
    if isinstance(node, n.AtLiteral):
        return parse_any(node.text)
    if isinstance(node, n.Negation):
        return _negated(constant(node.operand))
    if isinstance(node, n.RangeNode):
        return _range(node)
    if isinstance(node, n.ListNode):
        items = [constant(item) for item in node.items]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    if isinstance(node, n.Call) and isinstance(node.function, n.Name) and node.function.name in _CONVERSIONS:
        return _converted(node.function.name, node)
    return UNKNOWN


def _negated(value: Any) -> Any:
    try:
        return UNKNOWN if value is UNKNOWN else negate(value)
    except Null:
        return UNKNOWN


def _range(node: n.RangeNode) -> Any:
    low = constant(node.low) if node.low is not None else None
    high = constant(node.high) if node.high is not None else None
    if UNKNOWN in (low, high) or (low is None and node.low is not None) or (high is None and node.high is not None):
        return UNKNOWN
    if low is not None and high is not None and less(low, high) is None:
        return UNKNOWN
    return Range(low, high, node.low_included, node.high_included)


def _converted(name: str, node: n.Call) -> Any:
    from engine.feel.builtins.registry import BUILTINS, fit  # the built-in functions need this module themselves

    arguments = [constant(argument) for argument in node.arguments]
    if node.names or UNKNOWN in arguments:
        return UNKNOWN
    for form in BUILTINS[name]:
        if form.least <= len(arguments) <= form.most:
            try:
                return form.implementation(*(fit(p, v) for p, v in zip(form.parameters, arguments, strict=False)))
            except Null:
                continue
    return UNKNOWN


def read_range(text: str) -> Range | None:
    """The range a text shows: two constant ends of one kind, the lower first."""
    try:
        node = parse_expression(text, _WORDS)
    except (FeelSyntaxError, FeelLimitError):
        return None
    if not isinstance(node, n.RangeNode) or text.strip()[:1] not in ("[", "]", "("):
        return None
    for end in (node.low, node.high):
        literals = isinstance(end, n.Call) and all(isinstance(a, n.String | n.Number) for a in end.arguments)
        if not (literals or isinstance(end, n.Number | n.String | n.AtLiteral | n.Negation)):
            return None
    found = _range(node)
    if (
        not isinstance(found, Range)
        or type(found.low) is not type(found.high)
        or less(found.high, found.low) is not False
    ):
        return None
    return found
