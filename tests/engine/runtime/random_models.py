"""Random diagrams for the token game: blocks within blocks, then spoiled by swapped gateways and extra jumps."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from tests.engine.runtime.drawing import DECLARED, FORMAL, HEAD
from tests.engine.runtime.token_game import Graph, Node, Watch

CONDITIONS = 6
TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "sub": "subProcess",
}


@dataclass
class Made:
    graph: Graph
    signals: list[str]
    features: Counter[str]

    def xml(self, plain: bool = False) -> str:
        """As our analysts draw it, or in what plain SpiffWorkflow understands."""
        declared = "".join(f'<signal id="{name}" name="{name}"/>' for name in self.signals)
        body = drawn(self.graph, (), plain)
        return f'{HEAD}{DECLARED}{declared}<process id="P" isExecutable="true">{body}</process></definitions>'


class Maker:
    """Makes one model from a seed."""

    def __init__(self, seed: int, spoil: bool, depth: int = 3) -> None:
        self.random = random.Random(seed)
        self.spoiled = spoil
        self.counter = 0
        self.signals: list[str] = []
        self.features: Counter[str] = Counter()
        self.depth = depth
        self.in_loop = 0

    def make(self) -> Made:
        graph = self.graph(self.random.randint(2, self.depth), top=True)
        return Made(graph, self.signals, self.features)

    def id(self, kind: str) -> str:
        self.counter += 1
        return f"{kind}{self.counter}"

    def condition(self) -> str:
        return f"v{self.random.randrange(CONDITIONS)}"

    def graph(self, depth: int, top: bool = False) -> Graph:
        graph = Graph()
        first, last = self.add(graph, "start"), self.add(graph, "end")
        entry, leave = self.block(graph, depth)
        self.flow(graph, first.id, entry)
        self.flow(graph, leave, last.id)
        if self.spoiled and self.random.random() < (0.9 if top else 0.3):
            self.spoil(graph)
        if self.random.random() < 0.18:
            self.event_sub_process(graph)
        tidy(graph)
        return graph

    def add(self, graph: Graph, kind: str) -> Node:
        node = Node(self.id(kind), kind)
        graph.nodes[node.id] = node
        return node

    def flow(self, graph: Graph, source: str, target: str, condition: str | None = None) -> None:
        graph.flows.append([self.id("f"), source, target, condition])

    def block(self, graph: Graph, depth: int) -> tuple[str, str]:
        kinds = ["user", "seq", "xor", "and", "or", "loop", "loop", "and", "or", "sub", "sub", "many"]
        kind = self.random.choice(kinds) if depth else "user"
        if kind == "user":
            node = self.add(graph, "user")
            return node.id, node.id
        if kind == "many":
            return self.many(graph, depth)
        if kind == "sub":
            return self.sub_process(graph, depth)
        if kind == "seq":
            (a, b), (c, d) = self.block(graph, depth - 1), self.block(graph, depth - 1)
            self.flow(graph, b, c)
            return a, d
        return self.loop(graph, depth) if kind == "loop" else self.split(graph, depth, kind)

    def many(self, graph: Graph, depth: int) -> tuple[str, str]:
        """Multi-instance of a user task, or of a sub-process with another one inside."""
        node = self.add(graph, self.random.choice(["user", "sub"]))
        node.instances = self.random.randint(2, 3)
        node.sequential = self.random.random() < 0.4
        if node.kind == "sub":
            node.body = Graph()
            first, last = self.add(node.body, "start"), self.add(node.body, "end")
            inner = self.add(node.body, "user")
            inner.instances, inner.sequential = 2, self.random.random() < 0.3
            entry, leave = self.block(node.body, min(1, depth - 1))
            self.flow(node.body, first.id, inner.id)
            self.flow(node.body, inner.id, entry)
            self.flow(node.body, leave, last.id)
            tidy(node.body)
            self.features["nested multi-instance"] = 1
        self.guard(graph, node.id, 0.3)
        return node.id, node.id

    def sub_process(self, graph: Graph, depth: int) -> tuple[str, str]:
        node = self.add(graph, "sub")
        node.body = self.graph(depth - 1)
        self.guard(graph, node.id, 0.6)
        return node.id, node.id

    def guard(self, graph: Graph, host: str, chance: float) -> None:
        """A boundary event whose way leads to a task and then to an end."""
        if self.random.random() > chance:
            return
        watch = Watch(self.id("b"), self.signal(), self.random.random() < 0.5)
        graph.boundary.setdefault(host, []).append(watch)
        task, last = self.add(graph, "user"), self.add(graph, "end")
        self.flow(graph, watch.id, task.id)
        self.flow(graph, task.id, last.id)
        kind = "a sub-process" if graph.nodes[host].body is not None else "a multi-instance"
        self.features[f"boundary on {kind}"] = 1

    def event_sub_process(self, graph: Graph) -> None:
        body = Graph()
        first, task, last = self.add(body, "start"), self.add(body, "user"), self.add(body, "end")
        self.flow(body, first.id, task.id)
        self.flow(body, task.id, last.id)
        graph.handlers.append(Watch(self.id("h"), self.signal(), self.random.random() < 0.5, body))
        self.features["event sub-process"] = 1

    def signal(self) -> str:
        self.signals.append(self.id("sig"))
        return self.signals[-1]

    def loop(self, graph: Graph, depth: int) -> tuple[str, str]:
        join = self.add(graph, "xor")
        self.in_loop += 1
        parallel = self.random.random() < 0.6
        entry, leave = self.split(graph, depth, "and") if parallel else self.block(graph, depth - 1)
        self.in_loop -= 1
        task, choice, after = self.add(graph, "user"), self.add(graph, "xor"), self.add(graph, "xor")
        self.flow(graph, join.id, entry)
        self.flow(graph, leave, task.id)
        self.flow(graph, task.id, choice.id)
        self.flow(graph, choice.id, join.id, "again")
        self.flow(graph, choice.id, after.id)
        return join.id, after.id

    def split(self, graph: Graph, depth: int, kind: str) -> tuple[str, str]:
        fork, join = self.add(graph, kind), self.add(graph, kind)
        if kind == "and" and self.in_loop:
            self.features["parallel block in a loop"] = 1
        for index in range(self.random.randint(2, 3)):
            condition = None if kind == "and" or index == 0 else self.condition()
            entry, leave = self.block(graph, depth - 1)
            self.flow(graph, fork.id, entry, condition)
            self.flow(graph, leave, join.id)
        return fork.id, join.id

    def spoil(self, graph: Graph) -> None:
        for _ in range(self.random.randint(1, 3)):
            gateways = [node for node in graph.nodes.values() if node.kind in ("xor", "and", "or")]
            if not gateways:
                return
            if self.random.random() < 0.5:
                self.random.choice(gateways).kind = self.random.choice(["xor", "and", "or"])
            else:
                source, target = self.random.choice(gateways), self.random.choice(gateways)
                task = self.add(graph, "user")
                self.flow(graph, source.id, task.id, self.condition())
                self.flow(graph, task.id, target.id)
            self.features["unbalanced join"] = 1


def tidy(graph: Graph) -> None:
    """Only what can be reached, one default for each choice, no condition elsewhere."""
    seen = {node.id for node in graph.nodes.values() if node.kind == "start"}
    todo = list(seen)
    while todo:
        at = todo.pop()
        sources = [at, *(watch.id for watch in graph.boundary.get(at, []))]
        for target in (flow[2] for source in sources for flow in graph.out(source)):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    watched = {watch.id for host, watches in graph.boundary.items() if host in seen for watch in watches}
    graph.nodes = {id: node for id, node in graph.nodes.items() if id in seen}
    graph.flows = [flow for flow in graph.flows if flow[1] in seen | watched]
    graph.boundary = {host: watches for host, watches in graph.boundary.items() if host in seen}
    for node in graph.nodes.values():
        flows = graph.out(node.id)
        plain = [flow for flow in flows if flow[3] is None]
        if node.kind in ("xor", "or"):
            for flow in plain[1:]:
                flow[3] = f"v{int(flow[0][1:]) % CONDITIONS}"
            if not plain and flows:
                flows[0][3] = None
        else:
            for flow in flows:
                flow[3] = None


def drawn(graph: Graph, around: tuple[str, ...], plain: bool = False) -> str:
    """The graph as XML; every task says in its assignee which instances it stands in."""
    parts = [node_xml(graph, node, around, plain) for node in graph.nodes.values()]
    for host, watches in graph.boundary.items():
        parts += [
            f'<boundaryEvent id="{watch.id}" attachedToRef="{host}" cancelActivity="{str(watch.interrupting).lower()}">'
            f'<signalEventDefinition signalRef="{watch.signal}"/></boundaryEvent>'
            for watch in watches
        ]
    for watch in graph.handlers:
        assert watch.body is not None
        parts.append(
            f'<subProcess id="{watch.id}" triggeredByEvent="true">{handler_xml(watch, around, plain)}</subProcess>'
        )
    for id, source, target, condition in graph.flows:
        text = f"<conditionExpression {FORMAL}>{condition}</conditionExpression>" if condition else ""
        parts.append(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{text}</sequenceFlow>')
    return "".join(parts)


def handler_xml(watch: Watch, around: tuple[str, ...], plain: bool) -> str:
    assert watch.body is not None
    start = next(node.id for node in watch.body.nodes.values() if node.kind == "start")
    event = f'<signalEventDefinition signalRef="{watch.signal}"/>'
    opening = f'<startEvent id="{start}">'
    said = f'<startEvent id="{start}" isInterrupting="{str(watch.interrupting).lower()}">{event}'
    return drawn(watch.body, around, plain).replace(opening, said)


def node_xml(graph: Graph, node: Node, around: tuple[str, ...], plain: bool) -> str:
    inside = ""
    here = (*around, f"i_{node.id}") if node.instances else around
    if node.instances:
        inside = plain_several(node) if plain else several(node)
    said = ""
    if node.kind == "user" and here:
        said = ' camunda:assignee="= ' + " + &quot;/&quot; + ".join(f"string({name})" for name in here) + '"'
    default = next((flow[0] for flow in graph.out(node.id) if flow[3] is None), None)
    if node.kind in ("xor", "or") and default:
        said += f' default="{default}"'
    if node.body is not None:
        inside += drawn(node.body, here, plain)
    return f'<{TAGS[node.kind]} id="{node.id}"{said}>{inside}</{TAGS[node.kind]}>'


def several(node: Node) -> str:
    items = ", ".join(str(index) for index in range(node.instances))
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(node.sequential).lower()}" '
        f'camunda:collection="= [{items}]" camunda:elementVariable="i_{node.id}"/>'
    )


def plain_several(node: Node) -> str:
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(node.sequential).lower()}">'
        f"<loopCardinality>{node.instances}</loopCardinality></multiInstanceLoopCharacteristics>"
    )
