"""Functions on lists. Those that take a list also take its elements as arguments, where DMN says so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from functools import cmp_to_key
from typing import Any

from engine.feel.builtins.conversion import whole
from engine.feel.builtins.registry import builtin
from engine.feel.operators import calculate
from engine.feel.run import Null, Run, check_size
from engine.feel.temporal import DaysDuration, MonthsDuration
from engine.feel.types import apply_function
from engine.feel.values import CONTEXT, Function, equal, kind_of, less


def _elements(items: list[Any]) -> list[Any]:
    """`f([1, 2])` and `f(1, 2)` are the same."""
    return items[0] if len(items) == 1 and isinstance(items[0], list) else items


def _numbers(items: list[Any]) -> list[Decimal]:
    if not all(type(item) is Decimal for item in items):
        raise Null("wrong-argument", parameter="list", expected="list of numbers", found="list")
    return items


@builtin("list contains", "list:list", "element:any")
def list_contains(items: list[Any], element: Any) -> bool:
    return any(equal(item, element) is True for item in items)


@builtin("count", "list:list")
def count(items: list[Any]) -> Decimal:
    return Decimal(len(items))


def _extreme(items: list[Any], better: Callable[[Any, Any], bool | None]) -> Any:
    items = _elements(items)
    if not items:
        raise Null("empty-list")
    best = items[0]
    if len(items) == 1 and less(best, best) is None:
        raise Null("not-comparable", left=kind_of(best), right=kind_of(best))
    for item in items[1:]:
        found = better(item, best)
        if found is None:
            raise Null("not-comparable", left=kind_of(item), right=kind_of(best))
        if found:
            best = item
    return best


@builtin("min", "list:list")
@builtin("min", "list:any*")
def min_(*items: Any) -> Any:
    return _extreme(list(items), less)


@builtin("max", "list:list")
@builtin("max", "list:any*")
def max_(*items: Any) -> Any:
    return _extreme(list(items), lambda item, best: less(best, item))


@builtin("sum", "list:list")
@builtin("sum", "list:any*")
def sum_(*items: Any) -> Any:
    given = _elements(list(items))
    if not given:
        raise Null("empty-list")
    total = given[0]
    if not isinstance(total, Decimal | DaysDuration | MonthsDuration):
        raise Null("wrong-argument", parameter="list", expected="list of numbers", found=kind_of(total))
    for item in given[1:]:
        total = calculate("+", total, item)
    return total


@builtin("mean", "list:list")
@builtin("mean", "list:any*")
def mean(*items: Any) -> Any:
    given = _elements(list(items))
    return calculate("/", sum_(given), Decimal(len(given)))


@builtin("product", "list:list")
@builtin("product", "list:any*")
def product(*items: Any) -> Decimal:
    numbers = _numbers(_elements(list(items)))
    if not numbers:
        raise Null("empty-list")
    total = Decimal(1)
    for number in numbers:
        total = calculate("*", total, number)
    return total


@builtin("median", "list:list")
@builtin("median", "list:any*")
def median(*items: Any) -> Decimal | None:
    numbers = sorted(_numbers(_elements(list(items))))
    if not numbers:
        return None
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return CONTEXT.divide(CONTEXT.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@builtin("stddev", "list:list")
@builtin("stddev", "list:any*")
def stddev(*items: Any) -> Decimal:
    """The deviation of a sample."""
    numbers = _numbers(_elements(list(items)))
    if len(numbers) < 2:
        raise Null("empty-list")
    try:
        middle = mean(numbers)
        squares = Decimal(0)
        for number in numbers:
            distance = CONTEXT.subtract(number, middle)
            squares = CONTEXT.add(squares, CONTEXT.multiply(distance, distance))
        return CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(numbers) - 1)))
    except DecimalException:
        raise Null("not-computable", operator="stddev") from None


@builtin("mode", "list:list")
@builtin("mode", "list:any*")
def mode(*items: Any) -> list[Decimal]:
    """The most frequent numbers, ascending."""
    counts: dict[Decimal, int] = {}
    for number in _numbers(_elements(list(items))):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


def _logic(items: list[Any], deciding: bool) -> bool | None:
    if any(item is deciding for item in items):
        return deciding
    return (not deciding) if all(isinstance(item, bool) for item in items) else None


@builtin("all", "list:list")
@builtin("all", "list:any*")
def all_(*items: Any) -> bool | None:
    return _logic(_elements(list(items)), False)


@builtin("any", "list:list")
@builtin("any", "list:any*")
def any_(*items: Any) -> bool | None:
    return _logic(_elements(list(items)), True)


def _index(position: Decimal, size: int) -> int:
    index = int(position)
    if index == 0 or abs(index) > size:
        raise Null("position-out-of-range")
    return index - 1 if index > 0 else size + index


@builtin("sublist", "list:list", "start position:number", "length:number?")
def sublist(items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    begin = _index(start, len(items))
    if length is None:
        return items[begin:]
    size = int(length)
    if size < 0 or begin + size > len(items):
        raise Null("position-out-of-range")
    return items[begin : begin + size]


@builtin("append", "list:list", "item:any*")
def append(items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@builtin("concatenate", "list:list*")
def concatenate(*lists: list[Any]) -> list[Any]:
    check_size(sum(map(len, lists)))
    return [item for items in lists for item in items]


@builtin("insert before", "list:list", "position:number", "newItem:any")
def insert_before(items: list[Any], position: Decimal, item: Any) -> list[Any]:
    at = _index(position, len(items))
    return [*items[:at], item, *items[at:]]


@builtin("remove", "list:list", "position:number")
def remove(items: list[Any], position: Decimal) -> list[Any]:
    at = _index(position, len(items))
    return [*items[:at], *items[at + 1 :]]


@builtin("reverse", "list:list")
def reverse(items: list[Any]) -> list[Any]:
    return items[::-1]


@builtin("index of", "list:list", "match:any")
def index_of(items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(at) for at, item in enumerate(items, 1) if equal(item, match) is True]


def _distinct(run: Run, items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        if isinstance(item, str | Decimal | bool):
            key = (type(item), item)
            if key not in seen:
                seen.add(key)
                kept.append(item)
        elif not any(equal(item, other) is True for other in kept):
            run.step(len(kept))
            kept.append(item)
    return kept


@builtin("distinct values", "list:list", with_run=True)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    return _distinct(run, items)


@builtin("union", "list:list*", with_run=True)
def union(run: Run, *lists: list[Any]) -> list[Any]:
    return _distinct(run, concatenate(*lists))


@builtin("flatten", "list:list")
def flatten(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
            if not len(flat) % 1000:
                check_size(len(flat))
        else:
            waiting.pop()
    return flat


@builtin("partition", "list:list", "size:number")
def partition(items: list[Any], size: Decimal) -> list[list[Any]]:
    step = whole(size)
    if step < 1:
        raise Null("position-out-of-range")
    return [items[at : at + step] for at in range(0, len(items), step)]


@builtin("is empty", "list:list")
def is_empty(items: list[Any]) -> bool:
    return not items


@builtin("duplicate values", "list:list", with_run=True)
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    run.step(len(items) * len(items) // 8)
    doubled = [item for item in items if sum(equal(item, other) is True for other in items) > 1]
    return _distinct(run, doubled)


@builtin("list replace", "list:list", "position:number", "newItem:any")
def list_replace(items: list[Any], position: Decimal, item: Any) -> list[Any]:
    at = _index(position, len(items))
    return [*items[:at], item, *items[at + 1 :]]


@builtin("list replace", "list:list", "match:function", "newItem:any", with_run=True)
def list_replace_matching(run: Run, items: list[Any], match: Function, new: Any) -> list[Any]:
    if match.parameters is not None and len(match.parameters) != 2:
        raise Null("wrong-function", expected=2)
    replaced = []
    for item in items:
        run.step()
        found = apply_function(match, [item, new])
        if not isinstance(found, bool):
            raise Null("wrong-function", expected=2)
        replaced.append(new if found else item)
    return replaced


@builtin("sort", "list:list", "precedes:function??", with_run=True)
def sort(run: Run, items: list[Any], precedes: Function | None = None) -> list[Any]:
    """Stable; without a function in the natural order."""

    def compare(left: Any, right: Any) -> int:
        run.step()
        if order(left, right):
            return -1
        return 1 if order(right, left) else 0

    def natural(left: Any, right: Any) -> bool | None:
        found = less(left, right)
        if found is None:
            raise Null("not-comparable", left=kind_of(left), right=kind_of(right))
        return found

    if precedes is not None and precedes.parameters is not None and len(precedes.parameters) != 2:
        raise Null("wrong-function", expected=2)

    def asked(left: Any, right: Any) -> bool:
        found = apply_function(precedes, [left, right]) if precedes is not None else natural(left, right)
        if type(found) is not bool:
            raise Null("wrong-function", expected=2)
        return found

    order: Callable[[Any, Any], Any] = natural if precedes is None else asked
    return sorted(items, key=cmp_to_key(compare))
