"""
Tree to text: the canonical way to write an expression.

`parse(print(tree))` is the tree again. Brackets appear only where precedence needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.values import quote

_OPEN, _OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _NEGATE, _INSTANCE, _POSTFIX, _PRIMARY = range(11)
"""How strongly a text binds; what is open takes everything that follows it (`if`, `for`, `some`, `every`, `function`)."""
_ARITHMETIC: Final = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}


def print_expression(node: n.Node) -> str:
    """The canonical text of an expression (FEEL's own trees; those of `${…}` have no FEEL text)."""
    return _print(node, _OPEN)


def print_tests(node: n.Tests) -> str:
    """The canonical text of an input cell."""
    if not node.tests:
        return "-"
    inner = ", ".join(_test(test) for test in node.tests)
    return f"not({inner})" if node.negated else inner


def _print(node: n.Node, least: int) -> str:
    """The text of a node where something that binds at least so strongly must stand."""
    level, text = _PRINTERS[type(node)](node)
    return text if level >= least else f"({text})"


def _binary(left: n.Node, operator: str, right: n.Node, level: int) -> tuple[int, str]:
    return level, f"{_print(left, level)} {operator} {_print(right, level + 1)}"


def _test(test: n.Node) -> str:
    if isinstance(test, n.Test):
        return f"{test.operator} {_print(test.operand, _ADD)}"
    return _print(test, _OPEN)


def _in(node: n.In) -> tuple[int, str]:
    value = _print(node.value, _COMPARE)
    if len(node.tests) == 1 and not isinstance(node.tests[0], n.Test):
        return _COMPARE, f"{value} in {_print(node.tests[0], _ADD)}"
    return _COMPARE, f"{value} in ({', '.join(map(_test, node.tests))})"


def _iterators(iterators: tuple[tuple[str, n.Node, n.Node | None], ...]) -> str:
    parts = []
    for name, start, end in iterators:
        source = _print(start, _OPEN) if end is None else f"{_print(start, _OPEN)}..{_print(end, _OPEN)}"
        parts.append(f"{name} in {source}")
    return ", ".join(parts)


def _call(node: n.Call) -> tuple[int, str]:
    arguments = [_print(argument, _OPEN) for argument in node.arguments]
    if node.names:
        arguments = [f"{name}: {argument}" for name, argument in zip(node.names, arguments, strict=True)]
    return _POSTFIX, f"{_print(node.function, _POSTFIX)}({', '.join(arguments)})"


def _function(node: n.FunctionNode) -> tuple[int, str]:
    parameters = [name if kind is None else f"{name}: {print_type(kind)}" for name, kind in node.parameters]
    external = " external" if node.external else ""
    return _OPEN, f"function({', '.join(parameters)}){external} {_print(node.body, _OPEN)}"


def _range(node: n.RangeNode) -> tuple[int, str]:
    if node.low is None and node.high is not None:
        return _PRIMARY, f"({'<=' if node.high_included else '<'} {_print(node.high, _ADD)})"
    if node.high is None and node.low is not None:
        return _PRIMARY, f"({'>=' if node.low_included else '>'} {_print(node.low, _ADD)})"
    if node.low is None or node.high is None:
        return _PRIMARY, "null"
    opening, closing = "[" if node.low_included else "(", "]" if node.high_included else ")"
    return _PRIMARY, f"{opening}{_print(node.low, _OPEN)}..{_print(node.high, _ADD)}{closing}"


def _number(node: n.Number) -> tuple[int, str]:
    return _PRIMARY, str(node.value).replace("E+", "e")


def _context(node: n.ContextNode) -> tuple[int, str]:
    entries = [f"{quote(key)}: {_print(value, _OPEN)}" for key, value in node.entries]
    return _PRIMARY, "{" + ", ".join(entries) + "}"


_PRINTERS: Final[dict[type, Callable[[Any], tuple[int, str]]]] = {
    n.Number: _number,
    n.String: lambda node: (_PRIMARY, quote(node.value)),
    n.Boolean: lambda node: (_PRIMARY, "true" if node.value else "false"),
    n.Null: lambda node: (_PRIMARY, "null"),
    n.AtLiteral: lambda node: (_PRIMARY, f"@{quote(node.text)}"),
    n.Name: lambda node: (_PRIMARY, node.name),
    n.Path: lambda node: (_POSTFIX, f"{_print(node.source, _POSTFIX)}.{node.name}"),
    n.Filter: lambda node: (_POSTFIX, f"{_print(node.source, _POSTFIX)}[{_print(node.condition, _OPEN)}]"),
    n.Call: _call,
    n.Arithmetic: lambda node: _binary(node.left, node.operator, node.right, _ARITHMETIC[node.operator]),
    n.Negation: lambda node: (_NEGATE, f"-{_print(node.operand, _NEGATE)}"),
    n.Comparison: lambda node: _binary(node.left, node.operator, node.right, _COMPARE),
    n.Conjunction: lambda node: _binary(node.left, "and", node.right, _AND),
    n.Disjunction: lambda node: _binary(node.left, "or", node.right, _OR),
    n.Between: lambda node: (
        _COMPARE,
        f"{_print(node.value, _COMPARE)} between {_print(node.low, _ADD)} and {_print(node.high, _ADD)}",
    ),
    n.In: _in,
    n.InstanceOf: lambda node: (_INSTANCE, f"{_print(node.value, _INSTANCE)} instance of {print_type(node.type)}"),
    n.If: lambda node: (
        _OPEN,
        f"if {_print(node.condition, _OPEN)} then {_print(node.then, _OPEN)} else {_print(node.otherwise, _OPEN)}",
    ),
    n.For: lambda node: (_OPEN, f"for {_iterators(node.iterators)} return {_print(node.body, _OPEN)}"),
    n.Quantified: lambda node: (
        _OPEN,
        f"{'every' if node.every else 'some'} {_iterators(node.iterators)} satisfies {_print(node.condition, _OPEN)}",
    ),
    n.FunctionNode: _function,
    n.ContextNode: _context,
    n.ListNode: lambda node: (_PRIMARY, "[" + ", ".join(_print(item, _OPEN) for item in node.items) + "]"),
    n.RangeNode: _range,
}


def print_type(node: n.TypeNode) -> str:
    """The text of a type."""
    if isinstance(node, n.NamedType):
        return node.name
    if isinstance(node, n.ListType):
        return f"list<{print_type(node.item)}>"
    if isinstance(node, n.RangeType):
        return f"range<{print_type(node.item)}>"
    if isinstance(node, n.ContextType):
        return "context<" + ", ".join(f"{name}: {print_type(kind)}" for name, kind in node.entries) + ">"
    if isinstance(node, n.FunctionType):
        return f"function<{', '.join(map(print_type, node.parameters))}> -> {print_type(node.result)}"
    raise TypeError(type(node).__name__)
