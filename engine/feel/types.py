"""Types: what a value may be, and `instance of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import nodes as n
from engine.feel.run import Null
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Function, Range, convert

Check = Callable[[Any], bool]
"""True when a value (not null) belongs to a type."""

SIMPLE: Final[dict[str, Check]] = {
    "number": lambda v: type(v) is Decimal,
    "string": lambda v: type(v) is str,
    "boolean": lambda v: type(v) is bool,
    "date": lambda v: type(v) is Date,
    "time": lambda v: type(v) is Time,
    "date and time": lambda v: type(v) is DateTime,
    "dateTime": lambda v: type(v) is DateTime,
    "days and time duration": lambda v: type(v) is DaysDuration,
    "dayTimeDuration": lambda v: type(v) is DaysDuration,
    "years and months duration": lambda v: type(v) is MonthsDuration,
    "yearMonthDuration": lambda v: type(v) is MonthsDuration,
    "duration": lambda v: type(v) is DaysDuration or type(v) is MonthsDuration,
    "list": lambda v: type(v) is list,
    "context": lambda v: isinstance(v, Mapping),
    "function": lambda v: type(v) is Function,
    "range": lambda v: type(v) is Range,
    "Any": lambda v: True,
    "any": lambda v: True,
    "null": lambda v: False,
    "Null": lambda v: False,
    # Camunda's typeRefs and XML Schema's names in old files
    "integer": lambda v: type(v) is Decimal,
    "long": lambda v: type(v) is Decimal,
    "double": lambda v: type(v) is Decimal,
    "decimal": lambda v: type(v) is Decimal,
}


def check_for(node: n.TypeNode, named: Mapping[str, Check] | None = None) -> Check | None:
    """The check of a type; `named` adds the types of a model; None when the name is unknown."""
    if isinstance(node, n.NamedType):
        found = (named or {}).get(node.name)
        return found if found is not None else SIMPLE.get(node.name)
    if isinstance(node, n.ListType):
        return _list_check(check_for(node.item, named))
    if isinstance(node, n.RangeType):
        return _range_check(check_for(node.item, named))
    if isinstance(node, n.ContextType):
        return _context_check([(name, check_for(entry, named)) for name, entry in node.entries])
    if isinstance(node, n.FunctionType):
        return lambda v: type(v) is Function and _function_fits(v, node)
    return None


def _function_fits(function: Function, wanted: n.FunctionType) -> bool:
    """Parameters may accept more than is wanted, the result may be less; what is not declared is taken on trust."""
    if function.parameters is not None and len(function.parameters) != len(wanted.parameters):
        return False
    if function.signature is None:
        return True
    parameters, result = function.signature
    accepted = all(
        own is None or conforms(given, own) for given, own in zip(wanted.parameters, parameters, strict=False)
    )
    return accepted and (result is None or conforms(result, wanted.result))


def conforms(type_: n.TypeNode, wanted: n.TypeNode) -> bool:
    """DMN 10.3.2.9.2: whether every value of a type is one of the wanted type."""
    if isinstance(wanted, n.NamedType) and wanted.name in ("Any", "any"):
        return True
    if isinstance(type_, n.NamedType) and type_.name in ("Null", "null"):
        return True
    if isinstance(type_, n.ListType) and isinstance(wanted, n.ListType):
        return conforms(type_.item, wanted.item)
    if isinstance(type_, n.RangeType) and isinstance(wanted, n.RangeType):
        return conforms(type_.item, wanted.item)
    if isinstance(type_, n.ContextType) and isinstance(wanted, n.ContextType):
        own = dict(type_.entries)
        return all(name in own and conforms(own[name], kind) for name, kind in wanted.entries)
    if isinstance(type_, n.FunctionType) and isinstance(wanted, n.FunctionType):
        return (
            len(type_.parameters) == len(wanted.parameters)
            and all(conforms(given, own) for given, own in zip(wanted.parameters, type_.parameters, strict=True))
            and conforms(type_.result, wanted.result)
        )
    return type_ == wanted


def apply_function(function: Function, arguments: list[Any]) -> Any:
    """Call a function value with so many arguments; raises `Null` when one does not fit its declared type."""
    if function.types:
        arguments = [_fitted(function, *pair) for pair in zip(arguments, function.types, strict=False)]
    return function.call(arguments)


def _fitted(function: Function, value: Any, check: Check | None) -> Any:
    """A typed parameter: the value by FEEL's implicit conversions."""
    if check is None or fits(value, check):
        return value
    if type(value) is list and len(value) == 1 and fits(value[0], check):
        return value[0]
    if check([value]):
        return [value]
    if type(value) is Date:
        moment = DateTime(value, Time(0, 0))
        if check(moment):
            return moment
    raise Null("wrong-arguments", function=function.name)


def fits(value: Any, check: Check) -> bool:
    """Whether a value may stand where the type is declared: null always may."""
    return value is None or check(value)


def _list_check(item: Check | None) -> Check | None:
    if item is None:
        return None
    return lambda v: type(v) is list and all(fits(element, item) for element in v)


def _range_check(item: Check | None) -> Check | None:
    if item is None:
        return None

    def check(value: Any) -> bool:
        if type(value) is not Range:
            return False
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(item(end) for end in ends)

    return check


def _context_check(entries: list[tuple[str, Check | None]]) -> Check | None:
    known = [(name, check) for name, check in entries if check is not None]
    if len(known) != len(entries):
        return None
    return lambda v: (
        isinstance(v, Mapping) and all(name in v and fits(convert(v[name]), check) for name, check in known)
    )
