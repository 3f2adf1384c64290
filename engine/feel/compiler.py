"""
Tree to closures.

Local names (loop variables, parameters, keys of a context) get a slot in the frame when they are compiled; other names
are read from the scope when they are evaluated. Inside a filter a name may also be an entry of the element, which only
the data can tell: there the element is asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any, Final

from engine.feel import limits, temporal
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS, Form, apply
from engine.feel.builtins.registry import fit
from engine.feel.errors import FeelLimitError
from engine.feel.operators import ADD, DIVIDE, MULTIPLY, SUBTRACT, calculate, negate
from engine.feel.properties import property_of
from engine.feel.run import FIRST_LOCAL, RUN, SCOPE, TESTED, Closure, Frame, Null, Run, check_size
from engine.feel.temporal import Date
from engine.feel.types import Check, apply_function, check_for
from engine.feel.values import Function, Range, contains, convert, equal, kind_of, less, not_above, to_string

SCALARS: Final = frozenset((Decimal, str, bool, type(None)))
_MISSING: Final = object()


class Special:
    """A compile-time scope: the element of a filter in a slot; its entries are names."""

    __slots__ = ("slot",)

    def __init__(self, slot: int) -> None:
        self.slot = slot


Locals = dict[str, int]


class Compiler:
    """Compiles one tree; afterwards `slots` is the size of its frames and `names`, `functions` what it refers to."""

    def __init__(self, types: Mapping[str, Check] | None = None, local_names: tuple[str, ...] = ()) -> None:
        self.slots = FIRST_LOCAL
        self.scopes: list[Locals | Special] = []
        self.names: set[str] = set()
        self.certain: set[str] = set()
        self.functions: set[str] = set()
        self.uses_tested = False
        self.types = types
        if local_names:
            self.scopes.append({name: self.slot() for name in local_names})

    def slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def compile(self, node: n.Node) -> Closure:
        return _COMPILERS[type(node)](self, node)

    # names and paths -----------------------------------------------------------------------------------------

    def name(self, node: n.Name) -> Closure:
        name = node.name
        specials: list[int] = []
        for scope in reversed(self.scopes):
            if isinstance(scope, Special):
                specials.append(scope.slot)
            elif name in scope:
                return self._through_elements(name, specials, _local(scope[name]))
        if name == "?":
            self.uses_tested = True
            return _local(TESTED)
        self.names.add(name)  # of a function too: as a value it may be a variable's
        if name not in BUILTINS and not specials:
            self.certain.add(name)
        return self._through_elements(name, specials, _global(name, node.at))

    def _through_elements(self, name: str, slots: list[int], base: Closure) -> Closure:
        if not slots:
            return base
        if len(slots) == 1:
            slot = slots[0]

            def load(f: Frame) -> Any:
                element = f[slot]
                if isinstance(element, Mapping) and name in element:
                    value = element[name]
                    return value if type(value) in SCALARS else convert(value)
                return base(f)

            return load

        def load_deep(f: Frame) -> Any:
            for slot in slots:
                element = f[slot]
                if isinstance(element, Mapping) and name in element:
                    return convert(element[name])
            return base(f)

        return load_deep

    def path(self, node: n.Path) -> Closure:
        source, name, at = self.compile(node.source), node.name, node.at

        def read(f: Frame) -> Any:
            value = source(f)
            if type(value) is dict:
                entry = value.get(name, _MISSING)
                if type(entry) in SCALARS:
                    return entry
                if entry is not _MISSING:
                    return convert(entry)
            return member(value, name, f[RUN], at)

        return read

    # arithmetic ----------------------------------------------------------------------------------------------

    def arithmetic(self, node: n.Arithmetic) -> Closure:
        left, right = self.compile(node.left), self.compile(node.right)
        operator, at = node.operator, node.at
        quick = _QUICK.get(operator)
        if quick is None:
            return _slow_arithmetic(operator, left, right, at)

        def run(f: Frame) -> Any:
            a, b = left(f), right(f)
            if type(a) is Decimal and type(b) is Decimal:
                try:
                    return quick(a, b)
                except DecimalException:
                    f[RUN].warn("not-computable", at, operator=operator)
                    return None
            try:
                return calculate(operator, a, b)
            except Null as reason:
                f[RUN].warn(reason.code, at, **reason.params)
                return None

        return run

    def negation(self, node: n.Negation) -> Closure:
        operand, at = self.compile(node.operand), node.at
        if isinstance(node.operand, n.Number):
            return _constant(negate(node.operand.value))

        def run(f: Frame) -> Any:
            try:
                return negate(operand(f))
            except Null as reason:
                f[RUN].warn(reason.code, at, **reason.params)
                return None

        return run

    # comparison and logic ------------------------------------------------------------------------------------

    def comparison(self, node: n.Comparison) -> Closure:
        left, at = self.compile(node.left), node.at
        compare = _COMPARE[node.operator]
        constant = literal(node.right)
        if type(constant) in (Decimal, str):
            return _compare_constant(node.operator, left, constant, compare, at)
        right = self.compile(node.right)

        def run(f: Frame) -> Any:
            a, b = left(f), right(f)
            found = compare(a, b)
            if found is None:
                f[RUN].warn("not-comparable", at, left=kind_of(a), right=kind_of(b))
            return found

        return run

    def conjunction(self, node: n.Conjunction) -> Closure:
        parts = [self.compile(part) for part in _flat(node, n.Conjunction)]
        if len(parts) == 2:
            first, second = parts

            def run(f: Frame) -> Any:
                a = first(f)
                if a is False:
                    return False
                b = second(f)
                if b is False:
                    return False
                return True if a is True and b is True else None

            return run

        def run_all(f: Frame) -> Any:
            unknown = False
            for part in parts:
                value = part(f)
                if value is False:
                    return False
                if value is not True:
                    unknown = True
            return None if unknown else True

        return run_all

    def disjunction(self, node: n.Disjunction) -> Closure:
        parts = [self.compile(part) for part in _flat(node, n.Disjunction)]

        def run(f: Frame) -> Any:
            unknown = False
            for part in parts:
                value = part(f)
                if value is True:
                    return True
                if value is not False:
                    unknown = True
            return None if unknown else False

        return run

    def between(self, node: n.Between) -> Closure:
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)
        at = node.at

        def run(f: Frame) -> Any:
            v, a, b = value(f), low(f), high(f)
            above, below = not_above(a, v), not_above(v, b)
            if above is None or below is None:
                f[RUN].warn("not-comparable", at, left=kind_of(v), right=kind_of(a if above is None else b))
                return None
            return above and below

        return run

    def in_(self, node: n.In) -> Closure:
        value, slot = self.compile(node.value), self.slot()
        tests = self._tests_against(node.tests, slot)

        def run(f: Frame) -> Any:
            f[slot] = value(f)
            return any_of(tests, f)

        return run

    def instance_of(self, node: n.InstanceOf) -> Closure:
        value, check = self.compile(node.value), check_for(node.type, self.types)
        at = node.at
        if check is None:
            name = getattr(node.type, "name", "?")

            def unknown(f: Frame) -> Any:
                f[RUN].warn("unknown-type", at, name=name)
                return None

            return unknown
        is_null = isinstance(node.type, n.NamedType) and node.type.name in ("null", "Null")

        def run(f: Frame) -> bool:
            found = value(f)
            return is_null if found is None else check(found)

        return run

    # tests ---------------------------------------------------------------------------------------------------

    def tests(self, node: n.Tests) -> Closure:
        """A decision table's cell: true, false or null for the value in the frame's place of the tested one."""
        if not node.tests:
            return _constant(True)
        tests = self._tests_against(node.tests, TESTED)
        negated = node.negated
        if len(tests) == 1 and not negated:
            return tests[0]

        def run(f: Frame) -> Any:
            found = any_of(tests, f)
            return found if not negated or found is None else not found

        return run

    def _tests_against(self, nodes: tuple[n.Node, ...], slot: int) -> list[Closure]:
        return [self._test_against(node, slot) for node in nodes]

    def _test_against(self, node: n.Node, slot: int) -> Closure:
        if isinstance(node, n.Test):
            operand, compare, at = self.compile(node.operand), _COMPARE[node.operator], node.at

            def test(f: Frame) -> Any:
                found = compare(f[slot], operand(f))
                if found is None:
                    f[RUN].warn("not-comparable", at, left=kind_of(f[slot]), right=node.operator)
                return found

            return test
        kept, self.uses_tested = self.uses_tested, False
        closure = self.compile(node)
        tests_itself, self.uses_tested = self.uses_tested, kept or self.uses_tested
        if tests_itself:
            return lambda f: _as_boolean(closure(f), f[slot])
        if isinstance(node, n.RangeNode):
            return lambda f: _within(f[slot], closure(f))
        if literal(node) is not _MISSING:
            return lambda f: matches(f[slot], closure(f))
        return lambda f: _verdict(f[slot], closure(f))

    # control -------------------------------------------------------------------------------------------------

    def if_(self, node: n.If) -> Closure:
        condition, then, otherwise = (self.compile(part) for part in (node.condition, node.then, node.otherwise))
        return lambda f: then(f) if condition(f) is True else otherwise(f)

    def _iterators(self, iterators: tuple[tuple[str, n.Node, n.Node | None], ...]) -> list[tuple[int, Closure]]:
        compiled: list[tuple[int, Closure]] = []
        for name, start, end in iterators:
            source = self.compile(start) if end is None else self._numbers(start, end)
            slot = self.slot()
            self.scopes.append({name: slot})
            compiled.append((slot, source))
        return compiled

    def _numbers(self, start: n.Node, end: n.Node) -> Closure:
        low, high, at = self.compile(start), self.compile(end), start.at

        def walk(f: Frame) -> Any:
            found = count_up(low(f), high(f))
            if found is None:
                f[RUN].warn("not-a-range", at)
            return found

        return walk

    def for_(self, node: n.For) -> Closure:
        depth = len(self.scopes)
        iterators = self._iterators(node.iterators)
        partial = self.slot()
        self.scopes.append({"partial": partial})
        body, at = self.compile(node.body), node.at
        del self.scopes[depth:]

        def run(f: Frame) -> Any:
            results: list[Any] = []
            f[partial] = results
            if not _walk(iterators, 0, f, lambda: results.append(body(f)), at):
                return None
            return results

        return run

    def quantified(self, node: n.Quantified) -> Closure:
        depth = len(self.scopes)
        iterators = self._iterators(node.iterators)
        condition, every, at = self.compile(node.condition), node.every, node.at
        del self.scopes[depth:]

        def run(f: Frame) -> Any:
            seen: list[Any] = []
            if not _walk(iterators, 0, f, lambda: seen.append(condition(f)), at):
                return None
            return quantify(every, seen)

        return run

    def filter(self, node: n.Filter) -> Closure:
        source, at = self.compile(node.source), node.at
        position = literal(node.condition)
        if type(position) is Decimal:
            return lambda f: element_at(_listed(source(f)), position, f[RUN], at)
        slot = self.slot()
        self.scopes.append({"item": slot})
        self.scopes.append(Special(slot))
        condition = self.compile(node.condition)
        del self.scopes[-2:]

        def run(f: Frame) -> Any:
            items = _listed(source(f))
            if not items:
                f[slot] = None
                return None if type(condition(f)) is Decimal else []
            f[RUN].step(len(items))
            kept: list[Any] = []
            for item in items:
                f[slot] = item
                found = condition(f)
                if found is True:
                    kept.append(item)
                elif found is not False and found is not None:
                    if type(found) is Decimal and item is items[0]:
                        return element_at(items, found, f[RUN], at)
                    f[RUN].warn("not-a-boolean", at, found=kind_of(found))
                    return None
            return kept

        return run

    # functions -----------------------------------------------------------------------------------------------

    def function(self, node: n.FunctionNode) -> Closure:
        names = tuple(name for name, _ in node.parameters)
        checks = tuple(None if kind is None else check_for(kind, self.types) for _, kind in node.parameters)
        if node.external:
            return _external(node.at)
        slots = [self.slot() for _ in names]
        self.scopes.append(dict(zip(names, slots, strict=True)))
        body = self.compile(node.body)
        self.scopes.pop()
        signature = (tuple(kind for _, kind in node.parameters), None)

        def make(f: Frame) -> Function:
            captured = f[:]

            def call(arguments: list[Any]) -> Any:
                frame = captured[:]
                for slot, value in zip(slots, arguments, strict=False):
                    frame[slot] = value
                return enter(frame[RUN], body, frame)

            return Function(call, names, "", checks, captured, signature)

        return make

    def call(self, node: n.Call) -> Closure:
        function = node.function
        if isinstance(function, n.Name) and not self._is_local(function.name):
            if function.name in BUILTINS:
                return self._builtin_call(function.name, node)
            self.functions.add(function.name)
            return self._named_call(function, node)
        return self._value_call(self.compile(function), node)

    def _is_local(self, name: str) -> bool:
        return any(not isinstance(scope, Special) and name in scope for scope in self.scopes)

    def _named_call(self, function: n.Name, node: n.Call) -> Closure:
        kept = self.names.copy(), self.certain.copy()
        load = self.name(function)
        self.names, self.certain = kept
        by_value = self._value_call(load, node)
        arguments, names, name, at = [self.compile(a) for a in node.arguments], node.names, function.name, node.at

        def run(f: Frame) -> Any:
            host = f[RUN].functions.get(name)
            if host is None:
                return by_value(f)
            f[RUN].step()
            values = [argument(f) for argument in arguments]
            try:
                given = host(**dict(zip(names, values, strict=True))) if names else host(*values)
            except Null as reason:
                f[RUN].warn(reason.code, at, **reason.params)
                return None
            return convert(given)

        return run

    def _value_call(self, function: Closure, node: n.Call) -> Closure:
        arguments, names, at = [self.compile(argument) for argument in node.arguments], node.names, node.at

        def run(f: Frame) -> Any:
            made = function(f)
            if type(made) is not Function:
                f[RUN].warn("not-a-function", at, found=kind_of(made))
                return None
            return invoke(made, [argument(f) for argument in arguments], names, f[RUN], at)

        return run

    def _builtin_call(self, name: str, node: n.Call) -> Closure:
        at, names = node.at, node.names
        if names:
            forms = [form for form in BUILTINS[name] if _names_fit(form, names)]
        else:
            fitting = [form for form in BUILTINS[name] if form.least <= len(node.arguments) <= form.most]
            forms = list({form.implementation: form for form in fitting}.values())
        if not forms:

            def refuse(f: Frame) -> Any:
                f[RUN].warn("wrong-arguments", at, function=name)
                return None

            return refuse
        compiled = [self.compile(argument) for argument in node.arguments]
        if names:
            by_name = dict(zip(names, compiled, strict=True))
            ordered = [by_name.get(parameter) for parameter in forms[0].names]
            while ordered and ordered[-1] is None:
                ordered.pop()
            compiled = [closure if closure is not None else _constant(None) for closure in ordered]
        return _builtin_closure(forms, compiled, at)

    # data ----------------------------------------------------------------------------------------------------

    def context(self, node: n.ContextNode) -> Closure:
        scope: Locals = {}
        self.scopes.append(scope)
        entries: list[tuple[str, int, Closure]] = []
        for key, value in node.entries:
            slot = self.slot()
            if isinstance(value, n.FunctionNode):
                scope[key] = slot
            closure = self.compile(value)
            scope[key] = slot
            entries.append((key, slot, closure))
        self.scopes.pop()

        def run(f: Frame) -> dict[str, Any]:
            made: dict[str, Any] = {}
            for key, slot, closure in entries:
                value = closure(f)
                made[key] = f[slot] = value
                if type(value) is Function and value.frame is not None:
                    value.frame[slot] = value  # so that a function may call itself by the name of its entry
            return made

        return run

    def list(self, node: n.ListNode) -> Closure:
        items = [self.compile(item) for item in node.items]
        return lambda f: [item(f) for item in items]

    def range(self, node: n.RangeNode) -> Closure:
        low = self.compile(node.low) if node.low is not None else None
        high = self.compile(node.high) if node.high is not None else None
        low_included, high_included, at = node.low_included, node.high_included, node.at
        ends = [literal(end) for end in (node.low, node.high) if end is not None]
        if all(type(end) in (Decimal, str) for end in ends) and len({type(end) for end in ends}) == 1:
            first = literal(node.low) if node.low is not None else None
            last = literal(node.high) if node.high is not None else None
            return _constant(Range(first, last, low_included, high_included))

        def run(f: Frame) -> Any:
            a = low(f) if low is not None else None
            b = high(f) if high is not None else None
            missing = (a is None and low is not None) or (b is None and high is not None)
            if missing or (a is not None and b is not None and less(a, b) is None and equal(a, b) is not True):
                f[RUN].warn("not-a-range", at)
                return None
            return Range(a, b, low_included, high_included)

        return run

    def at_literal(self, node: n.AtLiteral) -> Closure:
        return _constant(temporal.parse_any(node.text))

    # the Camunda 7 dialect -----------------------------------------------------------------------------------

    def truthy(self, node: n.Truthy) -> Closure:
        operand = self.compile(node.operand)
        return lambda f: truth(operand(f))

    def index(self, node: n.Index) -> Closure:
        source, index, at = self.compile(node.source), self.compile(node.index), node.at

        def run(f: Frame) -> Any:
            value, key = source(f), index(f)
            if isinstance(value, Mapping):
                key = to_string(key)
                return convert(value[key]) if key in value else None
            if type(value) is list and type(key) is Decimal and -1 < key < len(value):
                return value[int(key)]
            f[RUN].warn("no-such-entry", at, name=to_string(key))
            return None

        return run

    def empty(self, node: n.Empty) -> Closure:
        operand = self.compile(node.operand)
        return lambda f: is_empty(operand(f))

    def method(self, node: n.Method) -> Closure:
        from engine.feel.juel import METHODS

        source, arguments = self.compile(node.source), [self.compile(argument) for argument in node.arguments]
        method, name, at = METHODS[node.name], node.name, node.at

        def run(f: Frame) -> Any:
            try:
                return method(source(f), *(argument(f) for argument in arguments))
            except (Null, TypeError, AttributeError, ValueError):
                f[RUN].warn("wrong-arguments", at, function=name)
                return None

        return run

    def interpolation(self, node: n.Interpolation) -> Closure:
        parts = [self.compile(part) for part in node.parts]

        def run(f: Frame) -> str:
            values = [part(f) for part in parts]
            return "".join("" if value is None else to_string(value) for value in values)

        return run


# helpers of closures ---------------------------------------------------------------------------------------------


def _constant(value: Any) -> Closure:
    return lambda f: value


def _local(slot: int) -> Closure:
    return lambda f: f[slot]


def _global(name: str, at: int) -> Closure:
    def load(f: Frame) -> Any:
        try:
            value = f[SCOPE][name]
        except KeyError:
            return _not_in_scope(name, f[RUN], at)
        if type(value) in SCALARS:
            return value
        return convert(value)

    return load


def _not_in_scope(name: str, run: Run, at: int) -> Any:
    if name in BUILTINS:
        return builtin_value(name, run)
    host = run.functions.get(name)
    if host is not None:
        return Function(lambda arguments: convert(host(*arguments)), None, name)
    run.warn("unknown-name", at, name=name)
    return None


def builtin_value(name: str, run: Run) -> Function:
    """A built-in function as a value: `sort(list, before)`."""
    forms = BUILTINS[name]

    def call(arguments: list[Any]) -> Any:
        fitting = [form for form in forms if form.least <= len(arguments) <= form.most]
        if not fitting:
            raise Null("wrong-arguments", function=name)
        return apply(fitting[0], run, arguments)

    parameters = forms[0].parameters
    free = bool(parameters) and any(form.most != len(parameters) for form in forms)
    return Function(call, None if free else forms[0].names, name)


def literal(node: n.Node) -> Any:
    """The value of a constant, else a marker that is no value."""
    if isinstance(node, n.Number | n.String | n.Boolean):
        return node.value
    if isinstance(node, n.Negation) and isinstance(node.operand, n.Number):
        return negate(node.operand.value)
    return _MISSING


def _flat(node: Any, kind: type) -> list[n.Node]:
    """`a and b and c` is one row of parts, however deep the tree."""
    if not isinstance(node, kind):
        return [node]
    parts: list[n.Node] = []
    while isinstance(node, kind):
        parts.append(node.right)  # type: ignore[attr-defined]
        node = node.left  # type: ignore[attr-defined]
    parts.append(node)
    return parts[::-1]


_QUICK: Final[dict[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": ADD[Decimal, Decimal],
    "-": SUBTRACT[Decimal, Decimal],
    "*": MULTIPLY[Decimal, Decimal],
    "/": DIVIDE[Decimal, Decimal],
}


def _slow_arithmetic(operator: str, left: Closure, right: Closure, at: int) -> Closure:
    def run(f: Frame) -> Any:
        try:
            return calculate(operator, left(f), right(f))
        except Null as reason:
            f[RUN].warn(reason.code, at, **reason.params)
            return None

    return run


def _not_equal(left: Any, right: Any) -> bool | None:
    found = equal(left, right)
    return None if found is None else not found


_COMPARE: Final[dict[str, Callable[[Any, Any], bool | None]]] = {
    "=": equal,
    "!=": _not_equal,
    "<": less,
    "<=": not_above,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: not_above(right, left),
}


def _compare_constant(
    operator: str, left: Closure, constant: Any, compare: Callable[[Any, Any], bool | None], at: int
) -> Closure:
    """`x > 5`: the most frequent condition of all, without a call for the comparison."""
    kind = type(constant)

    def slow(value: Any, f: Frame) -> Any:
        found = compare(value, constant)
        if found is None:
            f[RUN].warn("not-comparable", at, left=kind_of(value), right=kind_of(constant))
        return found

    def less_(f: Frame) -> Any:
        value = left(f)
        return value < constant if type(value) is kind else slow(value, f)

    def at_most(f: Frame) -> Any:
        value = left(f)
        return value <= constant if type(value) is kind else slow(value, f)

    def more(f: Frame) -> Any:
        value = left(f)
        return value > constant if type(value) is kind else slow(value, f)

    def at_least(f: Frame) -> Any:
        value = left(f)
        return value >= constant if type(value) is kind else slow(value, f)

    def same(f: Frame) -> Any:
        value = left(f)
        return value == constant if type(value) is kind else slow(value, f)

    def other(f: Frame) -> Any:
        value = left(f)
        return value != constant if type(value) is kind else slow(value, f)

    return {"<": less_, "<=": at_most, ">": more, ">=": at_least, "=": same, "!=": other}[operator]


def member(value: Any, name: str, run: Run, at: int) -> Any:
    """`value.name`: an entry, a property of a date and so on, or both for every element of a list."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        if name in value:
            return convert(value[name])
        run.warn("no-such-entry", at, name=name)
        return None
    if type(value) is list:
        run.step(len(value))
        return [member(item, name, run, at) for item in value]
    try:
        return property_of(value, name)
    except Null as reason:
        run.warn(reason.code, at, **reason.params)
        return None


