"""A compiled model and the making of decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from engine.dmn import model as m
from engine.dmn import rules
from engine.dmn.logic import Logic, TableLogic
from engine.dmn.reader import read
from engine.dmn.types import MISFIT, Types
from engine.errors import NotFound, SolutionError
from engine.feel import limits
from engine.feel.errors import FeelLimitError
from engine.feel.expression import vocabulary
from engine.feel.run import NO_FUNCTIONS, RUN, Closure, Run, Warning_
from engine.feel.values import Function, convert
from engine.findings import Finding, has_errors


@dataclass(frozen=True)
class Evaluation:
    """One decision of the graph that was made: for a table its inputs and rules, else only the output."""

    decision_id: str
    decision_name: str
    inputs: dict[str, Any]
    matched_rules: tuple[int, ...]
    """Numbers from 1, in the order of the table."""
    rule_ids: tuple[str, ...]
    outputs: Any
    rules_visited: int = 0


@dataclass(frozen=True)
class Decision:
    """A result, how it came about, and why parts of it are null."""

    value: Any
    evaluations: tuple[Evaluation, ...]
    warnings: tuple[Warning_, ...] = ()


@dataclass(frozen=True)
class DecisionInfo:
    """What can be asked of a model: a decision, its result's name, and the inputs it reads, through all its parts."""

    id: str
    name: str
    variable: str
    type_ref: str | None
    inputs: tuple[str, ...]


class DecisionRun(Run):
    """An evaluation that remembers which decisions were made."""

    __slots__ = ("evaluations", "owner", "tables")

    def __init__(self, now: datetime | None, zone: tzinfo | None, functions: Any, warnings: list[Warning_]) -> None:
        super().__init__(now, zone, functions, warnings)
        self.evaluations: list[Evaluation] = []
        self.owner: list[tuple[str, str]] = []

    def note_table(self, table: TableLogic, values: list[Any], matched: list[int], result: Any, visited: int) -> None:
        """Called by every table that decides."""
        labels = [clause.label or " ".join(clause.expression.text.split()) for clause in table.element.inputs]
        id_, name = self.owner[-1] if self.owner else ("", "")
        self.evaluations.append(
            Evaluation(
                id_,
                name,
                dict(zip(labels, values, strict=True)),
                tuple(number + 1 for number in matched),
                tuple(table.rule_ids[number] for number in matched),
                result,
                visited,
            )
        )


class _Scope(dict[str, Any]):
    """The names one element may use: required values are made when they are first read."""

    __slots__ = ("fallback", "makers")

    def __init__(self, makers: Mapping[str, Callable[[], Any]], fallback: Mapping[str, Any]) -> None:
        super().__init__()
        self.makers = makers
        self.fallback = fallback

    def __missing__(self, name: str) -> Any:
        maker = self.makers.get(name)
        value = maker() if maker is not None else self.fallback[name]
        self[name] = value
        return value


@dataclass
class Part:
    """A compiled decision, function or service with what it requires."""

    element: Any
    closure: Closure
    logic: Logic | None
    required: tuple[tuple[str, Any], ...] = ()
    """(name in scope, Part or InputData), imports under `import.name`."""


