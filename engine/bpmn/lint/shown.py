"""What a file says and nothing here acts on: kept, shown, and said, so that nobody waits for it in vain."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.dialects import EMBEDDED_FORM, ZEEBE
from engine.bpmn.included import included
from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.names import CAMUNDA, COMPILED, Element, camunda, child, is_true, local
from engine.findings import rule

NOT_ACTED_ON = rule(
    "bpmn-shown-only",
    "{what} is kept and shown; nothing here acts on it.",
    "Nothing has to be done; remove it if it misleads.",
    severity="note",
)
WITHOUT_EFFECT = rule(
    "bpmn-without-effect",
    "{what} is kept and shown, but has no effect here, so the process may run otherwise than it was drawn.",
    "Say the same in a way that runs here, or remove it.",
    severity="warning",
)
CASE = rule(
    "bpmn-case-outside",
    "The call activity calls the case {case}; cases (CMMN) are not run here: an outside worker is asked under this topic.",
    "Call a process, or let a worker do the case.",
    severity="warning",
)
MUST_UNDERSTAND = rule(
    "bpmn-must-understand",
    "The file says that the extension {extension} must be understood; it is kept, and nothing here acts on it.",
    "Check whether the process is complete without it.",
    severity="warning",
)
RESOURCE = Missing(
    "bpmn-script-resource",
    "The text is in the file {file}, which is not beside the diagram.",
    "Put the file into the same deployment, or write its text into the diagram.",
)
NOTES = {
    camunda("candidateStarterGroups"),
    camunda("candidateStarterUsers"),
    camunda("isStartableInTasklist"),
    camunda("calledElementTenantId"),
    camunda("decisionRefTenantId"),
    camunda("caseTenantId"),
}
WARNINGS = {camunda("formHandlerClass"), camunda("formRefVersion"), camunda("variableEvents")}
ZEEBE_NOTES = {"linkedResources", "userTaskForm"}
TRANSACTIONS = {"##Compensate", "compensate", ""}


def check(report: Report) -> None:
    for element in report.model.root.iter():
        if not isinstance(element.tag, str):
            continue
        for what in _notes(element):
            report.at(element, NOT_ACTED_ON, what=what)
        for what in _warnings(element):
            report.at(element, WITHOUT_EFFECT, what=what)
        case = element.get(f"{{{COMPILED}}}case")
        if case:
            report.at(element, CASE, case=case)
        if local(element) == "extension" and is_true(element.get("mustUnderstand")):
            report.at(element, MUST_UNDERSTAND, extension=element.get("definition", ""))
    for element, name in included(report.model.root):
        report.at(element, RESOURCE, file=name)


def _notes(element: Element) -> Iterator[str]:
    yield from (_said(key) for key in element.attrib if key in NOTES)
    tag = str(element.tag)
    if tag == camunda("potentialStarter"):
        yield "camunda:potentialStarter"
    if tag.startswith("{" + ZEEBE + "}"):
        yield from _zeebe_notes(element, tag[len(ZEEBE) + 2 :])
    implementation = element.get("implementation", "")
    if local(element) and implementation and not implementation.startswith("##"):
        yield f"implementation {implementation}"
    if local(element) == "transaction" and element.get("method", "") not in TRANSACTIONS:
        yield f"method {element.get('method')}"
    if local(element) == "ioBinding":
        yield "ioBinding"
    if local(element) == "multiInstanceLoopCharacteristics" and is_true(element.get(camunda("asyncAfter"))):
        yield "camunda:asyncAfter"


def _zeebe_notes(element: Element, name: str) -> Iterator[str]:
    if name in ZEEBE_NOTES:
        yield f"zeebe:{name}"
    if name == "formDefinition" and (element.get("formKey") or "").startswith(EMBEDDED_FORM):
        yield "zeebe:formDefinition"
    if name == "calledElement" and element.get("businessId"):
        yield "zeebe:businessId"
    if name in ("executionListener", "taskListener") and element.get("retries", "3") != "3":
        yield f"zeebe:{name} retries"


def _warnings(element: Element) -> Iterator[str]:
    yield from (_said(key) for key in element.attrib if key in WARNINGS)
    binding = element.get(camunda("formRefBinding"))
    if binding and binding != "deployment":
        yield f"camunda:formRefBinding {binding}"
    if element.tag == camunda("taskListener") and element.get("event") == "update":
        yield "camunda:taskListener update"
    waits_for_nothing = element.get("event") == "timeout" and child(element, "timerEventDefinition") is None
    if element.tag == camunda("taskListener") and waits_for_nothing:
        yield "camunda:taskListener timeout"
    tag = str(element.tag)
    if tag == f"{{{ZEEBE}}}agentDefinition":
        yield "zeebe:agentDefinition"
    if tag == f"{{{ZEEBE}}}formDefinition" and element.get("bindingType", "deployment") != "deployment":
        yield f"zeebe:formDefinition {element.get('bindingType')}"


def _said(key: str) -> str:
    return key.replace("{" + CAMUNDA + "}", "camunda:")
