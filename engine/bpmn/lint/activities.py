"""Rules about tasks, calls, loops and ad-hoc sub-processes: is there something to do, and can it be done here."""

from __future__ import annotations

from engine.bpmn.compiled import Knowledge
from engine.bpmn.expressions import FEEL_FORMATS
from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.model import Scope
from engine.bpmn.names import (
    ACTIVITIES,
    Element,
    camunda,
    child,
    extensions,
    is_true,
    local,
    reference,
    text_of,
)
from engine.bpmn.times import is_retry_cycle
from engine.findings import rule

NOTHING_TO_CALL = Missing(
    "bpmn-nothing-to-call",
    "The {kind} does not say which operation does its work.",
    'Choose the implementation "External" and write the name of an operation as its topic.',
)
CALL_TARGET = Missing(
    "bpmn-call-target",
    "The call activity does not say which process it calls.",
    "Write the id of the process as the called element.",
)
DECISION_MISSING = Missing(
    "bpmn-decision-missing",
    "The business rule task does not say which decision it asks.",
    "Choose the implementation DMN and write the id of the decision.",
)
SCRIPT_MISSING = Missing("bpmn-script-missing", "The script task has no script.", "Write a FEEL expression.")
SCRIPT_LANGUAGE = Missing(
    "bpmn-script-language",
    "The script is written in {language}, which is not run here.",
    "Write it as a FEEL expression (script format feel), or make it a service task that calls an operation.",
)
MESSAGE_MISSING = Missing(
    "bpmn-send-without-message",
    "The send task does not say which message it sends.",
    "Choose or create a message with a name.",
)
RECEIVES_ANYTHING = rule(
    "bpmn-receive-without-message",
    "The receive task does not say which message it waits for; it waits until somebody wakes it by hand.",
    "Choose or create a message with a name.",
    severity="warning",
)
MULTI_INSTANCE_OVER_WHAT = Missing(
    "bpmn-multi-instance-over-what",
    "The multi-instance activity says neither over which collection nor how many times it runs.",
    "Enter a collection, or a number as the loop cardinality.",
)
MULTI_INSTANCE_BOTH = rule(
    "bpmn-multi-instance-both",
    "The multi-instance activity has both a collection and a number.",
    "Keep one of them.",
)
BEHAVIOR = rule(
    "bpmn-multi-instance-behavior",
    "The multi-instance behavior {behavior} is not one of None, One, All, Complex, or names no event.",
    "Choose All, or name the event it throws.",
)
LOOP_WITHOUT_END = Missing(
    "bpmn-loop-without-end",
    "The loop has neither a condition nor a maximum.",
    "Enter a loop condition, or a maximum.",
)
LOOP_MAXIMUM = rule(
    "bpmn-loop-maximum",
    "The loop's maximum {value} is below zero.",
    "Write how many times the loop may run at most.",
)
EMPTY_AD_HOC = rule(
    "bpmn-ad-hoc-empty",
    "The ad-hoc sub-process holds no activity.",
    "Draw at least one activity in it.",
)
AD_HOC_EVENTS = rule(
    "bpmn-ad-hoc-events",
    "A {kind} stands in an ad-hoc sub-process, where nothing begins or ends by itself.",
    "Remove it; activities without incoming flows begin at once.",
)
FORM_DATA = rule(
    "bpmn-form-data",
    "The generated form fields (formData, formProperty) are not shown to people.",
    "Draw a form and name it as the form key.",
    severity="warning",
)


def check(report: Report, knowledge: Knowledge | None) -> None:
    for scope in report.model.scopes:
        for node in scope.of_kind(*ACTIVITIES):
            _work(report, node, knowledge)
            _loops(report, node)
        for node in scope.nodes.values():
            if any(True for _ in extensions(node, "formData", "formProperty")):
                report.at(node, FORM_DATA)
            _retries(report, node)
        _ad_hoc(report, scope)


