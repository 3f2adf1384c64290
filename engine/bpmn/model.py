"""An index over one file's tree: scopes, nodes, flows, who leads where. What lint asks and lowering walks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from engine.bpmn.library import Library
from engine.bpmn.names import (
    COMPILED,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    SCOPES,
    Element,
    children,
    is_true,
    local,
    reference,
)

ANONYMOUS = f"{{{COMPILED}}}anonymous"


@dataclass
class Scope:
    """A process or sub-process body: its own nodes and flows, by id."""

    element: Element
    nodes: dict[str, Element] = field(default_factory=dict)
    flows: list[Element] = field(default_factory=list)
    incoming: dict[str, list[Element]] = field(default_factory=dict)
    outgoing: dict[str, list[Element]] = field(default_factory=dict)
    boundary: dict[str, list[Element]] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Element]:
        return [node for node in self.nodes.values() if local(node) in kinds]

    def into(self, node: Element) -> list[Element]:
        return self.incoming.get(node.get("id", ""), [])

    def out_of(self, node: Element) -> list[Element]:
        return self.outgoing.get(node.get("id", ""), [])

    def attached(self, activity: Element) -> list[Element]:
        """Boundary events drawn on an activity."""
        return self.boundary.get(activity.get("id", ""), [])

    @property
    def is_event_sub_process(self) -> bool:
        return is_true(self.element.get("triggeredByEvent"))


class Model:
    """One file. Nodes and flows without an id get one here (marked, so that nobody takes it for drawn)."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.anonymous = 0
        self._name_the_nameless()
        self.library = Library.of(root)
        self.processes = list(children(root, "process"))
        self.by_id = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        self.scopes = [self._scope(element) for element in root.iter() if local(element) in SCOPES]
        self._scope_of = {id(scope.element): scope for scope in self.scopes}

    def _name_the_nameless(self) -> None:
        taken = {element.get("id") for element in self.root.iter()}
        for element in self.root.iter():
            if (local(element) in FLOW_NODES or local(element) == "sequenceFlow") and not element.get("id"):
                self.anonymous += 1
                while f"nameless__{self.anonymous}" in taken:
                    self.anonymous += 1
                element.set("id", f"nameless__{self.anonymous}")
                element.set(ANONYMOUS, "true")

    def _scope(self, element: Element) -> Scope:
        scope = Scope(element)
        for child in children(element):
            if local(child) in FLOW_NODES:
                scope.nodes.setdefault(child.get("id", ""), child)
                if local(child) == "boundaryEvent":
                    scope.boundary.setdefault(reference(child.get("attachedToRef")) or "", []).append(child)
            elif local(child) == "sequenceFlow":
                scope.flows.append(child)
                scope.outgoing.setdefault(reference(child.get("sourceRef")) or "", []).append(child)
                scope.incoming.setdefault(reference(child.get("targetRef")) or "", []).append(child)
        return scope

    def scope_of(self, node: Element) -> Scope:
        """The scope a node or flow stands in."""
        return self._scope_of[id(node.getparent())]

    def body_of(self, activity: Element) -> Scope:
        """The scope inside a sub-process."""
        return self._scope_of[id(activity)]

    def process_of(self, element: Element) -> Element | None:
        """The process an element stands in."""
        at: Element | None = element
        while at is not None and local(at) != "process":
            at = at.getparent()
        return at

    def is_draft(self, element: Element) -> bool:
        """Whether the element's process is marked as not executable; absent means executable."""
        process = self.process_of(element)
        return process is not None and process.get("isExecutable", "true").strip().lower() in ("false", "0")

    def definitions_of(self, event: Element) -> list[Element]:
        """Event definitions of an event: drawn inside it, or shared by reference."""
        found = [child for child in children(event) if local(child) in EVENT_DEFINITIONS]
        for ref in children(event, "eventDefinitionRef"):
            shared = self.library.event_definitions.get(reference(ref.text) or "")
            if shared is not None:
                found.append(shared)
        return found

    def kinds_of(self, event: Element) -> list[str]:
        return [EVENT_DEFINITIONS[local(each)] for each in self.definitions_of(event)]


def counted(root: Element) -> dict[str, int]:
    """What is drawn in a file, by local name."""
    return dict(Counter(local(element) for element in root.iter() if local(element)))
