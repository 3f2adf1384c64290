"""
Lowering: the drawing becomes the text that runs.

What is only shown is left out; shared event definitions are copied to where they are used; links become flows;
compensation handlers are written on the activities they undo; a receive task that starts the process becomes a message
start. Generated nodes say which drawn element they stand for.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from engine.bpmn.compiled import Knowledge
from engine.bpmn.lint.activities import is_claimed
from engine.bpmn.lint.events import handlers_of
from engine.bpmn.lint.gateways import assumed_default
from engine.bpmn.lint.reporting import Report
from engine.bpmn.model import ANONYMOUS, Model, Scope
from engine.bpmn.names import (
    BPMN,
    CAMUNDA,
    COMPILED,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    SCOPES,
    XSI,
    Element,
    bpmn,
    child,
    children,
    is_true,
    local,
    reference,
    text_of,
)

COMPILER_VERSION = 1

GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
KEPT_AT_ROOT = {"message", "signal", "error", "escalation", "correlationProperty", *EVENT_DEFINITIONS}
KEPT_IN_SCOPE = FLOW_NODES | {"sequenceFlow", "extensionElements", "documentation", "completionCondition"}
KEPT_IN_SCOPE |= {"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"}
NOT_RUN = {"incoming", "outgoing", "dataInputAssociation", "dataOutputAssociation", "ioSpecification"}
KEPT_ATTRIBUTES = tuple("{" + namespace + "}" for namespace in (CAMUNDA, COMPILED, XSI))


class Lowering:
    """Lowers one process of a model; the model itself stays as it is."""

    def __init__(self, model: Model, process: Element, knowledge: Knowledge | None) -> None:
        self.source = model
        self.knowledge = knowledge
        self.map: dict[str, str] = {}
        self.root = self._frame(model, process)
        self.model = Model(self.root)
        self.generated = 0

    def run(self) -> str:
        """The compiled text."""
        for scope in self.model.scopes:
            self._shared_definitions(scope)
            self._compensation(scope)
            self._instantiating(scope)
            self._links(scope)
            self._global_tasks(scope)
            self._defaults(scope)
            self._lanes(scope)
            self._scripts(scope)
        self._strip()
        return self._text()

    # the frame --------------------------------------------------------------------------------------------------

    def _frame(self, model: Model, process: Element) -> Element:
        """Fresh definitions with the declarations and one process."""
        namespaces = {None: BPMN, "camunda": CAMUNDA, "c": COMPILED, "xsi": XSI}
        root = etree.Element(bpmn("definitions"), nsmap=namespaces)
        root.set("targetNamespace", "urn:chancery")
        for entry in children(model.root):
            if local(entry) in KEPT_AT_ROOT:
                root.append(deepcopy(entry))
        root.append(deepcopy(process))
        for association in model.root.iter(bpmn("association")):
            root.append(deepcopy(association))
        for entry in root.iter():
            entry.tail = None
        return root

    def _new(self, parent: Element, name: str, id: str, drawn: Element, **attributes: str) -> Element:
        made = etree.SubElement(parent, bpmn(name))
        made.set("id", id)
        made.set(f"{{{COMPILED}}}element", drawn.get("id", ""))
        for key, value in attributes.items():
            made.set(key, value)
        return made

    def _flow(self, scope: Scope, source: str, target: str, drawn: Element) -> None:
        self.generated += 1
        id = f"lowered__{self.generated}"
        self._new(scope.element, "sequenceFlow", id, drawn, sourceRef=source, targetRef=target)

    def _become(self, element: Element, name: str) -> None:
        """Another kind of node, which still says what was drawn."""
        element.set(f"{{{COMPILED}}}kind", local(element))
        element.tag = bpmn(name)

    # one thing each ---------------------------------------------------------------------------------------------

    def _shared_definitions(self, scope: Scope) -> None:
        for event in scope.nodes.values():
            for ref in list(children(event, "eventDefinitionRef")):
                shared = self.model.library.event_definitions.get(reference(ref.text) or "")
                if shared is not None:
                    copied = deepcopy(shared)
                    copied.attrib.pop("id", None)
                    event.append(copied)
                event.remove(ref)

    def _compensation(self, scope: Scope) -> None:
        report = Report(self.model, "")
        for event in scope.of_kind("boundaryEvent"):
            if "compensation" not in self.model.kinds_of(event):
                continue
            host = scope.nodes.get(reference(event.get("attachedToRef")) or "")
            handlers = handlers_of(report, event)
            if host is not None and handlers:
                host.set(f"{{{COMPILED}}}handler", handlers[0].get("id", ""))
            scope.element.remove(event)

    def _instantiating(self, scope: Scope) -> None:
        """Receive tasks and event-based gateways that begin the process are its start events."""
        if local(scope.element) != "process":
            return
        for node in scope.of_kind("receiveTask"):
            if is_true(node.get("instantiate")) and not scope.into(node):
                self._begin_with(node)
        for gateway in scope.of_kind("eventBasedGateway"):
            if is_true(gateway.get("instantiate")) and not scope.into(gateway):
                for flow in scope.out_of(gateway):
                    target = scope.nodes.get(reference(flow.get("targetRef")) or "")
                    if target is not None:
                        self._begin_with(target)
                    scope.element.remove(flow)
                scope.element.remove(gateway)

    def _begin_with(self, node: Element) -> None:
        ref = node.attrib.pop("messageRef", None)
        self._become(node, "startEvent")
        if ref:
            etree.SubElement(node, bpmn("messageEventDefinition")).set("messageRef", ref)

    def _links(self, scope: Scope) -> None:
        targets: dict[str, Element] = {}
        throwing: list[tuple[str, Element]] = []
        for event in scope.of_kind("intermediateCatchEvent", "intermediateThrowEvent"):
            definition = child(event, "linkEventDefinition")
            if definition is None:
                continue
            name = definition.get("name") or event.get("name") or ""
            if local(event) == "intermediateCatchEvent":
                targets[name] = event
            else:
                throwing.append((name, event))
            event.remove(definition)
        for name, event in throwing:
            if name in targets:
                self._flow(scope, event.get("id", ""), targets[name].get("id", ""), event)
        for event in [*targets.values(), *(event for _, event in throwing)]:
            self._become(event, "exclusiveGateway")

    def _global_tasks(self, scope: Scope) -> None:
        """A call activity that calls a global task of the file is that task."""
        for node in scope.of_kind("callActivity"):
            called = self.source.by_id.get(reference(node.get("calledElement")) or "")
            if called is None or local(called) not in GLOBAL_TASKS:
                continue
            self._become(node, GLOBAL_TASKS[local(called)])
            del node.attrib["calledElement"]
            for key, value in called.attrib.items():
                if key not in ("id", "name"):
                    node.set(key, value)
            for part in called:
                node.append(deepcopy(part))

    def _defaults(self, scope: Scope) -> None:
        for gateway in scope.of_kind("exclusiveGateway"):
            flow = assumed_default(scope, gateway) if len(scope.out_of(gateway)) > 1 else None
            if flow is not None:
                gateway.set("default", flow.get("id", ""))

    def _lanes(self, scope: Scope) -> None:
        """A lane is written on its nodes; a node inside a sub-process has the lane of the sub-process."""
        inherited = scope.element.get(f"{{{COMPILED}}}lane")
        for node in scope.nodes.values():
            lane = self.source.library.lanes.get(node.get("id", "")) or inherited
            if lane:
                node.set(f"{{{COMPILED}}}lane", lane)

    def _scripts(self, scope: Scope) -> None:
        for node in scope.of_kind("scriptTask"):
            text = text_of(child(node, "script")) or ""
            if is_claimed(node.get("scriptFormat", ""), text, self.knowledge):
                node.set(f"{{{COMPILED}}}script", "handler")

    # the text ---------------------------------------------------------------------------------------------------

    def _strip(self) -> None:
        """Leave out what is only shown, and vendors' decoration."""
        for association in list(self.root.iter(bpmn("association"))):
            association.getparent().remove(association)
        for element in list(self.root.iter()):
            parent = element.getparent()
            if parent is None:
                continue
            name = local(element)
            foreign = not name and not element.tag.startswith("{" + CAMUNDA + "}")
            shown = local(parent) in SCOPES and name not in KEPT_IN_SCOPE
            if foreign or shown or name in NOT_RUN:
                parent.remove(element)
        for element in self.root.iter():
            for key in list(element.attrib):
                if key.startswith("{") and not key.startswith(KEPT_ATTRIBUTES):
                    del element.attrib[key]
            if element.text is not None and not element.text.strip():
                element.text = None
            element.tail = None

    def _text(self) -> str:
        for element in self.root.iter():
            drawn = element.get(f"{{{COMPILED}}}element")
            if drawn is not None:
                self.map[element.get("id", "")] = drawn
            element.attrib.pop(ANONYMOUS, None)
        etree.cleanup_namespaces(self.root, keep_ns_prefixes=["camunda", "c", "xsi"])
        return str(etree.tostring(self.root, encoding="unicode"))
