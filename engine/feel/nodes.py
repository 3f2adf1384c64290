"""The tree of an expression. `at` is the position in the text; it takes no part in equality."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Decimal


@dataclass(frozen=True, slots=True)
class String(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Null(Node):
    pass


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """`@"2026-11-22"`"""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`names` is empty for positional arguments, else one name an argument."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One positive unary test with an operator: `< 5`. Anything else in a test position is an ordinary expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The cell of a decision table. No tests at all is `-`."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: TypeNode


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class For(Node):
    """`end` of an iterator is set for `1..n` written without brackets."""

    iterators: tuple[tuple[str, Node, Node | None], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    iterators: tuple[tuple[str, Node, Node | None], ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class FunctionNode(Node):
    parameters: tuple[tuple[str, TypeNode | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class ContextNode(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RangeNode(Node):
    """A None end is open: `(< 5)`."""

    low: Node | None
    high: Node | None
    low_included: bool
    high_included: bool


# types -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeNode(Node):
    pass


@dataclass(frozen=True, slots=True)
class NamedType(TypeNode):
    name: str


@dataclass(frozen=True, slots=True)
class ListType(TypeNode):
    item: TypeNode


@dataclass(frozen=True, slots=True)
class RangeType(TypeNode):
    item: TypeNode


@dataclass(frozen=True, slots=True)
class ContextType(TypeNode):
    entries: tuple[tuple[str, TypeNode], ...]


@dataclass(frozen=True, slots=True)
class FunctionType(TypeNode):
    parameters: tuple[TypeNode, ...]
    result: TypeNode


# the Camunda 7 dialect -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Truthy(Node):
    """A condition of `${…}`: null is false there, as it is in Camunda."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`list[0]`, `map['key']`: the index of `${…}` counts from 0."""

    source: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Empty(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Method(Node):
    """An allow-listed method call of `${…}`."""

    source: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Interpolation(Node):
    """Text with `${…}` parts inside: the parts become one string."""

    parts: tuple[Node, ...]
