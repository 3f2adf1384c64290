"""Rules about events: which kind may stand where, and what it must name."""

from __future__ import annotations

from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.model import Scope
from engine.bpmn.names import ACTIVITIES, Element, child, children, is_formal, is_true, local, reference, text_of
from engine.bpmn.times import is_in_calendar, is_literal_time
from engine.findings import rule

POSITION = rule(
    "bpmn-event-position",
    "A {kind} event cannot stand here: {place} may be {allowed}.",
    "Choose one of the kinds allowed here, or another position for the event.",
)
CATCH_NOTHING = rule(
    "bpmn-catch-without-event",
    "The {place} does not say what it waits for.",
    "Choose message, timer, signal or another kind for the event.",
)
NON_INTERRUPTING = rule(
    "bpmn-boundary-interrupts",
    "A boundary event of kind {kind} always interrupts its activity.",
    "Make it interrupting.",
)
ATTACHED = rule(
    "bpmn-boundary-not-attached",
    "The boundary event is attached to {ref}, which is not an activity of the same level.",
    "Attach it to the edge of a task, sub-process or call activity.",
)
BOUNDARY_WITHOUT_WAY = rule(
    "bpmn-boundary-without-flow",
    "No flow leaves the boundary event.",
    "Draw what happens when the event comes.",
    severity="warning",
)
CANCEL_OUTSIDE = rule(
    "bpmn-cancel-outside-transaction",
    "A cancel event belongs to a transaction; this one stands {where}.",
    "Put it into a transaction, or use an error event.",
)
UNKNOWN_REFERENCE = rule(
    "bpmn-event-reference",
    "The event names the {kind} {ref}, which the file does not declare.",
    "Choose a declared {kind}, or declare it.",
)
UNDECLARED_CODE = rule(
    "bpmn-code-undeclared",
    "The event names the {kind} {ref}, which the file does not declare; {ref} is taken as its code.",
    "Declare it with this code, so that its name can be shown.",
    severity="warning",
)
UNNAMED = Missing(
    "bpmn-event-unnamed",
    "The event does not say which {kind} it means.",
    "Choose or create a {kind} with a name.",
)
TIME_MISSING = Missing(
    "bpmn-timer-without-time",
    "The timer says no time.",
    "Enter a date, a duration or a cycle, for example PT1H.",
)
TIME_OUT_OF_RANGE = rule(
    "bpmn-timer-out-of-range",
    "The timer says {time}, which is no day of the calendar or more than a thousand years away.",
    "Correct the time, for example P30D or 2026-12-31T18:00.",
)
TIMES_TOO_MANY = rule(
    "bpmn-timer-several-times",
    "The timer has {count} times; it needs exactly one of date, duration and cycle.",
    "Keep the one that is meant.",
)
CONDITION_EMPTY = Missing(
    "bpmn-event-condition-missing",
    "The conditional event has no condition.",
    "Write the condition it waits for.",
)
INFORMAL = Missing(
    "bpmn-event-condition-informal",
    "The conditional event's condition is a remark for people, not a formal expression.",
    "Write it as an expression (in a modeler: choose the type Expression).",
)
CODE_MISSING = Missing(
    "bpmn-thrown-code-missing",
    "The {kind} that is thrown has no code, so nobody can tell it from others.",
    "Choose a declared {kind} with a code.",
)
LINK_TARGET = rule(
    "bpmn-link-target",
    "The link {name} has {count} catching events on this level; it needs exactly one.",
    "Draw one catching link event with the same name.",
)
LINK_UNNAMED = rule("bpmn-link-unnamed", "The link event has no name.", "Give both ends of the link the same name.")
LINK_FLOW = rule(
    "bpmn-link-flow",
    "A {role} link event has {direction} flows.",
    "Let flows lead to the throwing end only and away from the catching end only.",
)
MISSING_WAY = rule(
    "bpmn-event-not-connected",
    "The {place} has no {direction} flow.",
    "Connect it, or remove it.",
)
HANDLER = rule(
    "bpmn-compensation-handler",
    "The compensation boundary event has {count} activities associated with it; it needs exactly one that is marked "
    "as a compensation activity.",
    "Connect it with an association to an activity whose marker says that it is for compensation.",
)
COMPENSATION_FLOW = rule(
    "bpmn-compensation-flow",
    "{what} takes part in compensation and must not have sequence flows.",
    "Connect it by an association only.",
)
COMPENSATED_ACTIVITY = rule(
    "bpmn-compensation-activity",
    "The compensation event names the activity {ref}, which is not to be seen from here.",
    "Choose an activity of the same level.",
)
PARALLEL_MULTIPLE = rule(
    "bpmn-parallel-multiple",
    "The event waits for several events together (parallelMultiple), which is not run.",
    "Use an intermediate catching event, which may wait for several events together.",
)
SHARED_REFERENCE = rule(
    "bpmn-event-definition-reference",
    "The event refers to the event definition {ref}, which the file does not declare.",
    "Draw the event's definition inside the event.",
)

