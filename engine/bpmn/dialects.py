"""Dialects: Flowable's and Activiti's extensions are Camunda's under other names; Zeebe's are translated."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from engine.bpmn.names import CAMUNDA, COMPILED, Element, bpmn, camunda, child, local

SAME_AS_CAMUNDA = (
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
    "http://activiti.com/modeler",
    "http://www.activiti.org/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
)
ZEEBE = "http://camunda.org/schema/zeebe/1.0"


def translate(root: Element) -> None:
    """Give every known vendor's convention Camunda's name, in place. What is unknown stays as it is."""
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = _renamed(element.tag)
            for key in [key for key in element.attrib if key.startswith("{")]:
                name = _renamed(key)
                if name != key:
                    value = element.attrib.pop(key)
                    if name not in element.attrib:
                        element.set(name, value)
    for condition in root.iter(bpmn("conditionExpression"), bpmn("condition")):
        condition.text = COMPARISON.sub(_compared, condition.text) if condition.text else condition.text
    for element in [each for each in root.iter() if str(each.tag).startswith("{" + ZEEBE + "}")]:
        _translate_zeebe(element)


COMPARISON = re.compile(r"\b(?:var|vars|variables):(\w+)\(\s*['\"]?(\w+)['\"]?\s*,\s*([^()]+?)\s*\)", re.ASCII)
SIGNS = {"equals": "==", "eq": "==", "notEquals": "!=", "ne": "!=", "lowerThan": "<", "lessThan": "<", "lt": "<"}
SIGNS |= {"lowerThanOrEquals": "<=", "lessThanOrEquals": "<=", "lte": "<=", "greaterThan": ">", "gt": ">"}
SIGNS |= {"greaterThanOrEquals": ">=", "gte": ">="}


def _compared(match: re.Match[str]) -> str:
    """Flowable's `var:equals(input, 1)` is `(input == 1)`; a function we do not know stays and is reported."""
    function, name, value = match.groups()
    return f"({name} {SIGNS[function]} {value})" if function in SIGNS else match[0]


def _renamed(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, own = name[1:].partition("}")
    return f"{{{CAMUNDA}}}{own}" if namespace in SAME_AS_CAMUNDA else name


def _translate_zeebe(entry: Element) -> None:
    box = entry.getparent()
    owner = box.getparent() if box is not None and local(box) == "extensionElements" else None
    translation = ZEEBE_ELEMENTS.get(str(entry.tag)[len(ZEEBE) + 2 :])
    if owner is not None and translation is not None:
        translation(owner, entry)


def _set(owner: Element, name: str, value: str | None) -> None:
    if value:
        owner.set(camunda(name), value)


def _task_definition(owner: Element, entry: Element) -> None:
    """A job type is a topic; a type that is an expression keeps its text."""
    _set(owner, "type", "external")
    _set(owner, "topic", entry.get("type"))


def _assignment(owner: Element, entry: Element) -> None:
    for name in ("assignee", "candidateGroups", "candidateUsers"):
        _set(owner, name, entry.get(name))


def _schedule(owner: Element, entry: Element) -> None:
    _set(owner, "dueDate", entry.get("dueDate"))
    _set(owner, "followUpDate", entry.get("followUpDate"))


def _form(owner: Element, entry: Element) -> None:
    _set(owner, "formKey", entry.get("formId") or entry.get("formKey") or entry.get("externalReference"))


def _called_element(owner: Element, entry: Element) -> None:
    if entry.get("processId"):
        owner.set("calledElement", entry.get("processId"))
    _set(owner, "calledElementBinding", entry.get("bindingType"))
    _set(owner, "calledElementVersionTag", entry.get("versionTag"))
    box = entry.getparent()
    if entry.get("propagateAllParentVariables", "true") != "false":
        etree.SubElement(box, camunda("in")).set("variables", "all")
    if entry.get("propagateAllChildVariables", "false") == "true":
        etree.SubElement(box, camunda("out")).set("variables", "all")


def _called_decision(owner: Element, entry: Element) -> None:
    _set(owner, "decisionRef", entry.get("decisionId"))
    _set(owner, "resultVariable", entry.get("resultVariable"))
    _set(owner, "decisionRefBinding", entry.get("bindingType"))


def _script(owner: Element, entry: Element) -> None:
    owner.set("scriptFormat", "feel")
    _set(owner, "resultVariable", entry.get("resultVariable"))
    etree.SubElement(owner, bpmn("script")).text = entry.get("expression")


def _io_mapping(owner: Element, entry: Element) -> None:
    """Inputs and outputs; a target with dots is a path, which a variable cannot be: it is left to the findings."""
    made = etree.SubElement(entry.getparent(), camunda("inputOutput"))
    for part in entry:
        kind = "inputParameter" if str(part.tag).endswith("}input") else "outputParameter"
        parameter = etree.SubElement(made, camunda(kind))
        parameter.set("name", part.get("target", ""))
        parameter.text = part.get("source")


def _loop(owner: Element, entry: Element) -> None:
    """Inside multiInstanceLoopCharacteristics, which is the owner."""
    _set(owner, "collection", entry.get("inputCollection"))
    _set(owner, "elementVariable", entry.get("inputElement"))
    if entry.get("outputCollection"):
        if child(owner, "loopDataOutputRef") is None:
            etree.SubElement(owner, bpmn("loopDataOutputRef")).text = entry.get("outputCollection")
        owner.set(f"{{{COMPILED}}}outputElement", entry.get("outputElement", "null"))


def _subscription(owner: Element, entry: Element) -> None:
    """On a message: what an instance waits for, and what a message must carry."""
    if entry.get("correlationKey"):
        owner.set(f"{{{COMPILED}}}correlationKey", entry.get("correlationKey"))


def _version_tag(owner: Element, entry: Element) -> None:
    _set(owner, "versionTag", entry.get("value"))


def _priority(owner: Element, entry: Element) -> None:
    _set(owner, "priority", entry.get("priority"))


def _properties(owner: Element, entry: Element) -> None:
    made = etree.SubElement(entry.getparent(), camunda("properties"))
    for part in entry:
        copy = etree.SubElement(made, camunda("property"))
        copy.set("name", part.get("name", ""))
        copy.set("value", part.get("value", ""))


def _listeners(kind: str, events: dict[str, str]) -> Callable[[Element, Element], None]:
    """Listeners' job types name operations."""

    def translated(owner: Element, entry: Element) -> None:
        for part in entry:
            made = etree.SubElement(entry.getparent(), camunda(kind))
            made.set("event", events.get(part.get("eventType", ""), part.get("eventType", "")))
            made.set("class", part.get("type", ""))

    return translated


ZEEBE_ELEMENTS: dict[str, Callable[[Element, Element], None]] = {
    "taskDefinition": _task_definition,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "formDefinition": _form,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "script": _script,
    "ioMapping": _io_mapping,
    "loopCharacteristics": _loop,
    "subscription": _subscription,
    "versionTag": _version_tag,
    "priorityDefinition": _priority,
    "properties": _properties,
    "executionListeners": _listeners("executionListener", {}),
    "taskListeners": _listeners(
        "taskListener", {"creating": "create", "completing": "complete", "assigning": "assignment"}
    ),
}
