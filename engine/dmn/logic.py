"""Boxed expressions to closures, with the same frames and slots as FEEL itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.dmn import model as m
from engine.dmn import rules
from engine.dmn.tables import Cell, Index, Interval, Visits, intervals_of
from engine.dmn.types import MISFIT, Types, coerce
from engine.feel import juel
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Compiler, Special, element_at, elements, enter, invoke, quantify
from engine.feel.constants import UNKNOWN, constant
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.expression import parse
from engine.feel.operators import calculate
from engine.feel.parser import Vocabulary, parse_tests
from engine.feel.run import FIRST_LOCAL, NO_FUNCTIONS, RUN, TESTED, Closure, Frame, Null, Run
from engine.feel.types import Check
from engine.feel.values import Function, Range, as_list, equal, less
from engine.findings import Finding

_FEEL_LANGUAGES: Final = ("feel", "s-feel", "friendly enough expression language")


class Logic:
    """Compiles the boxed expressions of one decision, function or service; what is wrong is collected."""

    def __init__(self, file: str, types: Types, words: Vocabulary, language: str | None) -> None:
        self.file = file
        self.types = types
        self.words = words
        self.language = language
        self.compiler = Compiler(types.checks)
        self.findings: list[Finding] = []
        self.texts: list[tuple[n.Node, str, m.Element, frozenset[str], frozenset[str]]] = []
        """Every compiled text with the names and functions it refers to, for the static checks."""
        self.tables: list[TableLogic] = []

    def found(self, rule: Any, element: m.Element, **params: Any) -> None:
        self.findings.append(Finding(rule, self.file, element.id, element.name or None, element.line, params))

    def frame(self, scope: Mapping[str, Any], run: Run) -> Frame:
        return [scope, run, *([None] * (self.compiler.slots - FIRST_LOCAL + 1))]

    # texts ---------------------------------------------------------------------------------------------------

    def text(self, element: m.Literal_, owner: m.Element | None = None) -> Closure:
        """A literal expression; empty ones are null."""
        node = self.tree(element, owner)
        return self.compile(node, element) if node is not None else _null

    def tree(self, element: m.Literal_, owner: m.Element | None = None) -> n.Node | None:
        text = element.text
        if not text.strip() and element.language is None:
            return None
        return self._guarded(element, lambda: parse(text, self.dialect(element), self.words))

    def dialect(self, element: m.Literal_) -> Any:
        language = (element.language or self.language or "").strip()
        lowered = language.lower().rstrip("/")
        if lowered == "juel":
            return "juel" if "${" in element.text or "#{" in element.text else "feel"
        if lowered and not (lowered in _FEEL_LANGUAGES or lowered.endswith("feel")):
            raise _ForeignLanguage(language)
        return "auto"

    def _guarded(self, element: m.Literal_, read: Callable[[], n.Node]) -> n.Node | None:
        shown = " ".join(element.text.split())[:60]
        try:
            return read()
        except _ForeignLanguage as foreign:
            self.found(rules.LANGUAGE, element, language=foreign.language)
        except FeelSyntaxError as error:
            hint = error.hint or "Correct the expression."
            reason = f"{error.reason} (line {error.line}, column {error.column})"
            self.found(rules.SYNTAX, element, text=shown, reason=reason, hint=hint)
        except FeelLimitError as error:
            self.found(rules.SYNTAX, element, text=shown, reason=str(error), hint="Split the expression.")
        return None

    def compile(self, node: n.Node, element: m.Element, text: str | None = None) -> Closure:
        """Compile a tree, remembering which names and functions it brought in."""
        compiler = self.compiler
        names, functions = compiler.certain, compiler.functions
        compiler.certain, compiler.functions = set(), set()
        try:
            closure = compiler.compile(node)
        except RecursionError:
            self.found(rules.SYNTAX, element, text=text or "", reason="it nests too deep", hint="Split the expression.")
            closure = _null
        shown = text if text is not None else getattr(element, "text", "")
        self.texts.append((node, shown, element, frozenset(compiler.certain), frozenset(compiler.functions)))
        compiler.certain, compiler.functions = names | compiler.certain, functions | compiler.functions
        return closure

    # boxed expressions ---------------------------------------------------------------------------------------

    def boxed(self, element: m.Boxed | None) -> Closure:
        if element is None:
            return _null
        return _BOXED[type(element)](self, element)

    def typed(self, closure: Closure, type_ref: str | None, element: m.Element) -> Closure:
        """The value coerced to a declared type; null when it does not fit."""
        if type_ref is None:
            return closure
        if not self.types.knows(type_ref):
            self.found(rules.UNKNOWN_TYPE, element, name=type_ref)
            return closure
        check = self.types.check(type_ref)
        return closure if check is None else _coercing(closure, check, type_ref)

    def context(self, element: m.BoxedContext) -> Closure:
        scope: dict[str, int] = {}
        self.compiler.scopes.append(scope)
        entries: list[tuple[str, int, Closure]] = []
        for entry in element.entries:
            slot = self.compiler.slot()
            if isinstance(entry.value, m.BoxedFunction) and entry.name:
                self.words.add(entry.name)
                scope[entry.name] = slot
            closure = self.typed(self.boxed(entry.value), entry.type_ref, entry)
            if entry.name:
                self.words.add(entry.name)
                scope[entry.name] = slot
            entries.append((entry.name, slot, closure))
        self.compiler.scopes.pop()

        def run(f: Frame) -> Any:
            made: dict[str, Any] = {}
            for name, slot, closure in entries:
                value = closure(f)
                if not name:
                    return value
                made[name] = f[slot] = value
                if type(value) is Function and value.frame is not None:
                    value.frame[slot] = value
            return made

        return run

    def list_(self, element: m.BoxedList) -> Closure:
        items = [self.boxed(item) for item in element.items]
        return lambda f: [item(f) for item in items]

    def relation(self, element: m.Relation) -> Closure:
        for column in element.columns:
            self.words.add(column)
        rows = [list(zip(element.columns, map(self.boxed, row), strict=False)) for row in element.rows]
        return lambda f: [{name: cell(f) for name, cell in row} for row in rows]

    def invocation(self, element: m.Invocation) -> Closure:
        name = element.function.text.strip() if isinstance(element.function, m.Literal_) else ""
        names = tuple(parameter for parameter, _ in element.bindings)
        arguments: list[Closure] = [self.boxed(value) for _, value in element.bindings]
        if name in BUILTINS:
            nodes = tuple(n.Name(f"\0{i}") for i in range(len(names)))
            return self._builtin_invocation(name, names, nodes, arguments)
        function = self.boxed(element.function)

        def run(f: Frame) -> Any:
            made = function(f)
            if type(made) is not Function:
                f[RUN].warn("not-a-function", function=name)
                return None
            values = [argument(f) for argument in arguments]
            if made.parameters is not None and set(names) <= set(made.parameters):
                given = dict(zip(names, values, strict=True))
                return invoke(made, [given.get(p) for p in made.parameters], (), f[RUN], 0)
            return invoke(made, values, names, f[RUN], 0)

        return run

    def _builtin_invocation(
        self, name: str, names: tuple[str, ...], nodes: tuple[n.Node, ...], arguments: list[Closure]
    ) -> Closure:
        """A boxed invocation of a built-in function: its arguments wait in slots."""
        scope = {f"\0{i}": self.compiler.slot() for i in range(len(names))}
        self.compiler.scopes.append(scope)
        call = self.compiler.compile(n.Call(n.Name(name), nodes, names))
        self.compiler.scopes.pop()
        slots = list(scope.values())

        def run(f: Frame) -> Any:
            for slot, argument in zip(slots, arguments, strict=True):
                f[slot] = argument(f)
            return call(f)

        return run

    def function(self, element: m.BoxedFunction) -> Closure:
        if element.kind.upper() not in ("FEEL", "F"):
            self.found(rules.EXTERNAL_FUNCTION, element, kind=element.kind)
            return _null
        names = tuple(name for name, _ in element.parameters)
        checks = tuple(self.types.check(type_ref) for _, type_ref in element.parameters)
        slots = [self.compiler.slot() for _ in names]
        for name in names:
            self.words.add(name)
        self.compiler.scopes.append(dict(zip(names, slots, strict=True)))
        body = self.typed(self.boxed(element.body), element.type_ref if element.body is not None else None, element)
        parameters = tuple(self.types.tree(type_ref) for _, type_ref in element.parameters)
        signature = (parameters, self.types.tree(element.type_ref or getattr(element.body, "type_ref", None)))
        self.compiler.scopes.pop()

        def make(f: Frame) -> Function:
            captured = f[:]

            def call(arguments: list[Any]) -> Any:
                frame = captured[:]
                for slot, value in zip(slots, arguments, strict=False):
                    frame[slot] = value
                return enter(frame[RUN], body, frame)

            return Function(call, names, "", checks, captured, signature)

        return make

    def conditional(self, element: m.Conditional) -> Closure:
        condition, then, otherwise = map(self.boxed, (element.condition, element.then, element.otherwise))

        def run(f: Frame) -> Any:
            return then(f) if condition(f) is True else otherwise(f)

        return run

    def filter(self, element: m.BoxedFilter) -> Closure:
        source, slot = self.boxed(element.source), self.compiler.slot()
        self.compiler.scopes += [{"item": slot}, Special(slot)]
        match = self.boxed(element.match)
        del self.compiler.scopes[-2:]

        def run(f: Frame) -> Any:
            value = source(f)
            items = as_list(value) if value is not None else []
            f[RUN].step(len(items))
            kept: list[Any] = []
            for item in items:
                f[slot] = item
                verdict = match(f)
                if type(verdict) is Decimal and item is items[0]:
                    return element_at(list(items), verdict, f[RUN], 0)
                if verdict is not None and type(verdict) is not bool:
                    f[RUN].warn("not-a-boolean")
                    return None
                if verdict:
                    kept.append(item)
            return kept

        return run

    def iteration(self, element: m.Iteration) -> Closure:
        slot, partial = self.compiler.slot(), self.compiler.slot()
        source = self.boxed(element.source)
        self.words.add(element.variable)
        self.compiler.scopes.append({element.variable: slot, "partial": partial})
        body = self.boxed(element.body)
        self.compiler.scopes.pop()
        return _iteration(element.kind, source, body, slot, partial)

    # tables --------------------------------------------------------------------------------------------------

    def table(self, element: m.DecisionTable) -> Closure:
        made = TableLogic(self, element)
        self.tables.append(made)
        return made.decide

    def cell(self, element: m.Literal_, clause: m.InputClause) -> Cell:
        text = element.text.strip()
        if text in ("", "-") and element.language is None:
            return Cell(_true, any=True)
        if text.startswith(("${", "#{")):
            return self._juel_cell(element, clause)
        node = self._guarded(element, lambda: self._cell_tree(element))
        if not isinstance(node, n.Tests):
            return Cell(_false)
        intervals = constant_intervals(node)
        test = self.compile(node, element)
        if intervals is None:
            return Cell(test, any=not node.tests)
        return Cell(test, constant=True, negated=node.negated, intervals=tuple(intervals))

    def _cell_tree(self, element: m.Literal_) -> n.Node:
        self.dialect(element)
        return parse_tests(element.text, self.words)

    def _juel_cell(self, element: m.Literal_, clause: m.InputClause) -> Cell:
        """`${cellInput > 5}`: Camunda 7 gives the tested value a name."""
        node = self._guarded(element, lambda: juel.parse(element.text.strip()))
        if node is None:
            return Cell(_false)
        names = {"cellInput": TESTED, **({clause.variable: TESTED} if clause.variable else {})}
        self.compiler.scopes.append(names)
        closure = self.compile(n.Truthy(node), element)
        self.compiler.scopes.pop()
        return Cell(closure)


class _ForeignLanguage(Exception):
    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.language = language


class TableLogic:
    """One decision table, ready to decide."""

    def __init__(self, logic: Logic, element: m.DecisionTable) -> None:
        self.element = element
        self.inputs = [self._input(logic, clause) for clause in element.inputs]
        self.allowed = [
            logic.cell(clause.allowed, clause) if clause.allowed is not None else None for clause in element.inputs
        ]
        self.names = tuple(clause.name or clause.label for clause in element.outputs)
        complete = [
            rule
            for rule in element.rules
            if len(rule.inputs) == len(element.inputs) and len(rule.outputs) == len(element.outputs)
        ]
        self.cells = tuple(
            tuple(logic.cell(cell, clause) for cell, clause in zip(rule.inputs, element.inputs, strict=True))
            for rule in complete
        )
        self.outputs = [[logic.text(cell) for cell in rule.outputs] for rule in complete]
        self.defaults = [logic.text(c.default) if c.default is not None else None for c in element.outputs]
        self.priorities = [self._priorities(logic, clause) for clause in element.outputs]
        self.null_frame = logic.frame({}, Run(None, None, NO_FUNCTIONS, None))
        self.index = Index.of(self.cells, len(self.inputs), self.null_frame)
        self.rules = tuple(complete)
        self.rule_ids = tuple(rule.id or f"rule-{number}" for number, rule in enumerate(complete, 1))
        if element.hit_policy in ("PRIORITY", "OUTPUT ORDER") and not any(self.priorities):
            logic.found(rules.PRIORITY_WITHOUT_VALUES, element, policy=element.hit_policy)

    def _input(self, logic: Logic, clause: m.InputClause) -> Closure:
        if not clause.expression.text.strip():
            logic.found(rules.EMPTY_INPUT, clause)
        return logic.text(clause.expression)

    def _priorities(self, logic: Logic, clause: m.OutputClause) -> list[Any]:
        """The allowed outputs in their order: constants of the output values."""
        if clause.allowed is None:
            return []
        node = logic._guarded(clause.allowed, lambda: parse_tests(clause.allowed.text, logic.words))  # type: ignore[union-attr]
        if not isinstance(node, n.Tests) or node.negated:
            return []
        return [value for value in map(constant, node.tests) if value is not UNKNOWN]

    def decide(self, f: Frame) -> Any:
        run: Run = f[RUN]
        kept, values = f[TESTED], [source(f) for source in self.inputs]
        visits = Visits()
        if not self._inputs_allowed(f, values):
            matched: list[int] = []
            result: Any = None
        else:
            matches = self.index.matching(values, f, visits)
            if self.element.hit_policy == "FIRST":
                first = next(matches, None)
                matched = [] if first is None else [first]
            else:
                matched = list(matches)
            f[TESTED] = kept
            rows = [tuple(cell(f) for cell in self.outputs[number]) for number in matched]
            result = self._result(f, matched, rows)
        f[TESTED] = kept
        note = getattr(run, "note_table", None)
        if note is not None:
            note(self, values, matched, result, visits.rules)
        return result

    def _inputs_allowed(self, f: Frame, values: list[Any]) -> bool:
        for clause, allowed, value in zip(self.element.inputs, self.allowed, values, strict=True):
            if allowed is None or allowed.any or value is None:
                continue
            f[TESTED] = value
            if allowed.test(f) is not True and not _elements_allowed(f, allowed, value):
                f[RUN].warn("value-not-allowed", column=clause.label or clause.expression.text)
                return False
        return True

    def _row(self, row: tuple[Any, ...]) -> Any:
        return row[0] if len(row) == 1 else dict(zip(self.names, row, strict=True))

    def _result(self, f: Frame, matched: list[int], rows: list[tuple[Any, ...]]) -> Any:
        policy, run = self.element.hit_policy, f[RUN]
        if not rows:
            return self._default(f)
        if policy == "UNIQUE" and len(rows) > 1:
            run.warn("several-rules", rules=[number + 1 for number in matched])
            return None
        if policy == "ANY" and any(equal(list(row), list(rows[0])) is not True for row in rows[1:]):
            run.warn("conflicting-rules", rules=[number + 1 for number in matched])
            return None
        if policy in ("UNIQUE", "ANY", "FIRST"):
            return self._row(rows[0])
        if policy == "PRIORITY":
            return self._row(self._by_priority(rows)[0])
        if policy == "OUTPUT ORDER":
            rows = self._by_priority(rows)
        return self._collected(f, rows)

    def _collected(self, f: Frame, rows: list[tuple[Any, ...]]) -> Any:
        aggregator = self.element.aggregator
        if self.element.hit_policy != "COLLECT" or aggregator is None:
            return [self._row(row) for row in rows]
        if aggregator == "COUNT":
            return Decimal(len(rows))
        found = [aggregate(aggregator, [row[c] for row in rows], f) for c in range(len(self.names))]
        return self._row(tuple(found))

    def _default(self, f: Frame) -> Any:
        values = [None if default is None else default(f) for default in self.defaults]
        if any(default is not None for default in self.defaults):
            found = self._row(tuple(values))
            multiple = self.element.hit_policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
            return [found] if multiple and self.element.aggregator is None else found
        if self.element.hit_policy == "COLLECT" and self.element.aggregator == "COUNT":
            return Decimal(0)
        if self.element.hit_policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER") and self.element.aggregator is None:
            return []
        f[RUN].warn("no-rule")
        return None

    def _by_priority(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        def rank(row: tuple[Any, ...]) -> tuple[int, ...]:
            return tuple(
                next((i for i, known in enumerate(order) if equal(known, value) is True), len(order))
                for value, order in zip(row, self.priorities, strict=True)
            )

        return sorted(rows, key=rank)


def _elements_allowed(f: Frame, allowed: Cell, value: Any) -> bool:
    """A list passes when all its elements do."""
    if type(value) is not list:
        return False
    for item in value:
        f[TESTED] = item
        if allowed.test(f) is not True:
            return False
    return True


def aggregate(aggregator: m.Aggregator, values: list[Any], f: Frame) -> Any:
    """SUM, MIN and MAX over the outputs of all matching rules."""
    try:
        best = values[0]
        for value in values[1:]:
            if aggregator == "SUM":
                best = calculate("+", best, value)
                continue
            first = less(value, best) if aggregator == "MIN" else less(best, value)
            if first is None:
                raise Null("not-comparable", left="", right="")
            best = value if first else best
        return best
    except Null as reason:
        f[RUN].warn(reason.code, 0, **reason.params)
        return None


def _iteration(kind: str, source: Closure, body: Closure, slot: int, partial: int) -> Closure:
    def run(f: Frame) -> Any:
        items = elements(source(f))
        if items is None:
            f[RUN].warn("not-a-list")
            return None
        f[RUN].step(len(items))
        results: list[Any] = []
        f[partial] = results
        for item in items:
            f[slot] = item
            results.append(body(f))
        return results if kind == "for" else quantify(kind == "every", results)

    return run


def _null(f: Frame) -> Any:
    return None


def _true(f: Frame) -> Any:
    return True


def _false(f: Frame) -> Any:
    return False


def _coercing(closure: Closure, check: Check, type_ref: str) -> Closure:
    def run(f: Frame) -> Any:
        value = coerce(closure(f), check)
        if value is MISFIT:
            f[RUN].warn("wrong-type", expected=type_ref)
            return None
        return value

    return run


# constants -------------------------------------------------------------------------------------------------------


def constant_intervals(tests: n.Tests) -> list[tuple[str, Interval]] | None:
    """The intervals of a constant cell; None when some test must be evaluated."""
    made: list[tuple[str, Interval]] = []
    for test in tests.tests:
        operator, node = (test.operator, test.operand) if isinstance(test, n.Test) else ("=", test)
        value = constant(node)
        if value is UNKNOWN:
            return None
        if value is None:
            if operator == "=" and not tests.negated:
                continue
            return None
        found = intervals_of(value, operator)
        if found is None or (type(value) is Range and isinstance(test, n.Test)):
            return None
        made += found
    if not tests.tests or (tests.negated and len({line for line, _ in made}) != 1):
        return None
    return made


_BOXED: Final[dict[type, Callable[[Logic, Any], Closure]]] = {
    m.Literal_: Logic.text,
    m.BoxedContext: Logic.context,
    m.BoxedList: Logic.list_,
    m.Relation: Logic.relation,
    m.Invocation: Logic.invocation,
    m.BoxedFunction: Logic.function,
    m.Conditional: Logic.conditional,
    m.BoxedFilter: Logic.filter,
    m.Iteration: Logic.iteration,
    m.DecisionTable: Logic.table,
}
