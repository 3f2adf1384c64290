"""What a file declares once and its nodes refer to: messages, signals, errors, escalations, lanes, correlations."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bpmn.names import COMPILED, Element, child, children, local, reference, text_of


@dataclass
class Library:
    """Declarations of one file by id."""

    messages: dict[str, Element] = field(default_factory=dict)
    signals: dict[str, Element] = field(default_factory=dict)
    errors: dict[str, Element] = field(default_factory=dict)
    escalations: dict[str, Element] = field(default_factory=dict)
    event_definitions: dict[str, Element] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    properties: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """message id -> (correlation property, retrieval expression)"""

    @classmethod
    def of(cls, root: Element) -> Library:
        """Collect what `root` (a definitions element) declares."""
        library = cls()
        tables = {
            "message": library.messages,
            "signal": library.signals,
            "error": library.errors,
            "escalation": library.escalations,
        }
        for entry in children(root):
            name = local(entry)
            if name in tables and entry.get("id"):
                tables[name][entry.get("id", "")] = entry
            elif name.endswith("EventDefinition") and entry.get("id"):
                library.event_definitions[entry.get("id", "")] = entry
            elif name == "correlationProperty":
                library._add_property(entry)
        for entry in root.iter():
            if local(entry) == "lane":
                library._add_lane(entry)
        return library

    def _add_property(self, entry: Element) -> None:
        for retrieval in children(entry, "correlationPropertyRetrievalExpression"):
            path = text_of(child(retrieval, "messagePath"))
            message = reference(retrieval.get("messageRef"))
            if path and message:
                self.properties.setdefault(message, []).append((entry.get("id", ""), path))

    def _add_lane(self, lane: Element) -> None:
        """Inner lanes come later in the document and win over the lane around them."""
        for ref in children(lane, "flowNodeRef"):
            node = text_of(ref)
            if node and lane.get("name"):
                self.lanes[node] = lane.get("name", "")

    def error_code(self, ref: str | None) -> str:
        """The code of a declared error; an undeclared reference is the code itself."""
        name = reference(ref) or ""
        error = self.errors.get(name)
        return name if error is None else error.get("errorCode") or error.get("name") or name

    def lane_of(self, node: Element) -> str | None:
        """The lane's name: written by lowering, or drawn."""
        return node.get(f"{{{COMPILED}}}lane") or self.lanes.get(node.get("id", ""))
