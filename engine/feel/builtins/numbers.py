"""Functions on numbers."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
)
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.run import Null
from engine.feel.temporal import DaysDuration, MonthsDuration
from engine.feel.values import CONTEXT, kind_of

_WIDE = Context(prec=12_500, Emin=-20_000, Emax=20_000)


def _round(n: Decimal, scale: Decimal | None, rounding: str) -> Decimal:
    digits = int(scale or 0)
    if not -6111 <= digits <= 6176:
        raise Null("scale-out-of-range")
    exponent = n.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return n
    try:
        rounded = n.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=_WIDE)
        return CONTEXT.plus(rounded if digits >= 0 else rounded.quantize(Decimal(1), context=_WIDE))
    except DecimalException:
        raise Null("not-computable", operator="round") from None


@builtin("decimal", "n:number", "scale:number")
def decimal(n: Decimal, scale: Decimal) -> Decimal:
    return _round(n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n:number", "scale:number?")
def floor(n: Decimal, scale: Decimal | None = None) -> Decimal:
    return _round(n, scale, ROUND_FLOOR)


@builtin("ceiling", "n:number", "scale:number?")
def ceiling(n: Decimal, scale: Decimal | None = None) -> Decimal:
    return _round(n, scale, ROUND_CEILING)


@builtin("round up", "n:number", "scale:number")
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    return _round(n, scale, ROUND_UP)


@builtin("round down", "n:number", "scale:number")
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    return _round(n, scale, ROUND_DOWN)


@builtin("round half up", "n:number", "scale:number")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    return _round(n, scale, ROUND_HALF_UP)


@builtin("round half down", "n:number", "scale:number")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    return _round(n, scale, ROUND_HALF_DOWN)


@builtin("abs", "n:any")
def abs_(n: Any) -> Any:
    if isinstance(n, list) and len(n) == 1:
        n = n[0]
    if isinstance(n, Decimal):
        return n.copy_abs()
    if isinstance(n, DaysDuration):
        return DaysDuration(abs(n.nanos))
    if isinstance(n, MonthsDuration):
        return MonthsDuration(abs(n.months))
    raise Null("wrong-argument", parameter="n", expected="number", found=kind_of(n))


@builtin("modulo", "dividend:number", "divisor:number")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The remainder with the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if divisor.is_zero():
        raise Null("not-computable", operator="modulo")
    try:
        rest = _WIDE.remainder(dividend, divisor)
    except DecimalException:
        raise Null("not-computable", operator="modulo") from None
    if rest and (rest < 0) != (divisor < 0):
        rest = _WIDE.add(rest, divisor)
    return CONTEXT.plus(rest)


@builtin("sqrt", "number:number")
def sqrt(number: Decimal) -> Decimal:
    if number < 0:
        raise Null("not-computable", operator="sqrt")
    return CONTEXT.sqrt(number)


@builtin("exp", "number:number")
def exp(number: Decimal) -> Decimal:
    try:
        return CONTEXT.exp(number)
    except DecimalException:
        raise Null("not-computable", operator="exp") from None


@builtin("log", "number:number")
def log(number: Decimal) -> Decimal:
    if number <= 0:
        raise Null("not-computable", operator="log")
    return CONTEXT.ln(number)


@builtin("odd", "number:number")
def odd(number: Decimal) -> bool:
    return calculate_remainder(number) == 1


@builtin("even", "number:number")
def even(number: Decimal) -> bool:
    return calculate_remainder(number) == 0


def calculate_remainder(number: Decimal) -> Decimal:
    return _WIDE.remainder(number.copy_abs(), Decimal(2))
