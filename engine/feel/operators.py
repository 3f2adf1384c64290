"""Arithmetic on all kinds of values. Whatever has no meaning raises `Null` with the reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, Final

from engine.feel import limits
from engine.feel.errors import FeelLimitError
from engine.feel.run import Null
from engine.feel.temporal import (
    DAY,
    NANOS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    scale_nanos,
    zone_offset_at,
)
from engine.feel.values import CONTEXT, kind_of

_add = CONTEXT.add
_subtract = CONTEXT.subtract
_multiply = CONTEXT.multiply
_divide = CONTEXT.divide


def _shift(value: DateTime, nanos: int) -> DateTime:
    """Add a length of time: in a named zone the moment moves, and the clock shows what it shows there then."""
    zone = value.time.zone
    if zone is None:
        return value.at(value.local_nanos + nanos)
    moment = value.moment + nanos
    return value.at(moment + zone_offset_at(zone, moment) * NANOS)


def _date_plus_days(left: Date, right: DaysDuration) -> Date:
    return Date.from_days((left.days * DAY + right.nanos) // DAY)


def _moment_plus_months(left: DateTime, right: MonthsDuration) -> DateTime:
    return DateTime(left.date.plus_months(right.months), left.time)


def _time_plus(left: Time, right: DaysDuration) -> Time:
    return Time((left.nanos + right.nanos) % DAY, left.offset, left.zone)


def _between_moments(left: Any, right: Any) -> DaysDuration:
    if getattr(left, "is_local", True) != getattr(right, "is_local", True):
        raise Null("mixed-zones")
    return DaysDuration(left.moment - right.moment)


def _date_against_moment(left: Any, right: Any) -> DaysDuration:
    """A date counts as its midnight UTC, which has no distance to a local moment."""
    if getattr(left, "is_local", False) or getattr(right, "is_local", False):
        raise Null("mixed-zones")
    return DaysDuration(left.moment - right.moment)


def _string_plus(left: str, right: str) -> str:
    if len(left) + len(right) > limits.STRING_LENGTH:
        raise FeelLimitError("the length of a string", limits.STRING_LENGTH)
    return left + right


def _negated(duration: Any) -> Any:
    return DaysDuration(-duration.nanos) if isinstance(duration, DaysDuration) else MonthsDuration(-duration.months)


def _months(value: Decimal) -> MonthsDuration:
    return MonthsDuration(int(value))


Operation = Callable[[Any, Any], Any]

ADD: Final[dict[tuple[type, type], Operation]] = {
    (Decimal, Decimal): _add,
    (str, str): _string_plus,
    (DaysDuration, DaysDuration): lambda a, b: DaysDuration(a.nanos + b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration(a.months + b.months),
    (DateTime, DaysDuration): lambda a, b: _shift(a, b.nanos),
    (DaysDuration, DateTime): lambda a, b: _shift(b, a.nanos),
    (DateTime, MonthsDuration): _moment_plus_months,
    (MonthsDuration, DateTime): lambda a, b: _moment_plus_months(b, a),
    (Date, DaysDuration): _date_plus_days,
    (DaysDuration, Date): lambda a, b: _date_plus_days(b, a),
    (Date, MonthsDuration): lambda a, b: a.plus_months(b.months),
    (MonthsDuration, Date): lambda a, b: b.plus_months(a.months),
    (Time, DaysDuration): _time_plus,
    (DaysDuration, Time): lambda a, b: _time_plus(b, a),
}

SUBTRACT: Final[dict[tuple[type, type], Operation]] = {
    (Decimal, Decimal): _subtract,
    (DaysDuration, DaysDuration): lambda a, b: DaysDuration(a.nanos - b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration(a.months - b.months),
    (DateTime, DateTime): _between_moments,
    (Date, Date): _between_moments,
    (Date, DateTime): _date_against_moment,
    (DateTime, Date): _date_against_moment,
    (Time, Time): _between_moments,
    (DateTime, DaysDuration): lambda a, b: _shift(a, -b.nanos),
    (DateTime, MonthsDuration): lambda a, b: _moment_plus_months(a, _negated(b)),
    (Date, DaysDuration): lambda a, b: _date_plus_days(a, _negated(b)),
    (Date, MonthsDuration): lambda a, b: a.plus_months(-b.months),
    (Time, DaysDuration): lambda a, b: _time_plus(a, _negated(b)),
}

MULTIPLY: Final[dict[tuple[type, type], Operation]] = {
    (Decimal, Decimal): _multiply,
    (Decimal, DaysDuration): lambda a, b: DaysDuration(scale_nanos(_multiply(a, Decimal(b.nanos)))),
    (DaysDuration, Decimal): lambda a, b: DaysDuration(scale_nanos(_multiply(b, Decimal(a.nanos)))),
    (Decimal, MonthsDuration): lambda a, b: _months(_multiply(a, Decimal(b.months))),
    (MonthsDuration, Decimal): lambda a, b: _months(_multiply(b, Decimal(a.months))),
}

DIVIDE: Final[dict[tuple[type, type], Operation]] = {
    (Decimal, Decimal): _divide,
    (DaysDuration, Decimal): lambda a, b: DaysDuration(scale_nanos(_divide(Decimal(a.nanos), b))),
    (MonthsDuration, Decimal): lambda a, b: _months(_divide(Decimal(a.months), b)),
    (DaysDuration, DaysDuration): lambda a, b: _divide(Decimal(a.nanos), Decimal(b.nanos)),
    (MonthsDuration, MonthsDuration): lambda a, b: _divide(Decimal(a.months), Decimal(b.months)),
}


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return Decimal(1) if exponent.is_zero() else CONTEXT.power(base, exponent)


POWER: Final[dict[tuple[type, type], Operation]] = {(Decimal, Decimal): _power}

OPERATIONS: Final = {"+": ADD, "-": SUBTRACT, "*": MULTIPLY, "/": DIVIDE, "**": POWER}


def calculate(operator: str, left: Any, right: Any) -> Any:
    """Any operator on any two values; raises `Null` when they do not go together."""
    operation = OPERATIONS[operator].get((type(left), type(right)))
    if operation is None:
        raise Null("no-such-arithmetic", operator=operator, left=kind_of(left), right=kind_of(right))
    try:
        return operation(left, right)
    except DecimalException:
        raise Null("not-computable", operator=operator) from None
    except (ValueError, OverflowError):
        raise Null("beyond-the-calendar", operator=operator) from None


def negate(value: Any) -> Any:
    """Unary minus."""
    if type(value) is Decimal:
        return CONTEXT.minus(value) if value else Decimal(0)
    if isinstance(value, DaysDuration | MonthsDuration):
        return _negated(value)
    raise Null("no-such-arithmetic", operator="-", left=kind_of(value), right="")