THROWN = {"message", "signal", "escalation", "compensation", "link"}
ALLOWED = {
    "intermediateCatchEvent": {"message", "timer", "signal", "conditional", "link"},
    "intermediateThrowEvent": THROWN,
    "endEvent": {"message", "signal", "error", "escalation", "compensation", "cancel", "terminate"},
    "boundaryEvent": {"message", "timer", "signal", "conditional", "error", "escalation", "cancel", "compensation"},
}
PLACES = {
    "intermediateCatchEvent": "catching event",
    "intermediateThrowEvent": "throwing event",
    "endEvent": "end event",
    "boundaryEvent": "boundary event",
    "startEvent": "start event",
}
DECLARED = {
    "message": ("messageRef", "message"),
    "signal": ("signalRef", "signal"),
    "error": ("errorRef", "error"),
    "escalation": ("escalationRef", "escalation"),
}


def check(report: Report) -> None:
    for scope in report.model.scopes:
        for event in scope.of_kind("startEvent", *ALLOWED):
            _position(report, event)
            _references(report, event)
            for definition in report.model.definitions_of(event):
                _definition(report, event, definition)
            together = is_true(event.get("parallelMultiple")) and len(report.model.kinds_of(event)) > 1
            if together and local(event) != "intermediateCatchEvent":
                report.at(event, PARALLEL_MULTIPLE)
        for event in scope.of_kind("boundaryEvent"):
            _boundary(report, scope, event)
        for event in scope.of_kind("intermediateCatchEvent", "intermediateThrowEvent"):
            _connected(report, scope, event)
        _links(report, scope)
        _compensation(report, scope)
        _cancel(report, scope)


def _position(report: Report, event: Element) -> None:
    place = local(event)
    if place not in ALLOWED:
        return
    kinds = report.model.kinds_of(event)
    for kind in kinds:
        if kind not in ALLOWED[place]:
            allowed = ", ".join(sorted(ALLOWED[place]))
            report.at(event, POSITION, kind=kind, place=f"a {PLACES[place]}", allowed=allowed)
    if not kinds and place in ("intermediateCatchEvent", "boundaryEvent"):
        report.at(event, CATCH_NOTHING, place=PLACES[place])


def _references(report: Report, event: Element) -> None:
    for ref in children(event, "eventDefinitionRef"):
        if reference(ref.text) not in report.model.library.event_definitions:
            report.at(event, SHARED_REFERENCE, ref=(ref.text or "").strip())


def _definition(report: Report, event: Element, definition: Element) -> None:
    kind = local(definition).removesuffix("EventDefinition")
    if kind in DECLARED:
        _declared(report, event, definition, kind)
    elif kind == "timer":
        _timer(report, event, definition)
    elif kind == "conditional":
        condition = child(definition, "condition")
        if text_of(condition) is None:
            report.at(event, CONDITION_EMPTY)
        elif not is_formal(condition):
            report.at(event, INFORMAL)


def _declared(report: Report, event: Element, definition: Element, kind: str) -> None:
    attribute, word = DECLARED[kind]
    library = report.model.library
    tables: dict[str, dict[str, Element]] = {
        "message": library.messages,
        "signal": library.signals,
        "error": library.errors,
        "escalation": library.escalations,
    }
    ref = reference(definition.get(attribute))
    throws = local(event) in ("endEvent", "intermediateThrowEvent")
    if kind in ("error", "escalation") and ref is not None and ref not in tables[kind]:
        report.at(event, UNDECLARED_CODE, kind=kind, ref=ref)
        return
    if ref is not None and ref not in tables[kind]:
        report.at(event, UNKNOWN_REFERENCE, kind=word, ref=ref)
        return
    declared = tables[kind].get(ref or "")
    if kind in ("message", "signal"):
        calls = any(
            name.endswith(("}topic", "}class", "}delegateExpression", "}expression")) for name in definition.attrib
        )
        if (declared is None or not declared.get("name")) and not calls:
            report.at(event, UNNAMED, kind=word)
    elif throws:
        code = None if declared is None else declared.get("errorCode" if kind == "error" else "escalationCode")
        if not code and not (kind == "error" and declared is not None):
            report.at(event, CODE_MISSING, kind=word)


