"""What a DMN file says, before anything is compiled. Every element keeps its id (or a made-up one) for findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

HitPolicy = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]
Aggregator = Literal["SUM", "MIN", "MAX", "COUNT"]


@dataclass(frozen=True)
class Element:
    id: str | None = None
    name: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Boxed(Element):
    """Any boxed expression."""

    type_ref: str | None = None


@dataclass(frozen=True)
class Literal_(Boxed):  # noqa: N801 - typing owns the name without the dash
    text: str = ""
    language: str | None = None


@dataclass(frozen=True)
class ContextEntry(Element):
    """An entry without a name is the result of the context."""

    type_ref: str | None = None
    value: Boxed | None = None


@dataclass(frozen=True)
class BoxedContext(Boxed):
    entries: tuple[ContextEntry, ...] = ()


@dataclass(frozen=True)
class BoxedList(Boxed):
    items: tuple[Boxed | None, ...] = ()


@dataclass(frozen=True)
class Relation(Boxed):
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Boxed | None, ...], ...] = ()


@dataclass(frozen=True)
class Invocation(Boxed):
    function: Boxed | None = None
    bindings: tuple[tuple[str, Boxed | None], ...] = ()


@dataclass(frozen=True)
class BoxedFunction(Boxed):
    parameters: tuple[tuple[str, str | None], ...] = ()
    body: Boxed | None = None
    kind: str = "FEEL"


@dataclass(frozen=True)
class Conditional(Boxed):
    condition: Boxed | None = None
    then: Boxed | None = None
    otherwise: Boxed | None = None


@dataclass(frozen=True)
class BoxedFilter(Boxed):
    source: Boxed | None = None
    match: Boxed | None = None


@dataclass(frozen=True)
class Iteration(Boxed):
    """`for`, `some` and `every`; `body` is what it returns or what must be satisfied."""

    kind: Literal["for", "some", "every"] = "for"
    variable: str = "item"
    source: Boxed | None = None
    body: Boxed | None = None


@dataclass(frozen=True)
class InputClause(Element):
    label: str = ""
    expression: Literal_ = field(default_factory=Literal_)
    allowed: Literal_ | None = None
    variable: str | None = None
    """Camunda's name for the value under test, beside `cellInput`."""


@dataclass(frozen=True)
class OutputClause(Element):
    label: str = ""
    type_ref: str | None = None
    allowed: Literal_ | None = None
    default: Literal_ | None = None


@dataclass(frozen=True)
class Rule(Element):
    inputs: tuple[Literal_, ...] = ()
    outputs: tuple[Literal_, ...] = ()
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionTable(Boxed):
    hit_policy: HitPolicy = "UNIQUE"
    aggregator: Aggregator | None = None
    inputs: tuple[InputClause, ...] = ()
    outputs: tuple[OutputClause, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class ItemDefinition(Element):
    type_ref: str | None = None
    is_collection: bool = False
    components: tuple[ItemDefinition, ...] = ()
    allowed: str | None = None
    constraint: str | None = None
    is_function: bool = False


@dataclass(frozen=True)
class InputData(Element):
    variable: str = ""
    type_ref: str | None = None


@dataclass(frozen=True)
class DecisionElement(Element):
    variable: str = ""
    type_ref: str | None = None
    logic: Boxed | None = None
    required: tuple[str, ...] = ()
    """Hrefs of required inputs and decisions, in the order of the file."""
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnowledgeElement(Element):
    """A business knowledge model."""

    variable: str = ""
    type_ref: str | None = None
    function: BoxedFunction | None = None
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceElement(Element):
    variable: str = ""
    type_ref: str | None = None
    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Import(Element):
    namespace: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Definitions(Element):
    """A whole file."""

    namespace: str = ""
    file: str = ""
    language: str | None = None
    version: str = ""
    imports: tuple[Import, ...] = ()
    items: tuple[ItemDefinition, ...] = ()
    inputs: tuple[InputData, ...] = ()
    decisions: tuple[DecisionElement, ...] = ()
    knowledge: tuple[KnowledgeElement, ...] = ()
    services: tuple[ServiceElement, ...] = ()
