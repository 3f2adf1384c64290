"""
Functions over ranges (DMN 10.3.4.9): how two intervals, or a point and an interval, lie to one another.

Each is declared for all the combinations the specification lists; a point is a number, string, date, time or duration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.constants import read_range
from engine.feel.run import Null
from engine.feel.values import Range, contains, equal, kind_of, less


def comparison(name: str) -> Callable[[Callable[[Any, Any], bool]], Callable[[Any, Any], bool]]:
    """Declare a function for points and ranges in every combination, each with its own parameter names."""
    pairs = (("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2"))

    def declare(implementation: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        for first, second in pairs:
            builtin(name, f"{first}:any", f"{second}:any")(implementation)
        return implementation

    return declare


def _less(left: Any, right: Any) -> bool:
    found = less(left, right)
    if found is None:
        raise Null("not-comparable", left=kind_of(left), right=kind_of(right))
    return found


def _same(left: Any, right: Any) -> bool:
    found = equal(left, right)
    if found is None or left is None or right is None:
        raise Null("not-comparable", left=kind_of(left), right=kind_of(right))
    return found


def _need_ranges(*values: Any) -> None:
    for value in values:
        if not isinstance(value, Range):
            raise Null("wrong-argument", parameter="range", expected="range", found=kind_of(value))


def _unwrap(value: Any) -> Any:
    """A list of one is its element, as for every other function."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        raise Null("null-argument", parameter="point")
    return value


def _before(a: Any, b: Any) -> bool:
    """Whether everything of `a` lies below everything of `b`."""
    high, high_included = (a.high, a.high_included) if isinstance(a, Range) else (a, True)
    low, low_included = (b.low, b.low_included) if isinstance(b, Range) else (b, True)
    if high is None or low is None:
        _need_ranges(a, b) if high is None and low is None else None
        return False
    return _less(high, low) or (_same(high, low) and not (high_included and low_included))


@comparison("before")
def before(a: Any, b: Any) -> bool:
    return _before(_unwrap(a), _unwrap(b))


@comparison("after")
def after(a: Any, b: Any) -> bool:
    return _before(_unwrap(b), _unwrap(a))


@builtin("meets", "range1:range", "range2:range")
def meets(range1: Range, range2: Range) -> bool:
    return range1.high_included and range2.low_included and _same(range1.high, range2.low)


@builtin("met by", "range1:range", "range2:range")
def met_by(range1: Range, range2: Range) -> bool:
    return meets(range2, range1)


@builtin("overlaps", "range1:range", "range2:range")
def overlaps(range1: Range, range2: Range) -> bool:
    return not _before(range1, range2) and not _before(range2, range1)


@builtin("overlaps before", "range1:range", "range2:range")
def overlaps_before(range1: Range, range2: Range) -> bool:
    """`range1` begins first, reaches into `range2` and does not end after it."""
    begins_first = _less(range1.low, range2.low) or (
        _same(range1.low, range2.low) and range1.low_included and not range2.low_included
    )
    reaches = not _before(range1, range2)
    ends_within = _less(range1.high, range2.high) or (
        _same(range1.high, range2.high) and (not range1.high_included or range2.high_included)
    )
    return begins_first and reaches and ends_within


@builtin("overlaps after", "range1:range", "range2:range")
def overlaps_after(range1: Range, range2: Range) -> bool:
    """`range2` begins first, reaches into `range1` and ends before `range1` does."""
    begins_after = _less(range2.low, range1.low) or (
        _same(range2.low, range1.low) and range2.low_included and not range1.low_included
    )
    reaches = not _before(range2, range1)
    ends_after = _less(range2.high, range1.high) or (
        _same(range2.high, range1.high) and (range1.high_included or not range2.high_included)
    )
    return begins_after and reaches and ends_after


def _point_at(point: Any, end: Any, included: bool) -> bool:
    return included and _same(point, end)


@builtin("finishes", "point:any", "range:range")
@builtin("finishes", "range1:range", "range2:range")
def finishes(a: Any, b: Range) -> bool:
    a = _unwrap(a)
    if not isinstance(a, Range):
        return _point_at(a, b.high, b.high_included)
    starts_within = _less(b.low, a.low) or (_same(a.low, b.low) and (not a.low_included or b.low_included))
    return a.high_included == b.high_included and _same(a.high, b.high) and starts_within


@builtin("finished by", "range:range", "point:any")
@builtin("finished by", "range1:range", "range2:range")
def finished_by(a: Range, b: Any) -> bool:
    return finishes(b, a)


@builtin("includes", "range:range", "point:any")
@builtin("includes", "range1:range", "range2:range")
def includes(a: Range, b: Any) -> bool:
    b = _unwrap(b)
    if not isinstance(b, Range):
        found = contains(a, b)
        if found is None:
            raise Null("not-comparable", left="range", right=kind_of(b))
        return found
    starts_within = _less(a.low, b.low) or (_same(a.low, b.low) and (a.low_included or not b.low_included))
    ends_within = _less(b.high, a.high) or (_same(a.high, b.high) and (a.high_included or not b.high_included))
    return starts_within and ends_within


@builtin("during", "point:any", "range:range")
@builtin("during", "range1:range", "range2:range")
def during(a: Any, b: Range) -> bool:
    return includes(b, a)


@builtin("starts", "point:any", "range:range")
@builtin("starts", "range1:range", "range2:range")
def starts(a: Any, b: Range) -> bool:
    a = _unwrap(a)
    if not isinstance(a, Range):
        return _point_at(a, b.low, b.low_included)
    ends_within = _less(a.high, b.high) or (_same(a.high, b.high) and (not a.high_included or b.high_included))
    return a.low_included == b.low_included and _same(a.low, b.low) and ends_within


@builtin("started by", "range:range", "point:any")
@builtin("started by", "range1:range", "range2:range")
def started_by(a: Range, b: Any) -> bool:
    return starts(b, a)


@comparison("coincides")
def coincides(a: Any, b: Any) -> bool:
    a, b = _unwrap(a), _unwrap(b)
    if isinstance(a, Range) and isinstance(b, Range):
        return (
            a.low_included == b.low_included
            and a.high_included == b.high_included
            and _same(a.low, b.low)
            and _same(a.high, b.high)
        )
    if isinstance(a, Range) or isinstance(b, Range):
        raise Null("not-comparable", left=kind_of(a), right=kind_of(b))
    return _same(a, b)


@builtin("range", "from:string")
def range_(text: str) -> Range:
    """The range a text like `[1..5)` shows; its ends are literals."""
    found = read_range(text)
    if found is None:
        raise Null("not-readable", text=text[:40])
    return found
