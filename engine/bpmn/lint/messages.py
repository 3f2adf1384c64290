"""Rules about message flows between pools, and about who may be called."""

from __future__ import annotations

from engine.bpmn.lint.reporting import Report
from engine.bpmn.names import Element, children, local, reference
from engine.findings import rule

SAME_POOL = rule(
    "bpmn-message-flow-inside",
    "A message flow connects two elements of the same pool.",
    "Use a sequence flow inside a pool; messages go between pools.",
)
FROM_CATCHER = rule(
    "bpmn-message-flow-source",
    "A message flow leaves a {kind}, which sends no messages.",
    "Let it begin at a send task, a throwing message event or a pool.",
)
TO_THROWER = rule(
    "bpmn-message-flow-target",
    "A message flow leads to a {kind}, which receives no messages.",
    "Let it lead to a receive task, a catching message event or a pool.",
)
END_UNKNOWN = rule(
    "bpmn-message-flow-end",
    "The message flow's {end} {ref} is not drawn.",
    "Connect the message flow again, or remove it.",
)
CALLED_START = rule(
    "bpmn-called-process-start",
    "The call activity calls {process}, which has no start event without a type.",
    "Give the called process a plain start event.",
)

SENDS_NOTHING = {"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"}
RECEIVES_NOTHING = {"endEvent", "intermediateThrowEvent", "sendTask"}


def check(report: Report) -> None:
    for flow in report.model.root.iter():
        if local(flow) == "messageFlow":
            _message_flow(report, flow)
    for scope in report.model.scopes:
        for node in scope.of_kind("callActivity"):
            _called(report, node)


def _message_flow(report: Report, flow: Element) -> None:
    ends = []
    for end in ("sourceRef", "targetRef"):
        ref = reference(flow.get(end))
        element = report.model.by_id.get(ref or "")
        if element is None:
            report.at(flow, END_UNKNOWN, end="source" if end == "sourceRef" else "target", ref=ref or "(none)")
        ends.append(element)
    source, target = ends
    if source is not None and local(source) in SENDS_NOTHING:
        report.at(source, FROM_CATCHER, kind=local(source))
    if target is not None and local(target) in RECEIVES_NOTHING:
        report.at(target, TO_THROWER, kind=local(target))
    pools = [_pool(report, each) for each in ends if each is not None]
    if len(pools) == 2 and pools[0] is not None and pools[0] is pools[1]:
        report.at(flow, SAME_POOL)


def _pool(report: Report, element: Element) -> Element | None:
    """The process an end stands in: of a pool, the process it shows."""
    if local(element) == "participant":
        return report.model.by_id.get(reference(element.get("processRef")) or "")
    return report.model.process_of(element)


def _called(report: Report, node: Element) -> None:
    called = report.model.by_id.get(reference(node.get("calledElement")) or "")
    if called is None or local(called) != "process":
        return
    starts = list(children(called, "startEvent"))
    if starts and all(report.model.kinds_of(start) for start in starts):
        report.at(node, CALLED_START, process=called.get("name") or called.get("id", ""))