def _work(report: Report, node: Element, knowledge: Knowledge | None) -> None:
    kind = local(node)
    if kind == "callActivity":
        if not node.get("calledElement"):
            report.at(node, CALL_TARGET)
    elif kind == "scriptTask":
        _script(report, node, knowledge)
    elif kind in ("receiveTask", "sendTask"):
        _message(report, node, kind)
    elif kind == "businessRuleTask" and not _implementation(node) and not node.get(camunda("decisionRef")):
        report.at(node, DECISION_MISSING)
    elif kind == "serviceTask" and not _implementation(node) and not report.model.library.operation_of(node):
        report.at(node, NOTHING_TO_CALL, kind="service task")


def _implementation(node: Element) -> bool:
    return any(node.get(camunda(name)) for name in ("topic", "delegateExpression", "class", "expression"))


RETRY_CYCLE = Missing(
    "bpmn-retry-cycle",
    "The retry cycle {cycle} says neither how often nor after which time to try again.",
    "Write it like R3/PT10M, or as a list of times like PT1M,PT10M.",
)


def _retries(report: Report, node: Element) -> None:
    multi = child(node, "multiInstanceLoopCharacteristics")
    for bearer in (node, multi) if multi is not None else (node,):
        for entry in extensions(bearer, "failedJobRetryTimeCycle"):
            cycle = text_of(entry) or ""
            if not cycle.startswith("=") and "{" not in cycle and not is_retry_cycle(cycle):
                report.at(node, RETRY_CYCLE, cycle=cycle or "(none)")


def _script(report: Report, node: Element, knowledge: Knowledge | None) -> None:
    text = text_of(child(node, "script"))
    language = node.get("scriptFormat", "").strip()
    if node.get(camunda("resource")):
        return
    if text is None:
        report.at(node, SCRIPT_MISSING)
    elif is_claimed(language, text, knowledge):
        return
    elif language.lower() not in FEEL_FORMATS:
        report.at(node, SCRIPT_LANGUAGE, language=language)


def is_claimed(language: str, text: str, knowledge: Knowledge | None) -> bool:
    """Whether a registered script handler runs this script."""
    return knowledge is not None and knowledge.scripts is not None and knowledge.scripts(language, text)


def _message(report: Report, node: Element, kind: str) -> None:
    if kind == "sendTask" and (_implementation(node) or report.model.library.operation_of(node)):
        return
    message = report.model.library.messages.get(reference(node.get("messageRef")) or "")
    if message is None or not message.get("name"):
        report.at(node, MESSAGE_MISSING if kind == "sendTask" else RECEIVES_ANYTHING)


def _loops(report: Report, node: Element) -> None:
    standard = child(node, "standardLoopCharacteristics")
    if standard is not None:
        has_maximum = standard.get("loopMaximum") or text_of(child(standard, "loopMaximum"))
        if (has_maximum or "").strip().startswith("-"):
            report.at(node, LOOP_MAXIMUM, value=has_maximum)
        if not has_maximum and text_of(child(standard, "loopCondition")) is None:
            report.at(node, LOOP_WITHOUT_END)
    multi = child(node, "multiInstanceLoopCharacteristics")
    if multi is None:
        return
    collection = multi.get(camunda("collection")) or text_of(child(multi, "loopDataInputRef"))
    cardinality = text_of(child(multi, "loopCardinality"))
    if not collection and not cardinality:
        report.at(node, MULTI_INSTANCE_OVER_WHAT)
    elif collection and cardinality:
        report.at(node, MULTI_INSTANCE_BOTH)
    _behavior(report, node, multi)


def _behavior(report: Report, node: Element, multi: Element) -> None:
    behavior = multi.get("behavior", "All")
    events = report.model.library.event_definitions
    named = {
        "None": reference(multi.get("noneBehaviorEventRef")) in events,
        "One": reference(multi.get("oneBehaviorEventRef")) in events,
        "Complex": child(multi, "complexBehaviorDefinition") is not None,
        "All": True,
    }
    if not named.get(behavior, False):
        report.at(node, BEHAVIOR, behavior=behavior)


def _ad_hoc(report: Report, scope: Scope) -> None:
    if local(scope.element) != "adHocSubProcess":
        return
    if not scope.of_kind(*ACTIVITIES):
        report.at(scope.element, EMPTY_AD_HOC)
    for event in scope.of_kind("startEvent", "endEvent"):
        if not is_true(event.get("triggeredByEvent")):
            report.at(event, AD_HOC_EVENTS, kind="start event" if local(event) == "startEvent" else "end event")
