"""
A reference: BPMN's token game on the drawn graph, written from the standard and sharing nothing with the engine.

A place is a sequence flow; a marking counts tokens on flows. Activities that run hold what runs inside them. Signals
wake boundary events and event sub-processes; a signal wakes everybody who waits for it at that moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Path = tuple[int, ...]
TOO_MANY = 60


class Unbounded(Exception):
    """The model makes more tokens than the test wants to follow."""


@dataclass
class Node:
    id: str
    kind: str  # start end user xor and or sub
    body: Graph | None = None
    instances: int = 0  # 0: no multi-instance
    sequential: bool = False


@dataclass
class Watch:
    """A boundary event (flows leave it) or an event sub-process (with a body)."""

    id: str
    signal: str
    interrupting: bool
    body: Graph | None = None


@dataclass
class Graph:
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[list[Any]] = field(default_factory=list)  # [id, source, target, condition or None]
    boundary: dict[str, list[Watch]] = field(default_factory=dict)
    handlers: list[Watch] = field(default_factory=list)

    def out(self, source: str) -> list[list[Any]]:
        return [flow for flow in self.flows if flow[1] == source]

    def into(self, target: str) -> list[list[Any]]:
        return [flow for flow in self.flows if flow[2] == target]


@dataclass(eq=False)
class Busy:
    """A running activity: open instances by index, None for a person's work."""

    node: Node
    path: Path
    open: dict[int, Scope | None] = field(default_factory=dict)
    next: int = 0
    told: set[str] = field(default_factory=set)
    """Boundary events that have fired without interrupting."""


class Scope:
    """A running graph."""

    def __init__(self, graph: Graph, path: Path) -> None:
        self.graph = graph
        self.path = path
        self.marking: Counter[str] = Counter()
        self.busy: list[Busy] = []
        self.handling: list[Busy] = []
        self.armed = list(graph.handlers)
        self.joined: set[str] = set()
        """Parallel and inclusive gateways that have let tokens out."""
        starts = [node.id for node in graph.nodes.values() if node.kind == "start"]
        for start in starts:
            self.put(start)

    def put(self, source: str) -> None:
        self.marking.update(flow[0] for flow in self.graph.out(source))

    @property
    def done(self) -> bool:
        return not any(self.marking.values()) and not self.busy and not self.handling

    def scopes(self) -> Iterator[Scope]:
        for busy in [*self.busy, *self.handling]:
            for inner in busy.open.values():
                if inner is not None:
                    yield from inner.scopes()
        yield self


