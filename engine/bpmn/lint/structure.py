"""Rules of BPMN about ids, flows, starts, ends and nesting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.model import ANONYMOUS, Scope
from engine.bpmn.names import ACTIVITIES, Element, children, is_true, local, reference
from engine.findings import rule

MAX_NESTING = 50

IMPORT = rule(
    "bpmn-import",
    "The file imports {location}, which is not among the files of the solution, or is no BPMN file that can be read.",
    "Put that file beside this one, or remove the import if nothing of it is used.",
)
DUPLICATE_ID = rule(
    "bpmn-duplicate-id",
    "The id {id} is given to {count} elements.",
    "Give every element an id of its own.",
)
DECLARED_WITHOUT_ID = rule(
    "bpmn-declared-without-id",
    "A {kind} is declared without an id, so no event can refer to it.",
    "Give it an id, or remove it.",
)
NOTHING_DRAWN = rule(
    "bpmn-no-process",
    "The file holds no process; it is kept and shown, and nothing in it can be run.",
    "Draw a process if something is to be run.",
    severity="warning",
)
FLOW_WITHOUT_END = rule(
    "bpmn-flow-end-unknown",
    "The sequence flow's {end} {ref} is not a node of the same process or sub-process.",
    "Connect the flow to a node on the same level; use a boundary event or an event sub-process to leave a sub-process.",
)
FLOW_INTO_START = rule(
    "bpmn-flow-into-start",
    "A sequence flow leads into a start event.",
    "Let the flow lead to the node after the start event, or use an intermediate event.",
)
FLOW_OUT_OF_END = rule(
    "bpmn-flow-out-of-end",
    "A sequence flow leaves an end event.",
    "Use an intermediate throwing event if the process goes on after it.",
)
INTO_BOUNDARY = rule(
    "bpmn-flow-into-boundary",
    "A sequence flow leads into a boundary event.",
    "A boundary event begins only when its event comes; let the flow lead to the activity.",
)
REFERENCE_DIFFERS = rule(
    "bpmn-incoming-outgoing-differs",
    "The element lists the {direction} flow {flow}, but that flow does not say so.",
    "Draw the connection again: the flow's own ends are what counts.",
    severity="warning",
)
FLOW_TO_EVENT_SUB_PROCESS = rule(
    "bpmn-event-sub-process-flow",
    "An event sub-process has a sequence flow; it starts by its event only.",
    "Remove the flow, or make it an ordinary sub-process.",
)
EVENT_SUB_PROCESS_STARTS = rule(
    "bpmn-event-sub-process-start",
    "An event sub-process has {count} start events; it needs exactly one.",
    "Keep one start event; draw an event sub-process for each further event.",
)
EVENT_SUB_PROCESS_TRIGGER = rule(
    "bpmn-event-sub-process-trigger",
    "The start event of an event sub-process says nothing about what starts it, or names a kind that cannot: {kinds}.",
    "Choose message, timer, conditional, signal, escalation, error or compensation.",
)
EVENT_SUB_PROCESS_INTERRUPTS = rule(
    "bpmn-event-sub-process-interrupts",
    "An event sub-process started by {kind} always interrupts.",
    "Make its start event interrupting.",
)
SUB_PROCESS_START = rule(
    "bpmn-sub-process-start",
    "The start event of a sub-process waits for {kinds}; a sub-process starts when the flow reaches it.",
    "Use a start event without a type, or make it an event sub-process.",
)
SEVERAL_STARTS_INSIDE = rule(
    "bpmn-sub-process-starts",
    "The sub-process has {count} start events; all of them begin when it is reached.",
    "Keep one start event, or say with a gateway that the branches run side by side.",
    severity="warning",
)
SEVERAL_PLAIN_STARTS = rule(
    "bpmn-several-plain-starts",
    "The process has {count} start events without a type; it is not known which one begins.",
    "Keep one of them, or give the others a message or a signal.",
)
NO_START = Missing(
    "bpmn-no-start",
    "The process has no start event and no node that nothing leads to, so it cannot begin.",
    "Draw a start event and connect it.",
)
EMPTY = Missing("bpmn-empty-process", "The process holds no node.", "Draw what is to be done.")
START_KIND = rule(
    "bpmn-start-kind",
    "A process cannot be started by {kind}.",
    "Choose message, timer, conditional, signal or no type.",
)
UNREACHABLE = rule(
    "bpmn-unreachable",
    "No flow leads to this node from where the process begins; it will never be reached.",
    "Connect it, or remove it.",
    severity="warning",
)
END_WITHOUT_START = rule(
    "bpmn-end-without-start",
    "An end event is drawn, but no start event.",
    "Draw where it begins, too.",
)
NESTED_TOO_DEEP = rule(
    "bpmn-nested-too-deep",
    "Sub-processes are nested more than {allowed} deep.",
    "Move the inner ones into processes of their own and call them.",
)
QUANTITY = rule(
    "bpmn-quantity",
    "{attribute} is {value}; it must be a whole number of at least 1.",
    "Write 1 or more, or leave the attribute out.",
)
BOTH_LOOPS = rule(
    "bpmn-both-loops",
    "The activity has both a standard loop and a multi-instance marker.",
    "Keep one of them.",
)
CHOREOGRAPHY = rule(
    "bpmn-choreography-in-process",
    "A {kind} stands inside a process.",
    "Choreography activities belong to choreographies; use a send or receive task.",
)
LANE_UNKNOWN = rule(
    "bpmn-lane-reference",
    "The lane names the node {ref}, which does not exist.",
    "Draw the lane again around its nodes.",
    severity="warning",
)


def check(report: Report, nowhere: Sequence[Element]) -> None:
    for entry in nowhere:
        report.at(entry, IMPORT, location=entry.get("location", ""))
    _ids(report)
    _declarations(report)
    if not report.model.processes:
        report.at(report.model.root, NOTHING_DRAWN)
    for scope in report.model.scopes:
        _flows(report, scope)
        _listed(report, scope)
        _starts(report, scope)
        _nesting(report, scope)
        _activities(report, scope)
        _reachable(report, scope)
    _lanes(report)


def _declarations(report: Report) -> None:
    for element in children(report.model.root, "message", "signal", "error", "escalation"):
        if not element.get("id"):
            report.at(element, DECLARED_WITHOUT_ID, kind=local(element))


def _ids(report: Report) -> None:
    """Ids of the model; a diagram's own elements may clash without harm."""
    elements = [each for each in report.model.root.iter() if local(each) and each.get("id")]
    counts = Counter(each.get("id", "") for each in elements)
    told: set[str] = set()
    for each in elements:
        id = each.get("id", "")
        if counts[id] > 1 and id not in told:
            told.add(id)
            report.at(each, DUPLICATE_ID, id=id, count=counts[id])


