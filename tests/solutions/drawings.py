"""A diagram as geometry: boxes and lines, and where lines meet what they should not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
Point = tuple[float, float]
Segment = tuple[Point, Point]


@dataclass(frozen=True)
class Box:
    """A shape or a label."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        apart = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (apart or self.y + self.height <= other.y or other.y + other.height <= self.y)

    def cut_by(self, segment: Segment) -> bool:
        """Whether a straight horizontal or vertical line runs through the inside."""
        (x1, y1), (x2, y2) = segment
        beside = max(x1, x2) <= self.x or min(x1, x2) >= self.x + self.width
        return not (beside or max(y1, y2) <= self.y or min(y1, y2) >= self.y + self.height)


@dataclass(frozen=True)
class Line:
    """A sequence flow."""

    name: str
    source: str
    target: str
    points: tuple[Point, ...]

    @property
    def segments(self) -> list[Segment]:
        return list(pairwise(self.points))


@dataclass(frozen=True)
class Drawing:
    """What is drawn of one file: nodes without lanes and pools, labels, flows."""

    nodes: dict[str, Box]
    labels: tuple[Box, ...]
    flows: tuple[Line, ...]
    missing: tuple[str, ...]

    def crossings(self) -> list[tuple[str, str]]:
        return [
            (one.name, other.name)
            for one, other in combinations(self.flows, 2)
            if any(_cross(a, b) for a in one.segments for b in other.segments)
        ]

    def run_over(self) -> list[tuple[str, str]]:
        """Flows that run through a node they neither leave nor enter, or over a label."""
        boxes = [*self.nodes.values(), *self.labels]
        return [
            (flow.name, box.name)
            for flow in self.flows
            for box in boxes
            if box.name not in {flow.source, flow.target} and any(box.cut_by(each) for each in flow.segments)
        ]

    def overlaps(self) -> list[tuple[str, str]]:
        boxes = [*self.nodes.values(), *self.labels]
        return [(one.name, other.name) for one, other in combinations(boxes, 2) if one.overlaps(other)]


def read_drawing(root: Any, shown: set[str], flows: dict[str, tuple[str, str]], hosts: dict[str, str]) -> Drawing:
    """*shown* are ids that need a shape, *flows* id → (source, target), *hosts* boundary event → activity it sits on."""
    shapes = {shape.get("bpmnElement"): shape for shape in root.iter(f"{DI}BPMNShape")}
    edges = {edge.get("bpmnElement"): edge for edge in root.iter(f"{DI}BPMNEdge")}
    nodes = {id: _box(id, shapes[id].find(f"{DC}Bounds")) for id in shown if id in shapes and id not in hosts}
    labelled = [(id, each) for id, each in (*shapes.items(), *edges.items()) if each.find(f"{DI}BPMNLabel") is not None]
    return Drawing(
        nodes=nodes,
        labels=tuple(_box(f"label of {id}", each.find(f"{DI}BPMNLabel/{DC}Bounds")) for id, each in labelled),
        flows=tuple(
            Line(id, hosts.get(source, source), target, _points(edges[id]))
            for id, (source, target) in flows.items()
            if id in edges
        ),
        missing=tuple(sorted((shown - set(shapes)) | (set(flows) - set(edges)))),
    )


def _box(name: str, bounds: Any) -> Box:
    x, y, width, height = (float(bounds.get(key)) for key in ("x", "y", "width", "height"))
    return Box(name, x, y, width, height)


def _points(edge: Any) -> tuple[Point, ...]:
    return tuple((float(point.get("x")), float(point.get("y"))) for point in edge.iter(WAYPOINT))


def _cross(a: Segment, b: Segment) -> bool:
    return _turn(*a, b[0]) * _turn(*a, b[1]) < 0 and _turn(*b, a[0]) * _turn(*b, a[1]) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
