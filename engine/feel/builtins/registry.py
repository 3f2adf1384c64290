"""
How a built-in function is declared.

    @builtin("substring", "string:string", "start position:number", "length:number?")

names the FEEL function and its parameters with their kinds. A `?` after the kind makes the parameter optional, `??`
also lets null through as if it were left out; `*` takes all the rest, at least one. A function with several forms is
declared once a form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from engine.feel.run import Null, Run
from engine.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time
from engine.feel.values import Function, Range, convert, kind_of

Implementation = TypeVar("Implementation", bound=Callable[..., Any])

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "date": (Date,),
    "time": (Time,),
    "moment": (DateTime,),
    "dated": (Date, DateTime),
    "duration": (DaysDuration, MonthsDuration),
    "days duration": (DaysDuration,),
    "range": (Range,),
    "function": (Function,),
    "any": (),
    "context": (),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool
    nullable: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a built-in function."""

    name: str
    parameters: tuple[Parameter, ...]
    implementation: Callable[..., Any]
    with_run: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def least(self) -> int:
        required = sum(not (p.optional or p.rest) for p in self.parameters)
        return required or sum(p.rest for p in self.parameters)

    @property
    def most(self) -> int:
        return 10_000 if self.parameters and self.parameters[-1].rest else len(self.parameters)


BUILTINS: Final[dict[str, list[Form]]] = {}


def builtin(name: str, *parameters: str, with_run: bool = False) -> Callable[[Implementation], Implementation]:
    """Declare a form; `with_run` passes the evaluation as the first argument."""
    parsed = tuple(_parameter(text) for text in parameters)

    def declare(implementation: Implementation) -> Implementation:
        BUILTINS.setdefault(name, []).append(Form(name, parsed, implementation, with_run))
        return implementation

    return declare


def _parameter(text: str) -> Parameter:
    name, _, kind = text.partition(":")
    return Parameter(name, kind.rstrip("?*"), kind.endswith("?"), kind.endswith("??"), kind.endswith("*"))


def fit(parameter: Parameter, value: Any) -> Any:
    """The argument as the parameter wants it, by FEEL's implicit conversions; raises `Null` when it cannot be."""
    kinds = _KINDS[parameter.kind]
    if type(value) in kinds or parameter.kind == "any":
        return value
    if value is None:
        if parameter.nullable:
            return None
        raise Null("null-argument", parameter=parameter.name)
    if parameter.kind == "context":
        if isinstance(value, Mapping):
            return value
    elif parameter.kind == "list":
        return [value]
    if type(value) is list and len(value) == 1 and value[0] is not None and not isinstance(value[0], list):
        return fit(parameter, convert(value[0]))
    raise Null("wrong-argument", parameter=parameter.name, expected=parameter.kind, found=kind_of(value))


def choose(name: str, count: int, names: tuple[str, ...]) -> Form | None:
    """The form for so many arguments, or for these argument names."""
    for form in BUILTINS[name]:
        if names:
            own = form.names
            required = {p.name for p in form.parameters if not p.optional}
            if set(names) <= set(own) and required <= set(names):
                return form
        elif form.least <= count <= form.most:
            return form
    return None


def apply(form: Form, run: Run, arguments: list[Any]) -> Any:
    """Call a form with positional arguments which are already values."""
    parameters = form.parameters
    if parameters and parameters[-1].rest:
        fixed = len(parameters) - 1
        given = [fit(p, v) for p, v in zip(parameters, arguments[:fixed], strict=False)]
        given += [fit(parameters[-1], v) for v in arguments[fixed:]]
    else:
        given = [fit(p, v) for p, v in zip(parameters, arguments, strict=False)]
    return form.implementation(run, *given) if form.with_run else form.implementation(*given)
