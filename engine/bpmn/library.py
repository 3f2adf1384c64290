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
    resources: dict[str, str] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)
    """operation id -> the name of the registered operation it means"""
    properties: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """message id -> (correlation property, retrieval expression)"""
    conversation: dict[str, str | None] = field(default_factory=dict)
    """Properties of correlation keys, and the path a process has subscribed by (None: the first message settles it)."""

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
            elif name == "resource":
                library.resources[entry.get("id", "")] = entry.get("name") or entry.get("id", "")
            elif name == "interface":
                for operation in children(entry, "operation"):
                    named = reference(operation.get("implementationRef")) or operation.get("name")
                    library.operations[operation.get("id", "")] = named or operation.get("id", "")
        for entry in root.iter():
            if local(entry) == "lane":
                library._add_lane(entry)
            elif local(entry) == "correlationKey":
                library._add_key(entry)
            elif entry.tag == f"{{{COMPILED}}}conversation":
                library.conversation[entry.get("property")] = text_of(entry)
        return library

    def _add_property(self, entry: Element) -> None:
        for retrieval in children(entry, "correlationPropertyRetrievalExpression"):
            path = text_of(child(retrieval, "messagePath"))
            message = reference(retrieval.get("messageRef"))
            if path and message:
                self.properties.setdefault(message, []).append((entry.get("id", ""), path))

    def _add_key(self, key: Element) -> None:
        for ref in children(key, "correlationPropertyRef"):
            name = reference(text_of(ref))
            if name:
                self.conversation.setdefault(name, None)

    def subscriptions(self, process: Element) -> dict[str, str | None]:
        """The conversation as one process sees it: each property of a key, with the path of its own subscription."""
        found = dict(self.conversation)
        for subscription in children(process, "correlationSubscription"):
            for binding in children(subscription, "correlationPropertyBinding"):
                name = reference(binding.get("correlationPropertyRef"))
                if name:
                    found[name] = text_of(child(binding, "dataPath"))
        return found

    def _add_lane(self, lane: Element) -> None:
        """Inner lanes come later in the document and win over the lane around them."""
        for ref in children(lane, "flowNodeRef"):
            node = text_of(ref)
            if node and lane.get("name"):
                self.lanes[node] = lane.get("name", "")

    def operation_of(self, element: Element) -> str | None:
        """The operation of an interface that does the work of a service task, or of a send task without a message."""
        if local(element) != "serviceTask" and not (local(element) == "sendTask" and not element.get("messageRef")):
            return None
        return self.operations.get(reference(element.get("operationRef")) or "")

    def error_code(self, ref: str | None) -> str:
        """The code of a declared error; an undeclared reference is the code itself."""
        name = reference(ref) or ""
        error = self.errors.get(name)
        return name if error is None else error.get("errorCode") or error.get("name") or name

    def lane_of(self, node: Element) -> str | None:
        """The lane's name: written by lowering, or drawn."""
        return node.get(f"{{{COMPILED}}}lane") or self.lanes.get(node.get("id", ""))
