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
from engine.bpmn.data import Move, locals_of, moves_of, objects_of, variable_of, word
from engine.bpmn.expressions import is_ours
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
    GLOBAL_TASKS,
    SCOPES,
    XSI,
    Element,
    bpmn,
    child,
    children,
    extensions,
    is_true,
    local,
    reference,
    text_of,
)
from engine.bpmn.parameters import computed

COMPILER_VERSION = 1

KEPT_AT_ROOT = {"message", "signal", "error", "escalation", "correlationProperty", "resource", "interface"}
KEPT_AT_ROOT |= {*EVENT_DEFINITIONS}
KEPT_IN_SCOPE = FLOW_NODES | {"sequenceFlow", "extensionElements", "documentation", "completionCondition"}
KEPT_IN_SCOPE |= {"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"}
NOT_RUN = {"incoming", "outgoing", "dataInputAssociation", "dataOutputAssociation", "ioSpecification"}
NOT_RUN |= {"property", "dataInput", "dataOutput", "inputSet", "outputSet"}
OURS = ("{" + CAMUNDA + "}", "{" + COMPILED + "}")
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
            self._data(scope)
            self._timeouts(scope)
        self._strip()
        return self._text()

    # the frame --------------------------------------------------------------------------------------------------

    def _frame(self, model: Model, process: Element) -> Element:
        """Fresh definitions with the declarations and one process."""
        namespaces = {None: BPMN, "camunda": CAMUNDA, "c": COMPILED, "xsi": XSI}
        root = etree.Element(bpmn("definitions"), nsmap=namespaces)
        root.set("targetNamespace", "urn:chancery")
        if not is_ours(model.root.get("expressionLanguage", "")):
            root.set("expressionLanguage", model.root.get("expressionLanguage"))
        for entry in children(model.root):
            if local(entry) in KEPT_AT_ROOT:
                root.append(deepcopy(entry))
        root.append(deepcopy(process))
        for name, path in model.library.subscriptions(process).items():
            made = etree.SubElement(root, f"{{{COMPILED}}}conversation")
            made.set("property", name)
            made.text = path
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
                targets = [scope.nodes.get(reference(flow.get("targetRef")) or "") for flow in scope.out_of(gateway)]
                events = [target for target in targets if target is not None]
                if gateway.get("eventGatewayType") == "Parallel":
                    self._begin_with_all(scope, events)
                else:
                    for event in events:
                        self._begin_with(event)
                for flow in scope.out_of(gateway):
                    scope.element.remove(flow)
                scope.element.remove(gateway)

    def _begin_with_all(self, scope: Scope, events: list[Element]) -> None:
        """
        Whichever event comes first begins the process, which then waits for the others: each has a start event beside it,
        from which flows lead to the nodes after its own event and to the events that are still to come.
        """
        after = {event.get("id", ""): scope.out_of(event) for event in events}
        for event in events:
            id = event.get("id", "")
            made = deepcopy(event)
            made.set("id", f"{id}__begins")
            made.set(f"{{{COMPILED}}}element", id)
            scope.element.append(made)
            self._begin_with(made)
            for part in (*children(made, "incoming"), *children(made, "outgoing")):
                made.remove(part)
            on = self._new(scope.element, "exclusiveGateway", f"{id}__came", event)
            for flow in after[id]:
                flow.set("sourceRef", on.get("id", ""))
            self._flow(scope, id, on.get("id", ""), event)
            self._flow(scope, made.get("id", ""), on.get("id", ""), event)
            for other in events:
                if other is not event:
                    self._flow(scope, made.get("id", ""), other.get("id", ""), event)

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
                    node.set("scriptFormat" if key == "scriptLanguage" else key, value)
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

    def _timeouts(self, scope: Scope) -> None:
        """A task listener of event timeout is a timer at the task's edge that does not interrupt, and what it calls."""
        for task in scope.of_kind("userTask"):
            listeners = [each for each in extensions(task, "taskListener") if each.get("event") == "timeout"]
            for number, listener in enumerate(listeners, 1):
                timer = child(listener, "timerEventDefinition")
                if timer is None:
                    continue
                id = f"{task.get('id')}__timeout_{number}"
                event = self._new(scope.element, "boundaryEvent", id, task, attachedToRef=task.get("id", ""))
                event.set("cancelActivity", "false")
                event.append(deepcopy(timer))
                text = computed(listener)
                called = self._new(scope.element, "serviceTask" if text is None else "scriptTask", id + "_called", task)
                if text is None:
                    for name in ("class", "delegateExpression"):
                        if listener.get(name):
                            called.set(f"{{{CAMUNDA}}}{name}", listener.get(name))
                    box = etree.SubElement(called, bpmn("extensionElements"))
                    box.extend(deepcopy(part) for part in listener if part.tag == f"{{{CAMUNDA}}}field")
                else:
                    etree.SubElement(called, bpmn("script")).text = text
                self._flow(scope, id, id + "_called", task)

    def _data(self, scope: Scope) -> None:
        """Data objects and associations become expressions in and out of local variables."""
        for name, first in objects_of(self.source, scope.element):
            self._datum(scope.element, "object", name, first)
        for node in scope.nodes.values():
            moves = [each for each in moves_of(self.source, node) if isinstance(each, Move)]
            multi = child(node, "multiInstanceLoopCharacteristics")
            if multi is not None:
                moves = self._loop_data(multi, moves)
            for name in locals_of(node):
                self._datum(node, "local", name, "null")
            for move in moves:
                self._datum(node, "in" if move.inward else "out", move.name, move.expression)

    def _datum(self, owner: Element, kind: str, name: str, expression: str) -> None:
        made = etree.SubElement(owner, f"{{{COMPILED}}}data")
        made.set("kind", kind)
        made.set("name", name)
        made.text = expression

    def _loop_data(self, multi: Element, moves: list[Move]) -> list[Move]:
        """What a multi-instance runs over and collects belongs to the whole, not to each instance."""
        over, into = child(multi, "loopDataInputRef"), child(multi, "loopDataOutputRef")
        item = child(multi, "outputDataItem")
        if over is not None and (name := variable_of(self.source, reference(over.text))) is not None:
            over.text = next((move.expression for move in moves if move.inward and move.name == name), name)
            moves = [move for move in moves if not (move.inward and move.name == name)]
        if into is not None and (name := variable_of(self.source, reference(into.text))) is not None:
            into.text = next((move.name for move in moves if not move.inward and move.expression == name), name)
            moves = [move for move in moves if move.inward or move.expression != name]
        if item is not None:
            collected = next((move for move in moves if not move.inward and move.name == word(item)), None)
            if collected is not None:
                multi.set(f"{{{COMPILED}}}outputElement", collected.expression)
                moves.remove(collected)
        return moves

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
            foreign = not name and not element.tag.startswith(OURS)
            shown = local(parent) in SCOPES and name not in KEPT_IN_SCOPE and element.tag != f"{{{COMPILED}}}data"
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
