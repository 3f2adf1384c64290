"""Makes a random model that shows a disagreement as small as it can be, so that somebody can look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

from tests.engine.runtime.random_models import Made, tidy
from tests.engine.runtime.token_game import Graph, Node, graphs


def shrunk(made: Made, shows: Callable[[Made], bool]) -> Made:
    """The smallest model reached by leaving out one thing after the other while `shows` stays true."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in candidates(made):
            if shows(candidate):
                made, smaller = candidate, True
                break
    return made


def candidates(made: Made) -> Iterator[Made]:
    """Every model with one thing less."""
    for at, graph in enumerate(graphs(made.graph)):
        for cut in cuts(graph):
            copy = deepcopy(made)
            target = list(graphs(copy.graph))[at]
            if cut(target):
                tidy(target)
                yield copy


Cut = Callable[[Graph], bool]


def cuts(graph: Graph) -> Iterator[Cut]:
    for number in range(len(graph.handlers)):
        yield lambda target, number=number: bool(target.handlers.pop(number))  # type: ignore[misc]
    for host in graph.boundary:
        yield lambda target, host=host: bool(target.boundary.pop(host))  # type: ignore[misc]
    for node in graph.nodes.values():
        if node.kind not in ("start", "end"):
            for cut in (skip, plain_work, once):
                yield lambda target, id=node.id, cut=cut: cut(target, target.nodes[id])  # type: ignore[misc]
    for number, flow in enumerate(graph.flows):
        if len(graph.out(flow[1])) > 1:
            yield lambda target, number=number: bool(target.flows.pop(number))  # type: ignore[misc]


def skip(graph: Graph, node: Node) -> bool:
    """Leave the node out: what led to it leads to where it led."""
    into, out = graph.into(node.id), graph.out(node.id)
    if len(out) != 1 or node.id in graph.boundary or out[0][2] == node.id:
        return False
    for flow in into:
        flow[2] = out[0][2]
    graph.flows.remove(out[0])
    del graph.nodes[node.id]
    return True


def plain_work(graph: Graph, node: Node) -> bool:
    """A sub-process becomes a task."""
    if node.body is None:
        return False
    node.kind, node.body = "user", None
    return True


def once(graph: Graph, node: Node) -> bool:
    """A multi-instance becomes a single one."""
    if not node.instances:
        return False
    node.instances, node.sequential = 0, False
    return True
