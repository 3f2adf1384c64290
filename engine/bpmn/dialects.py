"""Dialects: Flowable's and Activiti's extensions are Camunda's under other names; Zeebe's are translated."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from engine.bpmn.names import CAMUNDA, COMPILED, Element, bpmn, camunda, child, local, text_of

SAME_AS_CAMUNDA = (
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
    "http://activiti.com/modeler",
    "http://www.activiti.org/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
)
EMBEDDED_FORM = "camunda-forms:bpmn:"
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
    for connector in list(root.iter(camunda("connector"))):
        _translate_connector(connector)
    for call in root.iter(bpmn("callActivity")):
        _translate_case(call)
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


def _translate_connector(connector: Element) -> None:
    """Camunda's connectors are operations by their id; what a connector is given and gives back is the task's."""
    box = connector.getparent()
    owner = box.getparent() if box is not None else None
    name = text_of(connector.find(camunda("connectorId")))
    if owner is None or not name or owner.get(camunda("topic")):
        return
    _task_topic(owner, name)
    given = connector.find(camunda("inputOutput"))
    own = box.find(camunda("inputOutput"))
    if given is not None and own is not None:
        own.extend(list(given))
    elif given is not None:
        box.append(given)


def _translate_case(call: Element) -> None:
    """A call activity that calls a case (CMMN) is work for an outside worker, whose topic is the case."""
    case = call.get(camunda("caseRef"))
    if case and not call.get("calledElement"):
        call.set(f"{{{COMPILED}}}case", case)
        call.tag = bpmn("serviceTask")
        _task_topic(call, case)


def _task_topic(owner: Element, name: str) -> None:
    _set(owner, "type", "external")
    _set(owner, "topic", name)


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
    _task_topic(owner, entry.get("type", ""))
    retries = entry.get("retries", "").strip()
    if retries.isdecimal():
        etree.SubElement(entry.getparent(), camunda("failedJobRetryTimeCycle")).text = f"R{retries}"


def _headers(owner: Element, entry: Element) -> None:
    """What is always the same for a worker: fields of the operation. A person's task shows them as properties."""
    box = entry.getparent()
    if local(owner) in ("userTask", "manualTask"):
        box = etree.SubElement(box, camunda("properties"))
    for part in entry:
        name = "property" if local(owner) in ("userTask", "manualTask") else "field"
        made = etree.SubElement(box, camunda(name))
        made.set("name", part.get("key", ""))
        made.set("value" if name == "property" else "stringValue", part.get("value", ""))


def _assignment(owner: Element, entry: Element) -> None:
    for name in ("assignee", "candidateGroups", "candidateUsers"):
        _set(owner, name, entry.get(name))


def _schedule(owner: Element, entry: Element) -> None:
    _set(owner, "dueDate", entry.get("dueDate"))
    _set(owner, "followUpDate", entry.get("followUpDate"))


def _form(owner: Element, entry: Element) -> None:
    """A form drawn inside the diagram (`camunda-forms:bpmn:…`) is only shown: the task has the form of its name."""
    key = entry.get("formId") or entry.get("formKey") or entry.get("externalReference")
    if not (key or "").startswith(EMBEDDED_FORM):
        _set(owner, "formKey", key)


def _called_element(owner: Element, entry: Element) -> None:
    called = entry.get("processId") or entry.get("processIdExpression")
    if called:
        owner.set("calledElement", called)
    _set(owner, "calledElementBinding", entry.get("bindingType"))
    _set(owner, "calledElementVersionTag", entry.get("versionTag"))
    box = entry.getparent()
    if entry.get("propagateAllParentVariables", "true") != "false":
        etree.SubElement(box, camunda("in")).set("variables", "all")
    outputs = any(str(part.tag) == f"{{{ZEEBE}}}output" for part in box.iter())
    back = etree.SubElement(box, camunda("out"))
    back.set("variables", "all")
    if outputs or entry.get("propagateAllChildVariables", "true") == "false":
        back.set("local", "true")


def _called_decision(owner: Element, entry: Element) -> None:
    _set(owner, "decisionRef", entry.get("decisionId"))
    _set(owner, "resultVariable", entry.get("resultVariable"))
    _set(owner, "decisionRefBinding", entry.get("bindingType"))
    _set(owner, "decisionRefVersionTag", entry.get("versionTag"))


def _script(owner: Element, entry: Element) -> None:
    owner.set("scriptFormat", "feel")
    _set(owner, "resultVariable", entry.get("resultVariable"))
    etree.SubElement(owner, bpmn("script")).text = entry.get("expression")


def _io_mapping(owner: Element, entry: Element) -> None:
    """Inputs and outputs; a target with dots is a place inside a variable."""
    made = etree.SubElement(entry.getparent(), camunda("inputOutput"))
    for part in entry:
        kind = "inputParameter" if str(part.tag).endswith("}input") else "outputParameter"
        parameter = etree.SubElement(made, camunda(kind))
        name, _, place = part.get("target", "").partition(".")
        parameter.set("name", name)
        source = part.get("source", "")
        parameter.text = _placed(name, place, source) if place else source


def _placed(name: str, place: str, source: str) -> str:
    """The variable with one place in it changed."""
    value = source.strip()[1:] if source.strip().startswith("=") else '"' + source.replace('"', '\\"') + '"'
    keys = ", ".join(f'"{part}"' for part in place.split("."))
    return f"=context put(if {name} = null then {{}} else {name}, [{keys}], {value})"


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


def _job_priority(owner: Element, entry: Element) -> None:
    _set(owner, "jobPriority", entry.get("priority"))
    _set(owner, "taskPriority", entry.get("priority"))


def _ad_hoc(owner: Element, entry: Element) -> None:
    for name, own in (("activeElements", "activeElementsCollection"), ("collects", "outputCollection")):
        if entry.get(own):
            owner.set(f"{{{COMPILED}}}{name}", entry.get(own))
    if entry.get("outputCollection"):
        owner.set(f"{{{COMPILED}}}collected", entry.get("outputElement", "null"))


def _condition(owner: Element, entry: Element) -> None:
    _set(owner, "variableName", entry.get("variableNames"))
    _set(owner, "variableEvents", entry.get("variableEvents"))


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
            for header in part.iter(f"{{{ZEEBE}}}header"):
                field = etree.SubElement(made, camunda("field"))
                field.set("name", header.get("key", ""))
                field.set("stringValue", header.get("value", ""))

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
        "taskListener",
        {
            "creating": "create",
            "completing": "complete",
            "assigning": "assignment",
            "updating": "update",
            "canceling": "delete",
        },
    ),
    "taskHeaders": _headers,
    "jobPriorityDefinition": _job_priority,
    "adHoc": _ad_hoc,
    "conditionalFilter": _condition,
}