def _flows(report: Report, scope: Scope) -> None:
    for flow in scope.flows:
        for end in ("sourceRef", "targetRef"):
            ref = reference(flow.get(end))
            if ref not in scope.nodes:
                report.at(flow, FLOW_WITHOUT_END, end="source" if end == "sourceRef" else "target", ref=ref or "(none)")
        target = scope.nodes.get(reference(flow.get("targetRef")) or "")
        source = scope.nodes.get(reference(flow.get("sourceRef")) or "")
        if target is not None and local(target) == "startEvent":
            report.at(target, FLOW_INTO_START)
        if target is not None and local(target) == "boundaryEvent":
            report.at(target, INTO_BOUNDARY)
        if source is not None and local(source) == "endEvent":
            report.at(source, FLOW_OUT_OF_END)
        for node in (source, target):
            if node is not None and is_true(node.get("triggeredByEvent")):
                report.at(node, FLOW_TO_EVENT_SUB_PROCESS)


def _listed(report: Report, scope: Scope) -> None:
    """What a node lists as incoming and outgoing says nothing of its own, but often shows a broken export."""
    for node in scope.nodes.values():
        for direction, own in (("incoming", scope.into(node)), ("outgoing", scope.out_of(node))):
            ids = {flow.get("id") for flow in own}
            for listed in children(node, direction):
                if reference(listed.text) not in ids:
                    report.at(node, REFERENCE_DIFFERS, direction=direction, flow=(listed.text or "").strip())


def _starts(report: Report, scope: Scope) -> None:
    starts = scope.of_kind("startEvent")
    if not starts and scope.of_kind("endEvent") and local(scope.element) != "adHocSubProcess" and not begins(scope):
        report.at(scope.of_kind("endEvent")[0], END_WITHOUT_START)
    if scope.is_event_sub_process:
        _event_sub_process_start(report, scope, starts)
    elif local(scope.element) == "process":
        _process_starts(report, scope, starts)
    else:
        if len(starts) > 1:
            report.at(scope.element, SEVERAL_STARTS_INSIDE, count=len(starts))
        for start in starts:
            kinds = report.model.kinds_of(start)
            if kinds:
                report.at(start, SUB_PROCESS_START, kinds=", ".join(kinds))