class Game:
    """Plays a graph; `values` are the variables conditions name."""

    def __init__(self, graph: Graph, values: dict[str, bool]) -> None:
        self.values = values
        self.facts: set[str] = set()
        """What has happened so far that an engine may get wrong (`differential` asks)."""
        self.root = Scope(graph, ())
        if any(has_choiceless_cycle(each) for each in graphs(graph)):
            self.facts.add("a cycle without a choice")
        self.settle()

    @property
    def done(self) -> bool:
        return self.root.done

    def tasks(self) -> Counter[tuple[str, Path]]:
        """Open work: (element, indexes of the instances around it)."""
        return Counter(
            (busy.node.id, busy.path + ((index,) if busy.node.instances else ()))
            for scope in self.root.scopes()
            for busy in [*scope.busy, *scope.handling]
            for index, inner in busy.open.items()
            if inner is None
        )

    def complete(self, task: tuple[str, Path], values: dict[str, bool]) -> None:
        self.values |= values
        for scope in list(self.root.scopes()):
            for busy in scope.busy:
                for index, inner in list(busy.open.items()):
                    path = busy.path + ((index,) if busy.node.instances else ())
                    if inner is None and (busy.node.id, path) == task:
                        self.instance_done(scope, busy, index)
                        self.settle()
                        return
        raise AssertionError(f"{task} is not open")

    def signal(self, name: str) -> None:
        """All who wait now, each once."""
        listening = [(scope, busy, watch) for scope in self.root.scopes() for busy, watch in self.watches(scope)]
        for scope, busy, watch in listening:
            if watch.signal == name and scope in set(self.root.scopes()):
                self.wake(scope, busy, watch)
        self.settle()

    def watches(self, scope: Scope) -> list[tuple[Busy | None, Watch]]:
        around = [(busy, watch) for busy in scope.busy for watch in scope.graph.boundary.get(busy.node.id, [])]
        return [*around, *((None, watch) for watch in scope.armed)]

    def wake(self, scope: Scope, busy: Busy | None, watch: Watch) -> None:
        if busy is not None:
            if busy not in scope.busy:
                return
            if watch.interrupting:
                scope.busy.remove(busy)
                if busy.node.instances and busy.node.body is not None:
                    self.facts.add("a boundary event takes several sub-processes away")
            elif watch.id in busy.told:
                self.facts.add("a boundary event fires again")
            busy.told.add(watch.id)
            scope.put(watch.id)
            return
        if watch not in scope.armed:
            return
        if scope is not self.root:
            self.facts.add("an event sub-process inside a sub-process")
        if watch.interrupting:
            self.facts.add("an event sub-process interrupts")
            scope.marking.clear()
            scope.busy.clear()
            scope.handling.clear()
            scope.armed = []
        assert watch.body is not None
        scope.handling.append(Busy(Node(watch.id, "sub", watch.body), scope.path, {0: Scope(watch.body, scope.path)}))

    # steps ------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        for _ in range(4000):
            if sum(sum(scope.marking.values()) + len(scope.busy) for scope in self.root.scopes()) > TOO_MANY:
                raise Unbounded
            if not self.step():
                self.note_waiting_joins()
                return
        raise Unbounded

    def note_waiting_joins(self) -> None:
        """Joins that miss a token which they themselves could send, inclusive ones that have one straight from a fork."""
        for scope in self.root.scopes():
            for node in scope.graph.nodes.values():
                into = {flow[0] for flow in scope.graph.into(node.id)}
                empty = {flow for flow in into if not scope.marking[flow]}
                if node.kind not in ("and", "or") or not empty or empty == into:
                    continue
                sources = {flow[1] for flow in scope.graph.flows if flow[0] in into - empty}
                if node.kind == "or" and any(
                    node.id in sources for node in scope.graph.nodes.values() if node.kind in ("and", "or")
                ):
                    self.facts.add("an inclusive join waits straight behind a fork")
                own = {flow[0] for flow in scope.graph.out(node.id)}
                if empty & self.reach(scope.graph, own, node.id):
                    self.facts.add("a join waits for a token it could send itself")

    def step(self) -> bool:
        for scope in self.root.scopes():
            if self.pass_token(scope) or self.close_inner(scope):
                return True
        return any(self.join_inclusive(scope) for scope in self.root.scopes())

    def pass_token(self, scope: Scope) -> bool:
        marking, graph = scope.marking, scope.graph
        for node in graph.nodes.values():
            into = [flow[0] for flow in graph.into(node.id)]
            full = [flow for flow in into if marking[flow]]
            if not full:
                continue
            if node.kind in ("and", "or"):
                self.note_gateway(scope, node, into)
            if node.kind in ("user", "sub"):
                marking[full[0]] -= 1
                self.begin(scope, node)
            elif node.kind == "end":
                marking[full[0]] -= 1
            elif node.kind == "xor":
                marking[full[0]] -= 1
                marking.update(self.chosen(graph, node.id)[:1])
            elif node.kind == "and" and len(full) == len(into):
                marking.subtract(into)
                scope.joined.add(node.id)
                scope.put(node.id)
            elif node.kind == "or" and len(into) == 1:
                marking[full[0]] -= 1
                self.send(scope, node)
            else:
                continue
            return True
        return False

    def send(self, scope: Scope, node: Node) -> None:
        """Tokens out of an inclusive gateway."""
        scope.joined.add(node.id)
        flows = self.chosen(scope.graph, node.id)
        scope.marking.update(flows)
        targets = [flow[2] for flow in scope.graph.flows if flow[0] in flows]
        if len(set(targets)) < len(targets):
            self.facts.add("two tokens between the same two nodes")

    def note_gateway(self, scope: Scope, node: Node, into: list[str]) -> None:
        if node.id in scope.joined:
            self.facts.add("a join is reached again" if len(into) > 1 else "a fork is passed again")
        if len(into) > 1 and any(scope.marking[flow] > 1 for flow in into):
            self.facts.add("two tokens on one flow into a join")

    def chosen(self, graph: Graph, source: str) -> list[str]:
        flows = graph.out(source)
        true = [flow[0] for flow in flows if flow[3] is not None and self.values[flow[3]]]
        return true or [flow[0] for flow in flows if flow[3] is None]

    def begin(self, scope: Scope, node: Node) -> None:
        busy = Busy(node, scope.path)
        scope.busy.append(busy)
        for _ in range(1 if node.sequential or not node.instances else node.instances):
            self.begin_instance(busy)

    def begin_instance(self, busy: Busy) -> None:
        index = busy.next
        busy.next += 1
        path = busy.path + ((index,) if busy.node.instances else ())
        busy.open[index] = Scope(busy.node.body, path) if busy.node.body is not None else None

    def instance_done(self, scope: Scope, busy: Busy, index: int) -> None:
        del busy.open[index]
        if busy.node.sequential and busy.next < busy.node.instances:
            self.begin_instance(busy)
        elif not busy.open:
            if busy in scope.busy:
                scope.busy.remove(busy)
                scope.put(busy.node.id)
            else:
                scope.handling.remove(busy)

    def close_inner(self, scope: Scope) -> bool:
        for busy in [*scope.busy, *scope.handling]:
            for index, inner in busy.open.items():
                if inner is not None and inner.done:
                    self.instance_done(scope, busy, index)
                    return True
        return False

    def join_inclusive(self, scope: Scope) -> bool:
        for node in sorted(scope.graph.nodes.values(), key=lambda each: each.id):
            into = [flow[0] for flow in scope.graph.into(node.id)]
            if node.kind == "or" and len(into) > 1 and self.enabled(scope, node, into):
                scope.marking.subtract(flow for flow in into if scope.marking[flow])
                self.send(scope, node)
                return True
        return False

    def enabled(self, scope: Scope, node: Node, into: list[str]) -> bool:
        """The standard's rule, with its second clause: who can also reach a full flow does not hold the gateway back."""
        full = {flow for flow in into if scope.marking[flow]}
        empty = set(into) - full
        if not full:
            return False
        for place in self.places(scope, node):
            reached = self.reach(scope.graph, place, node.id)
            if reached & empty and not reached & full:
                return False
        return True

    def places(self, scope: Scope, besides: Node) -> list[set[str]]:
        """Flows on which each token not at the gateway is, or will be next."""
        target = {flow[0]: flow[2] for flow in scope.graph.flows}
        places = [{flow} for flow, count in scope.marking.items() if count and target[flow] != besides.id]
        for busy in scope.busy:
            sources = [busy.node.id, *(watch.id for watch in scope.graph.boundary.get(busy.node.id, []))]
            places.append({flow[0] for source in sources for flow in scope.graph.out(source)})
        return places

    def reach(self, graph: Graph, flows: set[str], stop: str) -> set[str]:
        """Flows a token on one of these can come to without passing through the gateway."""
        target = {flow[0]: flow[2] for flow in graph.flows}
        seen, todo = set(flows), list(flows)
        while todo:
            at = target[todo.pop()]
            if at == stop:
                continue
            sources = [at, *(watch.id for watch in graph.boundary.get(at, []))]
            for flow in (flow[0] for source in sources for flow in graph.out(source)):
                if flow not in seen:
                    seen.add(flow)
                    todo.append(flow)
        return seen


def graphs(graph: Graph) -> Iterator[Graph]:
    """The graph and all within it."""
    yield graph
    for inner in [node.body for node in graph.nodes.values()] + [watch.body for watch in graph.handlers]:
        if inner is not None:
            yield from graphs(inner)


def has_choiceless_cycle(graph: Graph) -> bool:
    """Whether a token can go round without ever coming to a node that chooses."""
    left = {node.id for node in graph.nodes.values() if node.kind not in ("xor", "or") or len(graph.out(node.id)) < 2}
    while True:
        ends = {id for id in left if not any(flow[2] in left for flow in graph.out(id))}
        if not ends:
            return bool(left)
        left -= ends