def matches(value: Any, test: Any) -> bool | None:
    """Whether a value passes a test that is itself a value: a range, a list of values or ranges, or an equal value."""
    if type(test) is Range:
        return contains(test, value)
    if type(test) is list:
        if type(value) is list and equal(value, test) is True:
            return True
        return _any([_list_element_fits(value, item) for item in test])
    return equal(value, test)


def _within(value: Any, interval: Any) -> bool | None:
    """A range whose ends make no sense is null, and so is the test."""
    return None if interval is None else matches(value, interval)


def _verdict(value: Any, found: Any) -> bool | None:
    """A test that is an expression without `?`: true accepts whatever is tested, unless a boolean is."""
    return True if found is True and type(value) is not bool else matches(value, found)


def _list_element_fits(value: Any, item: Any) -> bool | None:
    if type(item) is Range and type(value) is not Range:
        return contains(item, value)
    if type(item) is list and type(value) is not list:
        return matches(value, item)
    return equal(value, item) is True


def _any(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if found and all(item is None for item in found) else False


def any_of(tests: list[Closure], f: Frame) -> bool | None:
    """Or over tests; null only when every test was null."""
    return _any([test(f) for test in tests]) if len(tests) > 1 else tests[0](f)


def _as_boolean(found: Any, value: Any) -> Any:
    """The verdict of a test with `?`: mostly a boolean; another value is compared after all."""
    return found if found is None or type(found) is bool else matches(value, found)


def _listed(value: Any) -> list[Any]:
    if type(value) is list:
        return value
    return [] if value is None else [value]


def element_at(items: list[Any], position: Decimal, run: Run, at: int) -> Any:
    """`list[1]`, `list[-1]`"""
    index = int(position)
    if index > 0 and index <= len(items):
        return items[index - 1]
    if index < 0 and -index <= len(items):
        return items[index]
    run.warn("no-such-element", at, position=str(position), size=len(items))
    return None


def count_up(low: Any, high: Any) -> list[Any] | None:
    """The whole numbers (or days) from one end to the other, downwards too."""
    if type(low) is Decimal and type(high) is Decimal:
        first, last = int(low), int(high)
        if low != first or high != last:
            return None
        check_size(abs(last - first) + 1)
        step = 1 if first <= last else -1
        return [Decimal(i) for i in range(first, last + step, step)]
    if type(low) is Date and type(high) is Date:
        first, last = low.days, high.days
        check_size(abs(last - first) + 1)
        step = 1 if first <= last else -1
        return [Date.from_days(i) for i in range(first, last + step, step)]
    return None


def elements(value: Any) -> list[Any] | None:
    """What a loop walks: the elements of a list, the numbers or days of a range, or the one value."""
    if type(value) is list:
        return value
    if type(value) is Range:
        found = count_up(value.low, value.high)
        if found is None:
            return None
        begin = 0 if value.low_included else 1
        return found[begin : len(found) if value.high_included else -1]
    return None if value is None else [value]


def _walk(iterators: list[tuple[int, Closure]], level: int, f: Frame, body: Callable[[], None], at: int) -> bool:
    slot, source = iterators[level]
    items = elements(source(f))
    run: Run = f[RUN]
    if items is None:
        run.warn("not-a-list", at)
        return False
    last = level == len(iterators) - 1
    run.step(len(items))
    for item in items:
        f[slot] = item
        if last:
            body()
        elif not _walk(iterators, level + 1, f, body, at):
            return False
    return True


def enter(run: Run, body: Closure, frame: Frame) -> Any:
    """Run a function's body, counting how deep calls go."""
    run.step()
    run.calls += 1
    if run.calls > limits.CALL_DEPTH:
        raise FeelLimitError("the depth of calls", limits.CALL_DEPTH)
    try:
        return body(frame)
    finally:
        run.calls -= 1


def invoke(function: Function, arguments: list[Any], names: tuple[str, ...], run: Run, at: int) -> Any:
    """Call a function value with positional or named arguments; what does not fit gives null."""
    parameters = function.parameters
    if names:
        if parameters is None or not set(names) <= set(parameters):
            run.warn("wrong-arguments", at, function=function.name)
            return None
        by_name = dict(zip(names, arguments, strict=True))
        if len(by_name) != len(parameters):
            run.warn("wrong-arguments", at, function=function.name)
            return None
        arguments = [by_name[name] for name in parameters]
    elif parameters is not None and len(arguments) != len(parameters):
        run.warn("wrong-arguments", at, function=function.name)
        return None
    try:
        return apply_function(function, arguments)
    except Null as reason:
        run.warn(reason.code, at, **reason.params)
        return None


def _names_fit(form: Form, names: tuple[str, ...]) -> bool:
    required = {p.name for p in form.parameters if not p.optional and not p.rest}
    return set(names) <= set(form.names) and required <= set(names)


def _builtin_closure(forms: list[Form], arguments: list[Closure], at: int) -> Closure:
    if len(forms) > 1:

        def run_forms(f: Frame) -> Any:
            values = [argument(f) for argument in arguments]
            for form in forms:
                try:
                    return apply(form, f[RUN], values)
                except Null as reason:
                    why = reason
            f[RUN].warn(why.code, at, **why.params)
            return None

        return run_forms
    form = forms[0]
    implementation, parameters = form.implementation, form.parameters
    if len(arguments) == 1 and not form.with_run and not parameters[0].rest:
        only, parameter = arguments[0], parameters[0]

        def run_one(f: Frame) -> Any:
            try:
                return implementation(fit(parameter, only(f)))
            except Null as reason:
                f[RUN].warn(reason.code, at, **reason.params)
                return None

        return run_one

    def run(f: Frame) -> Any:
        try:
            return apply(form, f[RUN], [argument(f) for argument in arguments])
        except Null as reason:
            f[RUN].warn(reason.code, at, **reason.params)
            return None

    return run


def _external(at: int) -> Closure:
    def refuse(f: Frame) -> Any:
        f[RUN].warn("external-function", at)
        return None

    return refuse


def quantify(every: bool, verdicts: list[Any]) -> bool | None:
    """`some` and `every` over their verdicts: nulls as in `or` and `and`, anything else but booleans makes null."""
    if any(value is not None and type(value) is not bool for value in verdicts):
        return None
    if (not every) in verdicts:
        return not every
    return None if None in verdicts else every


def truth(value: Any) -> bool:
    """How `${…}` sees a condition: only true and the text "true" are true."""
    return value is True or (type(value) is str and value.lower() == "true")


def is_empty(value: Any) -> bool:
    """`empty x` of `${…}`"""
    return value is None or (isinstance(value, str | list | Mapping) and len(value) == 0)


_COMPILERS: Final[dict[type, Callable[[Compiler, Any], Closure]]] = {
    n.Number: lambda c, node: _constant(node.value),
    n.String: lambda c, node: _constant(node.value),
    n.Boolean: lambda c, node: _constant(node.value),
    n.Null: lambda c, node: _constant(None),
    n.AtLiteral: Compiler.at_literal,
    n.Name: Compiler.name,
    n.Path: Compiler.path,
    n.Filter: Compiler.filter,
    n.Call: Compiler.call,
    n.Arithmetic: Compiler.arithmetic,
    n.Negation: Compiler.negation,
    n.Comparison: Compiler.comparison,
    n.Conjunction: Compiler.conjunction,
    n.Disjunction: Compiler.disjunction,
    n.Between: Compiler.between,
    n.In: Compiler.in_,
    n.InstanceOf: Compiler.instance_of,
    n.If: Compiler.if_,
    n.For: Compiler.for_,
    n.Quantified: Compiler.quantified,
    n.FunctionNode: Compiler.function,
    n.ContextNode: Compiler.context,
    n.ListNode: Compiler.list,
    n.RangeNode: Compiler.range,
    n.Tests: Compiler.tests,
    n.Truthy: Compiler.truthy,
    n.Index: Compiler.index,
    n.Empty: Compiler.empty,
    n.Method: Compiler.method,
    n.Interpolation: Compiler.interpolation,
}