def _event_sub_process_start(report: Report, scope: Scope, starts: list[Element]) -> None:
    if len(starts) != 1:
        report.at(scope.element, EVENT_SUB_PROCESS_STARTS, count=len(starts))
    allowed = {"message", "timer", "conditional", "signal", "escalation", "error", "compensation"}
    for start in starts:
        kinds = report.model.kinds_of(start)
        if not kinds or set(kinds) - allowed:
            report.at(start, EVENT_SUB_PROCESS_TRIGGER, kinds=", ".join(kinds) or "none")
        if start.get("isInterrupting", "true") == "false":
            for kind in sorted(set(kinds) & {"error", "compensation"}):
                report.at(start, EVENT_SUB_PROCESS_INTERRUPTS, kind=kind)


def _process_starts(report: Report, scope: Scope, starts: list[Element]) -> None:
    if not scope.nodes:
        report.at(scope.element, EMPTY)
        return
    for start in starts:
        for kind in report.model.kinds_of(start):
            if kind not in ("message", "timer", "conditional", "signal"):
                report.at(start, START_KIND, kind=kind)
    plain = [start for start in starts if not report.model.kinds_of(start)]
    if len(plain) > 1:
        for start in plain:
            report.at(start, SEVERAL_PLAIN_STARTS, count=len(plain))
    if not starts and not heads(scope):
        report.at(scope.element, NO_START)


def heads(scope: Scope) -> list[Element]:
    """Nodes a scope begins with: start events, or what nothing leads to."""
    starts = scope.of_kind("startEvent")
    if starts:
        return starts
    return [
        node
        for node in scope.nodes.values()
        if local(node) != "boundaryEvent"
        and not scope.into(node)
        and not is_true(node.get("triggeredByEvent"))
        and not is_true(node.get("isForCompensation"))
        and not is_link_target(node)
    ]


def begins(scope: Scope) -> bool:
    """Whether a receive task or an event-based gateway starts the process."""
    return any(is_true(node.get("instantiate")) for node in scope.of_kind("receiveTask", "eventBasedGateway"))


def is_link_target(node: Element) -> bool:
    return local(node) == "intermediateCatchEvent" and any(True for _ in children(node, "linkEventDefinition"))


def _nesting(report: Report, scope: Scope) -> None:
    depth, at = 0, scope.element.getparent()
    while at is not None:
        depth += local(at) != ""
        at = at.getparent()
    if depth == MAX_NESTING + 1:
        report.at(scope.element, NESTED_TOO_DEEP, allowed=MAX_NESTING)


def _activities(report: Report, scope: Scope) -> None:
    for node in children(scope.element):
        if local(node) in ("choreographyTask", "subChoreography", "callChoreography"):
            report.at(node, CHOREOGRAPHY, kind=local(node))
    for node in scope.of_kind(*ACTIVITIES):
        for attribute in ("startQuantity", "completionQuantity"):
            value = node.get(attribute, "1").strip()
            if not value.isdecimal() or int(value) < 1:
                report.at(node, QUANTITY, attribute=attribute, value=value)
        loops = list(children(node, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"))
        if len(loops) > 1:
            report.at(node, BOTH_LOOPS)


def _reachable(report: Report, scope: Scope) -> None:
    """Nodes no token can come to; a way in by link or boundary event counts."""
    todo = [*heads(scope)]
    todo += [node for node in scope.nodes.values() if is_true(node.get("triggeredByEvent")) or is_link_target(node)]
    todo += [node for node in scope.nodes.values() if is_true(node.get("isForCompensation"))]
    seen = {node.get("id", "") for node in todo}
    while todo:
        node = todo.pop()
        after = [scope.nodes.get(reference(flow.get("targetRef")) or "") for flow in scope.out_of(node)]
        for each in [*after, *scope.attached(node)]:
            if each is not None and each.get("id", "") not in seen:
                seen.add(each.get("id", ""))
                todo.append(each)
    for id, node in scope.nodes.items():
        if id not in seen and node.get(ANONYMOUS) is None:
            report.at(node, UNREACHABLE)


def _lanes(report: Report) -> None:
    for lane in report.model.root.iter():
        if local(lane) == "lane":
            for ref in children(lane, "flowNodeRef"):
                if (ref.text or "").strip() not in report.model.by_id:
                    report.at(lane, LANE_UNKNOWN, ref=(ref.text or "").strip())
