"""Names of the BPMN world: namespaces, kinds of elements, and small readings of the XML tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Element: TypeAlias = Any
"""An element of lxml's tree; lxml comes without types."""

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
COMPILED = "urn:chancery:compiled:1"

TASKS = frozenset(
    {"task", "userTask", "manualTask", "scriptTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask"}
)
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUB_PROCESSES | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
SCOPES = SUB_PROCESSES | {"process"}
EVENT_DEFINITIONS = {
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
    "terminateEventDefinition": "terminate",
    "linkEventDefinition": "link",
}
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


def bpmn(name: str) -> str:
    """The qualified tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def camunda(name: str) -> str:
    """The qualified name of an attribute or element of Camunda's extension."""
    return f"{{{CAMUNDA}}}{name}"


def local(element: Element) -> str:
    """Local name of a BPMN element, '' for comments and for elements of other namespaces."""
    tag = element.tag
    if isinstance(tag, str) and tag.startswith("{" + BPMN + "}"):
        return tag[len(BPMN) + 2 :]
    return ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Direct BPMN children with one of these local names (all BPMN children when none is given)."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def child(element: Element, name: str) -> Element | None:
    """The first direct BPMN child of that name."""
    return next(children(element, name), None)


def text_of(element: Element | None) -> str | None:
    """The element's text without surrounding blanks; None when it is absent or empty."""
    if element is None:
        return None
    text = "".join(element.itertext()).strip()
    return text or None


def extensions(element: Element, *names: str) -> Iterator[Element]:
    """Camunda elements in the element's extensionElements."""
    box = child(element, "extensionElements")
    if box is not None:
        for entry in box:
            if isinstance(entry.tag, str) and (not names or entry.tag in {camunda(name) for name in names}):
                yield entry


def is_formal(expression: Element) -> bool:
    """Whether an expression element says that it is formal, or reads `${…}` or `= …` and so can be nothing else."""
    kind = (expression.get(f"{{{XSI}}}type") or "").rpartition(":")[2]
    return kind == "tFormalExpression" or (text_of(expression) or "").startswith(("${", "#{", "="))


def event_definitions(element: Element) -> list[Element]:
    """The event definitions drawn in an event."""
    return [entry for entry in children(element) if local(entry) in EVENT_DEFINITIONS]


def is_true(value: str | None) -> bool:
    return (value or "").strip().lower() in ("true", "1")


def reference(value: str | None) -> str | None:
    """A QName reference without its prefix."""
    value = (value or "").strip()
    return value.rpartition(":")[2] or None