def _timer(report: Report, event: Element, definition: Element) -> None:
    times = list(children(definition, "timeDate", "timeDuration", "timeCycle"))
    if len(times) > 1:
        report.at(event, TIMES_TOO_MANY, count=len(times))
    elif not times or (text := text_of(times[0])) is None:
        report.at(event, TIME_MISSING)
    elif is_literal_time(text) and not is_in_calendar(text):
        report.at(event, TIME_OUT_OF_RANGE, time=text)


def _boundary(report: Report, scope: Scope, event: Element) -> None:
    host = scope.nodes.get(reference(event.get("attachedToRef")) or "")
    if host is None or local(host) not in ACTIVITIES:
        report.at(event, ATTACHED, ref=event.get("attachedToRef") or "nothing")
        return
    kinds = report.model.kinds_of(event)
    if event.get("cancelActivity", "true") == "false":
        for kind in sorted(set(kinds) & {"error", "cancel", "compensation"}):
            report.at(event, NON_INTERRUPTING, kind=kind)
    if "cancel" in kinds and local(host) != "transaction":
        report.at(event, CANCEL_OUTSIDE, where="on an activity that is no transaction")
    if "compensation" not in kinds and not scope.out_of(event):
        report.at(event, BOUNDARY_WITHOUT_WAY)


def _connected(report: Report, scope: Scope, event: Element) -> None:
    """An event in the middle of a process has a way in and a way out."""
    kinds = report.model.kinds_of(event)
    place = PLACES[local(event)]
    is_link = "link" in kinds
    catches = local(event) == "intermediateCatchEvent"
    in_ad_hoc = local(scope.element) == "adHocSubProcess"
    if is_link:
        wrong = scope.into(event) if catches else scope.out_of(event)
        if wrong:
            role = "catching" if catches else "throwing"
            report.at(event, LINK_FLOW, role=role, direction="incoming" if catches else "outgoing")
    if not scope.into(event) and not (is_link and catches) and scope.of_kind("startEvent") and not in_ad_hoc:
        report.at(event, MISSING_WAY, place=place, direction="incoming")
    if catches and not scope.out_of(event):
        report.at(event, MISSING_WAY, place=place, direction="outgoing")


def _links(report: Report, scope: Scope) -> None:
    catching: dict[str, list[Element]] = {}
    throwing: list[tuple[str, Element]] = []
    for event in scope.of_kind("intermediateCatchEvent", "intermediateThrowEvent"):
        for definition in report.model.definitions_of(event):
            if local(definition) != "linkEventDefinition":
                continue
            name = definition.get("name") or event.get("name") or ""
            if not name:
                report.at(event, LINK_UNNAMED)
            elif local(event) == "intermediateCatchEvent":
                catching.setdefault(name, []).append(event)
            else:
                throwing.append((name, event))
    for name, event in throwing:
        if len(catching.get(name, [])) != 1:
            report.at(event, LINK_TARGET, name=name, count=len(catching.get(name, [])))


def handlers_of(report_or_model: Report, event: Element) -> list[Element]:
    """Activities an association leads to from a compensation boundary event."""
    model = report_or_model.model
    found = []
    for association in model.root.iter():
        if local(association) == "association":
            ends = [reference(association.get("sourceRef")), reference(association.get("targetRef"))]
            if event.get("id") in ends:
                other = model.by_id.get((ends[1] if ends[0] == event.get("id") else ends[0]) or "")
                if other is not None and local(other) in ACTIVITIES and is_true(other.get("isForCompensation")):
                    found.append(other)
    return found


def _compensation(report: Report, scope: Scope) -> None:
    for event in scope.of_kind("boundaryEvent"):
        if "compensation" in report.model.kinds_of(event):
            handlers = handlers_of(report, event)
            if len(handlers) != 1:
                report.at(event, HANDLER, count=len(handlers))
            if scope.out_of(event):
                report.at(event, COMPENSATION_FLOW, what="The boundary event")
    for activity in scope.of_kind(*ACTIVITIES):
        if is_true(activity.get("isForCompensation")) and (scope.into(activity) or scope.out_of(activity)):
            report.at(activity, COMPENSATION_FLOW, what="The activity")
    visible = set(scope.nodes)
    if scope.is_event_sub_process:
        visible |= set(report.model.scope_of(scope.element).nodes)
    for event in scope.of_kind("endEvent", "intermediateThrowEvent"):
        for definition in report.model.definitions_of(event):
            ref = reference(definition.get("activityRef"))
            if local(definition) == "compensateEventDefinition" and ref is not None and ref not in visible:
                report.at(event, COMPENSATED_ACTIVITY, ref=ref)


def _cancel(report: Report, scope: Scope) -> None:
    for event in scope.of_kind("endEvent"):
        if "cancel" in report.model.kinds_of(event) and local(scope.element) != "transaction":
            report.at(event, CANCEL_OUTSIDE, where="at the end of something else")
