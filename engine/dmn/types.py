"""The types of a model: item definitions as checks, and FEEL's implicit conversions towards them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.dmn import model as m
from engine.feel import compile_unary_tests
from engine.feel import nodes as n
from engine.feel.errors import FeelSyntaxError
from engine.feel.expression import vocabulary
from engine.feel.parser import parse_type
from engine.feel.temporal import Date, DateTime, Time
from engine.feel.types import SIMPLE, Check, check_for, fits
from engine.feel.values import Function, convert

MISFIT = object()
"""What `coerce` answers for a value that cannot become one of the type."""


class Types:
    """All types of one model, its imports included under `name.type`."""

    def __init__(self, items: Iterable[m.ItemDefinition], imported: Mapping[str, Types] | None = None) -> None:
        self._items = {item.name: item for item in items}
        self._imported = dict(imported or {})
        self._checks: dict[str, Check] = {}
        self.checks: Mapping[str, Check] = _Lookup(self)

    def item(self, name: str) -> m.ItemDefinition | None:
        """The item definition of that name, for looking at its components."""
        found = self._items.get(name)
        if found is None and "." in name:
            prefix, _, rest = name.partition(".")
            return self._imported[prefix].item(rest) if prefix in self._imported else None
        return found

    def check(self, type_ref: str | None) -> Check | None:
        """The check of a type by name; None for Any, for no type and for an unknown one."""
        if type_ref is None or type_ref in ("Any", "any"):
            return None
        if type_ref in self._checks:
            return self._checks[type_ref]
        item = self.item(type_ref)
        if item is None:
            return SIMPLE.get(type_ref.removeprefix("feel:")) or self._parsed(type_ref)
        # a recursive type meets this forward reference to itself
        self._checks[type_ref] = lambda value: self._checks[type_ref](value)  # noqa: PLW0108 - looked up when called
        made = self._owner(type_ref)._item_check(item)
        self._checks[type_ref] = made
        return made

    def knows(self, type_ref: str | None) -> bool:
        return type_ref is None or type_ref in ("Any", "any") or self.check(type_ref) is not None

    def coerce(self, value: Any, type_ref: str | None) -> Any:
        """The value as the type wants it (DMN 10.3.2.9.4), or MISFIT."""
        check = self.check(type_ref)
        return value if check is None else coerce(value, check)

    def tree(self, type_ref: str | None) -> n.TypeNode | None:
        """A type by name as a tree, with what is behind names of simple types; None for no type."""
        if type_ref is None:
            return None
        item = self.item(type_ref)
        if item is None:
            return n.NamedType(type_ref.removeprefix("feel:"))
        made: n.TypeNode | None
        if item.components:
            entries = [(part.name, self._part_tree(part)) for part in item.components]
            made = n.ContextType(tuple(entries))
        elif item.is_function:
            made = n.NamedType("function")
        else:
            made = self.tree(item.type_ref) if item.type_ref != type_ref else None
        made = made or n.NamedType("Any")
        return n.ListType(made) if item.is_collection else made

    def _part_tree(self, part: m.ItemDefinition) -> n.TypeNode:
        if part.components:
            inner: n.TypeNode = n.ContextType(tuple((p.name, self._part_tree(p)) for p in part.components))
        else:
            inner = n.NamedType(part.type_ref or "Any")
        return n.ListType(inner) if part.is_collection else inner

    def _owner(self, type_ref: str) -> Types:
        prefix, _, rest = type_ref.partition(".")
        if type_ref not in self._items and prefix in self._imported:
            return self._imported[prefix]._owner(rest)
        return self

    def _parsed(self, type_ref: str) -> Check | None:
        """A type written out: `list<number>`."""
        if "<" not in type_ref:
            return None
        try:
            return check_for(parse_type(type_ref, vocabulary(self._items)), self.checks)
        except FeelSyntaxError:
            return None

    def _item_check(self, item: m.ItemDefinition) -> Check:
        if item.is_function:
            return lambda value: type(value) is Function
        base = self._components_check(item) if item.components else (self.check(item.type_ref) or (lambda value: True))
        if item.allowed:
            base = _both(base, _allowed(item.allowed))
        if item.is_collection:
            element = base
            base = _list_of(element)
        if item.constraint:
            base = _both(base, _allowed(item.constraint))
        return base

    def _components_check(self, item: m.ItemDefinition) -> Check:
        parts = [(part.name, self._item_check(part)) for part in item.components]

        def check(value: Any) -> bool:
            return isinstance(value, Mapping) and all(
                name in value and fits(convert(value[name]), part) for name, part in parts
            )

        return check


class _Lookup(Mapping[str, Check]):
    """The named types as FEEL's `instance of` asks for them."""

    def __init__(self, types: Types) -> None:
        self._types = types

    def __getitem__(self, name: str) -> Check:
        found = self._types.check(name) if self._types.item(name) is not None else None
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Any:
        return iter(self._types._items)

    def __len__(self) -> int:
        return len(self._types._items)


def _both(first: Check, second: Check) -> Check:
    return lambda value: first(value) and second(value)


def _list_of(element: Check) -> Check:
    return lambda value: type(value) is list and all(fits(item, element) for item in value)


def _allowed(text: str) -> Check:
    try:
        tests = compile_unary_tests(text)
    except FeelSyntaxError:
        return lambda value: True
    return lambda value: tests.evaluate({"?": value}) is True


def coerce(value: Any, check: Callable[[Any], bool]) -> Any:
    """Implicit conversions: a list of one and its element, a date and its midnight."""
    if value is None or check(value):
        return value
    if type(value) is list and len(value) == 1 and fits(value[0], check):
        return value[0]
    if type(value) is not list and check([value]):
        return [value]
    if type(value) is Date:
        moment = DateTime(value, Time(0, 0))
        if check(moment):
            return moment
    return MISFIT