class Model:
    """One DMN file, compiled; `findings` are what is wrong with it (errors only if it was read tolerantly)."""

    def __init__(self, definitions: m.Definitions, imports: Iterable[Model], findings: list[Finding]) -> None:
        self.definitions = definitions
        self.findings = findings
        self.file = definitions.file
        self.version = definitions.version
        self._imported = self._find_imports(list(imports))
        types: dict[str, Types] = {name: model.types for name, model in self._imported.items()}
        self.types: Types = Types(definitions.items, types)
        self._by_id: dict[str, Any] = {}
        for element in self._elements():
            if element.id:
                self._by_id[element.id] = element
        self._parts: dict[int, Part] = {}
        self._open: list[Any] = []
        for element in (*definitions.decisions, *definitions.knowledge, *definitions.services):
            self._part(element)
        self._check_references()
        self._check_names()
        self.decisions = tuple(self._info(element) for element in definitions.decisions)

    # building ------------------------------------------------------------------------------------------------

    def _elements(self) -> Iterable[Any]:
        d = self.definitions
        return (*d.inputs, *d.decisions, *d.knowledge, *d.services)

    def _find_imports(self, models: list[Model]) -> dict[str, Model]:
        found: dict[str, Model] = {}
        for wanted in self.definitions.imports:
            if "DMN" not in wanted.kind and wanted.kind:
                continue
            model = next((model for model in models if model.definitions.namespace == wanted.namespace), None)
            if model is None:
                self._found(rules.MISSING_IMPORT, wanted, namespace=wanted.namespace)
            else:
                found[wanted.name] = model
        return found

    def _found(self, rule: Any, element: m.Element, **params: Any) -> None:
        self.findings.append(Finding(rule, self.file, element.id, element.name or None, element.line, params))

    def _resolve(self, href: str) -> tuple[str, Model, Any] | None:
        """(import's name, model, element) of an href `#id`, `id` or `namespace#id`."""
        namespace, _, id_ = href.rpartition("#")
        if not namespace or namespace == self.definitions.namespace:
            element = self._by_id.get(id_)
            if element is not None:
                return "", self, element
        for name, model in self._imported.items():
            if namespace == model.definitions.namespace and id_ in model._by_id:
                return name, model, model._by_id[id_]
        return None

    def _check_references(self) -> None:
        d = self.definitions
        for element in d.decisions:
            self._check_hrefs(element, (*element.required, *element.knowledge))
        for knowledge in d.knowledge:
            self._check_hrefs(knowledge, knowledge.knowledge)
        for service in d.services:
            self._check_hrefs(
                service, (*service.outputs, *service.encapsulated, *service.input_decisions, *service.input_data)
            )

    def _check_names(self) -> None:
        d = self.definitions
        if not (d.decisions or d.knowledge or d.items or d.inputs):
            self._found(rules.NO_DECISION, d)
        seen: set[str] = set()
        for element in (*d.inputs, *d.decisions, *d.knowledge, *d.services):
            if element.name in seen:
                self._found(rules.DOUBLE_NAME, element, name=element.name)
            seen.add(element.name)

    def _check_hrefs(self, element: m.Element, hrefs: tuple[str, ...]) -> None:
        for href in hrefs:
            if self._resolve(href) is None:
                self._found(rules.UNKNOWN_REFERENCE, element, href=href or "an element without an id")

    def _part(self, element: Any) -> Part:
        """The compiled element; elements that require one another are refused."""
        made = self._parts.get(id(element))
        if made is not None:
            return made
        if any(element is other for other in self._open):
            path = " → ".join(other.name for other in [*self._open, element])
            self._found(rules.CYCLE, element, path=path)
            return Part(element, lambda f: None, None)
        self._open.append(element)
        try:
            made = self._compile(element)
        finally:
            self._open.pop()
        self._parts[id(element)] = made
        return made

    def _compile(self, element: Any) -> Part:
        if isinstance(element, m.ServiceElement):
            return self._compile_service(element)
        hrefs = (*getattr(element, "required", ()), *element.knowledge)
        required = tuple(self._requirement(href) for href in hrefs if self._leads_elsewhere(href, element))
        words = vocabulary([*self._words(), *(name for name, _ in required if not self._is_imported(name))])
        logic = Logic(self.file, self.types, words, self.definitions.language)
        if isinstance(element, m.DecisionElement):
            closure = logic.typed(logic.boxed(element.logic), element.type_ref, element)
        else:
            closure = logic.boxed(element.function)
        self.findings += logic.findings
        return Part(element, closure, logic, required)

    def _words(self) -> Iterable[str]:
        """Names that expressions may use anywhere: of imports, their elements, and components of types."""
        for name, model in self._imported.items():
            yield name
            for element in model._elements():
                yield element.variable
            yield from model._words()
        for item in self.definitions.items:
            yield from _component_names(item)
        for decision in self.definitions.decisions:
            if isinstance(decision.logic, m.DecisionTable):
                yield from (clause.name for clause in decision.logic.outputs)

    def _leads_elsewhere(self, href: str, element: Any) -> bool:
        """A function may call itself; drawing that as a requirement changes nothing."""
        found = self._resolve(href)
        return found is not None and not (found[2] is element and isinstance(element, m.KnowledgeElement))

    def _is_imported(self, name: str) -> bool:
        return name.partition(".")[0] in self._imported

    def _requirement(self, href: str) -> tuple[str, Any]:
        found = self._resolve(href)
        assert found is not None  # noqa: S101 - the caller asked before
        prefix, model, element = found
        name = f"{prefix}.{element.variable}" if prefix else element.variable
        return name, element if isinstance(element, m.InputData) else model._part(element)

    def _compile_service(self, element: m.ServiceElement) -> Part:
        outputs = []
        for href in element.outputs:
            found = self._resolve(href)
            if found is not None and isinstance(found[2], m.DecisionElement):
                outputs.append((found[2].variable, found[1]._part(found[2])))
        return Part(element, lambda f: None, None, tuple(outputs))

    def parts(self) -> Iterable[Part]:
        """The compiled decisions, functions and services of this file."""
        d = self.definitions
        return [self._part(element) for element in (*d.decisions, *d.knowledge, *d.services)]

    def words(self) -> Iterable[str]:
        """All names that expressions of this file may use."""
        return [*self._words(), *(element.variable for element in self._elements())]

    def output_names_for(self, element: Any) -> set[str]:
        """The outputs of required tables, which are names too."""
        names: set[str] = set()
        for _, required in self._part(element).required:
            if isinstance(required, Part):
                names |= set(_output_names(required.element))
        return names

    # asking --------------------------------------------------------------------------------------------------

    def _info(self, element: m.DecisionElement) -> DecisionInfo:
        found: dict[str, None] = {}
        self._inputs_of(self._part(element), found, set())
        return DecisionInfo(element.id or element.name, element.name, element.variable, element.type_ref, tuple(found))

    def _inputs_of(self, part: Part, found: dict[str, None], seen: set[int]) -> None:
        if id(part) in seen:
            return
        seen.add(id(part))
        provided = set()
        for name, required in part.required:
            provided.add(name.partition(".")[0])
            if isinstance(required, m.InputData):
                found.setdefault(name.rpartition(".")[2] if "." in name else name)
            else:
                self._inputs_of(required, found, seen)
                provided |= set(_output_names(required.element))
        if part.logic is not None:
            for name in sorted(part.logic.compiler.certain - provided):
                if name not in self._known_inputs():
                    found.setdefault(name)

    def _known_inputs(self) -> set[str]:
        return {element.variable for element in self.definitions.inputs}

    def element(self, id_or_name: str, kind: type | None = None) -> Any:
        """A decision, function or service by id or name; raises NotFound."""
        kinds = kind or (m.DecisionElement, m.KnowledgeElement, m.ServiceElement)
        candidates = [e for e in self._elements() if isinstance(e, kinds)]
        for attribute in ("id", "name", "variable"):
            for element in candidates:
                if getattr(element, attribute) == id_or_name:
                    return element
        raise NotFound("decision", decision=id_or_name, file=self.file)

    def outputs(self, decision: str) -> tuple[str, ...]:
        """The names of a decision's outputs, if it is a table that names them."""
        return tuple(name for name in _output_names(self.element(decision, m.DecisionElement)) if name)

    def decide(
        self,
        decision_id_or_name: str,
        inputs: Mapping[str, Any],
        *,
        now: datetime | None = None,
        zone: tzinfo | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Decision:
        """
        Make a decision from inputs by name (plain Python values or FEEL's).

        Raises NotFound for an unknown decision and FeelLimitError; everything else gives null and a warning.
        """
        element = self.element(decision_id_or_name, m.DecisionElement)
        return self._run(lambda game: game.value(self._part(element), self), inputs, now, zone, functions)

    def invoke(
        self,
        name: str,
        inputs: Mapping[str, Any],
        *,
        now: datetime | None = None,
        zone: tzinfo | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Decision:
        """Call a decision service or a business knowledge model with its parameters by name."""
        element = self.element(name, (m.ServiceElement, m.KnowledgeElement))  # type: ignore[arg-type]
        return self._run(lambda game: game.invoked(self._part(element), self), inputs, now, zone, functions)

    def _run(
        self,
        ask: Callable[[_Game], Any],
        inputs: Mapping[str, Any],
        now: datetime | None,
        zone: tzinfo | None,
        functions: Mapping[str, Callable[..., Any]] | None,
    ) -> Decision:
        warnings: list[Warning_] = []
        run = DecisionRun(now, zone, functions or NO_FUNCTIONS, warnings)
        try:
            value = ask(_Game(run, inputs))
        except RecursionError:
            raise FeelLimitError("the depth of calls", limits.CALL_DEPTH) from None
        return Decision(value, tuple(run.evaluations), tuple(warnings))


class _Game:
    """One evaluation of a graph: values of decisions already made, inputs already checked."""

    def __init__(self, run: DecisionRun, inputs: Mapping[str, Any], given: Mapping[int, Any] | None = None) -> None:
        self.run = run
        self.inputs = inputs
        self.made: dict[int, Any] = dict(given or {})

    def value(self, part: Part, model: Model) -> Any:
        """The value of a decision, made once."""
        key = id(part.element)
        if key not in self.made:
            self.made[key] = self._decide(part, model)
        return self.made[key]

    def _decide(self, part: Part, model: Model) -> Any:
        element, run = part.element, self.run
        run.step()
        run.owner.append((element.id or element.name, element.name))
        before = len(run.evaluations)
        try:
            value = part.closure(self._frame(part, model))
        finally:
            run.owner.pop()
        own = (element.id or element.name, element.name)
        if not any(e.decision_id == own[0] for e in run.evaluations[before:]):
            run.evaluations.append(Evaluation(*own, {}, (), (), value))
        return value

    def _frame(self, part: Part, model: Model) -> Any:
        makers: dict[str, Callable[[], Any]] = {}
        imported: dict[str, dict[str, Callable[[], Any]]] = {}
        for name, required in part.required:
            prefix, _, rest = name.partition(".")
            maker = self._maker(required, model)
            if rest and prefix in model._imported:
                imported.setdefault(prefix, {})[rest] = maker
            else:
                makers[name] = maker
                if isinstance(required, Part):
                    self._output_makers(required, maker, makers)
        if isinstance(part.element, m.KnowledgeElement):
            makers.setdefault(part.element.variable, lambda: self.function(part, model))
        for prefix, inner in imported.items():
            makers[prefix] = lambda inner=inner: _Lazy(inner)  # type: ignore[misc]
        assert part.logic is not None  # noqa: S101 - only services have none
        return part.logic.frame(_Scope(makers, _Undeclared(self.inputs, model._known_inputs())), self.run)

    def _output_makers(self, part: Part, maker: Callable[[], Any], makers: dict[str, Callable[[], Any]]) -> None:
        """Camunda's way: the outputs of a required table are names too, unless something else has the name."""
        names = _output_names(part.element)
        for output in names:
            if output and output not in makers:
                many = len(names) > 1
                makers[output] = lambda output=output, many=many: _output(maker(), output, many)  # type: ignore[misc]

    def _maker(self, required: Any, model: Model) -> Callable[[], Any]:
        if isinstance(required, m.InputData):
            return lambda: self.input(required, model)
        owner = model
        for imported in model._imported.values():
            if id(required.element) in imported._parts:
                owner = imported
        if isinstance(required.element, m.DecisionElement):
            return lambda: self.value(required, owner)
        return lambda: self.function(required, owner)

    def input(self, element: m.InputData, model: Model) -> Any:
        key = id(element)
        if key not in self.made:
            value = convert(self.inputs[element.variable]) if element.variable in self.inputs else None
            owner = next((o for o in model._imported.values() if id(element) in map(id, o.definitions.inputs)), model)
            coerced = owner.types.coerce(value, element.type_ref)
            if coerced is MISFIT:
                self.run.warn("wrong-type", expected=element.type_ref, name=element.name)
                coerced = None
            self.made[key] = coerced
        return self.made[key]

    def function(self, part: Part, model: Model) -> Any:
        """A business knowledge model or decision service as a function value."""
        key = id(part.element)
        if key not in self.made:
            if isinstance(part.element, m.ServiceElement):
                self.made[key] = self._service(part, model)
            else:
                self.made[key] = self._knowledge(part, model)
        return self.made[key]

    def _knowledge(self, part: Part, model: Model) -> Any:
        element: m.KnowledgeElement = part.element
        made = part.closure(self._frame(part, model))
        if type(made) is not Function:
            return made
        inner, type_ref = made.call, element.type_ref
        item = model.types.item(type_ref) if type_ref else None
        if type_ref is None or (item is not None and item.is_function) or type_ref == "function":
            type_ref = None

        def call(arguments: list[Any]) -> Any:
            self.run.owner.append((element.id or element.name, element.name))
            try:
                value = inner(arguments)
            finally:
                self.run.owner.pop()
            coerced = model.types.coerce(value, type_ref)
            if coerced is MISFIT:
                self.run.warn("wrong-type", expected=type_ref, name=element.name)
                return None
            return coerced

        return Function(call, made.parameters, element.name, made.types, None, made.signature)

    def _service(self, part: Part, model: Model) -> Function:
        element: m.ServiceElement = part.element
        parameters: list[tuple[str, Any, Model]] = []
        for href in (*element.input_data, *element.input_decisions):
            found = model._resolve(href)
            if found is not None:
                parameters.append((found[2].variable, found[2], found[1]))

        def call(arguments: list[Any]) -> Any:
            given: dict[int, Any] = {}
            inputs: dict[str, Any] = {}
            for (name, parameter, owner), value in zip(parameters, arguments, strict=False):
                coerced = owner.types.coerce(value, parameter.type_ref)
                if coerced is MISFIT:
                    self.run.warn("wrong-type", expected=parameter.type_ref, name=name)
                    coerced = None
                given[id(parameter)] = coerced
                inputs[name] = coerced
            game = _Game(self.run, inputs, given)
            self.run.step()
            values = {name: game.value(output, model) for name, output in part.required}
            result: Any = next(iter(values.values()), None) if len(values) == 1 else values
            coerced = model.types.coerce(result, element.type_ref if self._is_value(model, element) else None)
            return None if coerced is MISFIT else coerced

        return Function(call, tuple(name for name, _, _ in parameters), element.name)

    def _is_value(self, model: Model, element: m.ServiceElement) -> bool:
        """Whether the service's declared type is that of its result (and not of the function)."""
        item = model.types.item(element.type_ref) if element.type_ref else None
        return element.type_ref != "function" and (item is None or not item.is_function)

    def invoked(self, part: Part, model: Model) -> Any:
        function = self.function(part, model)
        if type(function) is not Function:
            self.run.warn("not-a-function", found=part.element.name)
            return None
        names = function.parameters or ()
        arguments = [convert(self.inputs[name]) if name in self.inputs else None for name in names]
        from engine.feel.compiler import invoke

        return invoke(function, arguments, (), self.run, 0)


class _Undeclared(Mapping[str, Any]):
    """The caller's values for names which the model declares nowhere (files of modelers that draw no inputs)."""

    __slots__ = ("_declared", "_inputs")

    def __init__(self, inputs: Mapping[str, Any], declared: set[str]) -> None:
        self._inputs = inputs
        self._declared = declared

    def __getitem__(self, name: str) -> Any:
        if name in self._declared:
            raise KeyError(name)
        return self._inputs[name]

    def __iter__(self) -> Any:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)


class _Lazy(Mapping[str, Any]):
    """The elements of an import as a context."""

    __slots__ = ("_makers",)

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Any:
        return self._makers[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Any:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _output_names(element: Any) -> list[str]:
    logic = getattr(element, "logic", None)
    return [clause.name for clause in logic.outputs] if isinstance(logic, m.DecisionTable) else []


def _output(value: Any, name: str, many: bool) -> Any:
    if not many:
        return value
    if isinstance(value, Mapping):
        return value.get(name)
    return [_output(item, name, many) for item in value] if isinstance(value, list) else None


def _component_names(item: m.ItemDefinition) -> Iterable[str]:
    for part in item.components:
        yield part.name
        yield from _component_names(part)


def read_model(source: bytes, file: str, imports: Iterable[Model] = (), *, tolerant: bool = False) -> Model:
    """
    Read and compile a DMN file.

    Raises SolutionError with all findings when the file cannot be run as it is. `tolerant` keeps the model all the
    same: what could not be compiled is null then. `imports` are models the file may import, by their namespace.
    """
    definitions, findings = read(source, file)
    made = Model(definitions, imports, findings)
    if not tolerant and has_errors(made.findings):
        raise SolutionError("dmn-refused", tuple(made.findings), file=file)
    return made


__all__ = ["RUN", "Decision", "DecisionInfo", "Evaluation", "Model", "read_model"]
