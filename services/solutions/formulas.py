"""
The formulas of a card type in the order they are reckoned in, and the defaults of its fields. Pure.

A formula reads `card.<field>`, in a column of a table also `row.<column>`. Which names it reads is taken from its text, so
the order is known before anything is reckoned and a circle is found before anything is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from engine.feel import Expression, FeelLimitError, FeelSyntaxError, compile_expression
from engine.feel.nodes import Name, Node, Path
from services.fields import TYPES, Around, FieldError, FieldSpec

OWN = frozenset({"number", "state", "title", "ref", "type", "author", "registered_on"})
"""What a card has beside its fields."""
CARD, ROW = "card", "row"
USER = ("login", "name", "post", "unit")
"""What a default may read of who makes the card: `user.login`; all null for a customer and for the machine."""


@dataclass(frozen=True)
class Formula:
    """One formula: of a field, or of a column of the table `key`."""

    key: str
    spec: FieldSpec
    expression: Expression
    column: str | None = None


@dataclass(frozen=True)
class Reads:
    """Which names a formula reads: of the card, of its row, and others; `whole` ones are read without a name after them."""

    card: frozenset[str]
    row: frozenset[str]
    others: frozenset[str]
    whole: frozenset[str]


@lru_cache(1024)
def compiled(text: str) -> Expression:
    """A formula or default as FEEL; a leading `=` is accepted. Raises FeelSyntaxError and FeelLimitError."""
    return compile_expression(text.strip().removeprefix("="))


def is_formula(default: Any) -> bool:
    """Whether a default is FEEL rather than the value itself."""
    return isinstance(default, str) and default.lstrip().startswith("=")


def reads(expression: Expression) -> Reads:
    """What the expression reads from outside."""
    found: dict[str, set[str]] = {CARD: set(), ROW: set()}
    whole: set[str] = set()
    _walk(expression.node, found, whole)
    others = frozenset(expression.certain_names) - {CARD, ROW}
    return Reads(frozenset(found[CARD]), frozenset(found[ROW]), others, frozenset(whole))


def _walk(node: Any, found: Mapping[str, set[str]], whole: set[str]) -> None:
    if isinstance(node, Path) and isinstance(node.source, Name) and node.source.name in found:
        found[node.source.name].add(node.name)
    elif isinstance(node, Name):
        if node.name in found:
            whole.add(node.name)
    else:
        for inner in _inner(node):
            _walk(inner, found, whole)


def _inner(node: Any) -> Iterator[Any]:
    if is_dataclass(node) and isinstance(node, Node):
        for one in fields(node):
            yield from _inner_value(getattr(node, one.name))


def _inner_value(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _inner_value(one)


def field_of(name: str, keys: Iterable[str]) -> str | None:
    """The field a name after `card.` or `row.` belongs to: itself, or `<key>_item`, `<key>_currency`, `<key>_total`."""
    known = set(keys)
    if name in known:
        return name
    key, _, tail = name.rpartition("_")
    return key if tail in {"item", "currency", "total"} and key in known else None


def default_of(spec: FieldSpec, scope: Mapping[str, Any], around: Around) -> Any:
    """The kept default of one field; None for one that gives nothing or nothing that fits."""
    try:
        if not is_formula(spec.default):
            return TYPES[spec.type].parse(spec.default, spec, around)
        expression = usable(str(spec.default))
        if expression is None:
            return None
        manner = around.manner
        return TYPES[spec.type].from_feel(expression.evaluate(scope, now=manner.now, zone=manner.zone), spec, around)
    except (FieldError, FeelLimitError):
        return None


def computed(specs: Iterable[FieldSpec]) -> list[Formula]:
    """Every formula that can be compiled, in the order of the file."""
    made = []
    for spec in specs:
        for column in (None, *spec.columns):
            declared = column or spec
            if declared.type == "computed" and (expression := usable(declared.formula)) is not None:
                made.append(Formula(spec.key, declared, expression, column.key if column else None))
    return made


def usable(text: str) -> Expression | None:
    """The compiled text, or nothing for one that does not compile."""
    try:
        return compiled(text)
    except (FeelSyntaxError, FeelLimitError):
        return None


def in_order(specs: tuple[FieldSpec, ...]) -> tuple[Formula, ...]:
    """The formulas so that each comes after what it reads. Raises CycleError naming the circle."""
    formulas = {(one.key, one.column): one for one in computed(specs)}
    by_key = {spec.key: spec for spec in specs}
    needs: dict[tuple[str, str | None], set[tuple[str, str | None]]] = {}
    for place, one in formulas.items():
        read = reads(one.expression)
        wanted: set[tuple[str, str | None]] = set()
        for name in read.card:
            key = field_of(name, by_key)
            if key is not None:
                wanted |= {(key, None)} | {(key, column.key) for column in by_key[key].columns}
        if one.column is not None:
            columns = [column.key for column in by_key[one.key].columns]
            wanted |= {(one.key, found) for name in read.row if (found := field_of(name, columns))}
        needs[place] = {other for other in wanted if other in formulas}
    return tuple(formulas[place] for place in TopologicalSorter(needs).static_order())


__all__ = [
    "CARD",
    "OWN",
    "ROW",
    "USER",
    "CycleError",
    "Formula",
    "Reads",
    "compiled",
    "computed",
    "default_of",
    "field_of",
    "in_order",
    "is_formula",
    "reads",
    "usable",
]
