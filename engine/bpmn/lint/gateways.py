"""Rules about gateways, conditions and default flows."""

from __future__ import annotations

from engine.bpmn.expressions import is_ours
from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.model import Scope
from engine.bpmn.names import (
    ACTIVITIES,
    GATEWAYS,
    Element,
    camunda,
    child,
    is_formal,
    is_true,
    local,
    reference,
    text_of,
)
from engine.findings import rule

CONDITION_MISSING = Missing(
    "bpmn-condition-missing",
    "The flow leaves a gateway that chooses, but has no condition and is not its default flow.",
    "Write a condition on the flow, or make it the gateway's default flow.",
)
ASSUMED_DEFAULT = rule(
    "bpmn-default-assumed",
    "The flow is the only one out of the gateway without a condition; it is taken as the default flow.",
    "Mark it as the gateway's default flow.",
    severity="warning",
)
ALWAYS_TAKEN = rule(
    "bpmn-condition-always",
    "The flow leaves an inclusive gateway without a condition; it is always taken.",
    "Write a condition on the flow, or make it the default flow.",
    severity="warning",
)
CONDITION_EMPTY = Missing(
    "bpmn-condition-empty",
    "The flow's condition is empty.",
    "Write a condition, or remove it.",
)
CONDITION_INFORMAL = Missing(
    "bpmn-condition-informal",
    "The flow's condition is a remark for people, not a formal expression.",
    "Write it as an expression (in a modeler: choose the type Expression).",
)
CONDITION_ALONE = rule(
    "bpmn-condition-alone",
    "The only flow out of this activity has a condition; when it is not true there is nowhere to go.",
    "Draw another flow out of the activity, or remove the condition.",
)
CONDITION_NOT_ALLOWED = rule(
    "bpmn-condition-not-allowed",
    "A flow out of {kind} has a condition, but every such flow is taken.",
    "Remove the condition, or use an exclusive or inclusive gateway.",
)
CONDITION_IGNORED = rule(
    "bpmn-condition-on-default",
    "The default flow has a condition; it is not asked.",
    "Remove the condition from the default flow.",
    severity="warning",
)
DEFAULT_UNKNOWN = rule(
    "bpmn-default-unknown",
    "The default flow {ref} does not leave this element.",
    "Choose one of the element's own outgoing flows as the default.",
)
DEFAULT_NOT_ALLOWED = rule(
    "bpmn-default-not-allowed",
    "A {kind} has no default flow.",
    "Remove the default mark.",
    severity="warning",
)
DIRECTION = rule(
    "bpmn-gateway-direction",
    "The gateway says it is {direction}, but has {incoming} incoming and {outgoing} outgoing flows.",
    "Draw it as it says, or leave the direction out.",
)
EVENT_GATEWAY_FEW = rule(
    "bpmn-event-gateway-one-way",
    "An event-based gateway has {count} outgoing flows; it needs two or more to choose from.",
    "Draw the alternatives, or use the event alone.",
)
EVENT_GATEWAY_TARGET = rule(
    "bpmn-event-gateway-target",
    "An event-based gateway leads to a {kind}; it may lead to receive tasks and to message, timer, signal and "
    "conditional catching events only.",
    "Put a catching event between the gateway and this node.",
)
EVENT_GATEWAY_MIXED = rule(
    "bpmn-event-gateway-mixed",
    "An event-based gateway leads both to message events and to receive tasks.",
    "Use message events for all messages, or receive tasks for all.",
)
EVENT_GATEWAY_SHARED = rule(
    "bpmn-event-gateway-shared",
    "The node follows an event-based gateway and has another way in.",
    "Give the other way an event of its own.",
)
EVENT_GATEWAY_GUARDED = rule(
    "bpmn-event-gateway-boundary",
    "A receive task after an event-based gateway has boundary events.",
    "Draw them as further alternatives of the gateway.",
)
EVENT_GATEWAY_START = rule(
    "bpmn-event-gateway-instantiate",
    "An event-based gateway that starts the process has an incoming flow.",
    "Remove the flow, or the mark that it starts the process.",
)
GATEWAY_ALONE = rule(
    "bpmn-gateway-alone",
    "The gateway has one way in and one way out, and changes nothing.",
    "Remove it, or draw what it should divide or join.",
    severity="note",
)


def assumed_default(scope: Scope, gateway: Element) -> Element | None:
    """The one flow without a condition out of an exclusive gateway that names no default: it is taken as the default."""
    if reference(gateway.get("default")) is not None:
        return None
    plain = [flow for flow in scope.out_of(gateway) if child(flow, "conditionExpression") is None]
    return plain[0] if len(plain) == 1 else None


def check(report: Report) -> None:
    for scope in report.model.scopes:
        for node in scope.nodes.values():
            _default(report, scope, node)
        for gateway in scope.of_kind(*GATEWAYS):
            _direction(report, scope, gateway)
        for gateway in scope.of_kind("eventBasedGateway"):
            _event_gateway(report, scope, gateway)
        for flow in scope.flows:
            _condition(report, scope, flow)


def _default(report: Report, scope: Scope, node: Element) -> None:
    ref = reference(node.get("default"))
    if ref is None:
        return
    if ref not in {flow.get("id") for flow in scope.out_of(node)}:
        report.at(node, DEFAULT_UNKNOWN, ref=ref)
    elif local(node) in ("parallelGateway", "eventBasedGateway"):
        report.at(node, DEFAULT_NOT_ALLOWED, kind=local(node))


def _condition(report: Report, scope: Scope, flow: Element) -> None:
    source = scope.nodes.get(reference(flow.get("sourceRef")) or "")
    if source is None:
        return
    condition = child(flow, "conditionExpression")
    kind = local(source)
    is_default = source.get("default") is not None and reference(source.get("default")) == flow.get("id")
    if condition is not None and kind in ("parallelGateway", "eventBasedGateway"):
        report.at(
            flow, CONDITION_NOT_ALLOWED, kind="a parallel gateway" if kind[0] == "p" else "an event-based gateway"
        )
    elif condition is not None and condition.get(camunda("resource")):
        return  # it is in a file of its own
    elif condition is not None and text_of(condition) is None:
        report.at(flow, CONDITION_EMPTY)
    elif condition is not None and not is_formal(condition) and is_ours(condition.get("language", "")):
        report.at(flow, CONDITION_INFORMAL)
    elif condition is not None and kind in ACTIVITIES and len(scope.out_of(source)) == 1:
        report.at(flow, CONDITION_ALONE)
    elif condition is not None and is_default:
        report.at(flow, CONDITION_IGNORED)
    elif condition is None and not is_default and len(scope.out_of(source)) > 1:
        if kind == "inclusiveGateway":
            report.at(flow, ALWAYS_TAKEN)
        elif kind == "exclusiveGateway":
            report.at(flow, ASSUMED_DEFAULT if assumed_default(scope, source) is flow else CONDITION_MISSING)


def _direction(report: Report, scope: Scope, gateway: Element) -> None:
    direction = gateway.get("gatewayDirection", "Unspecified")
    ways_in, ways_out = len(scope.into(gateway)), len(scope.out_of(gateway))
    wrong = (
        (direction == "Converging" and ways_out > 1)
        or (direction == "Diverging" and ways_in > 1)
        or (direction == "Mixed" and (ways_in < 2 or ways_out < 2))
        or (direction == "Converging" and ways_in < 2)
        or (direction == "Diverging" and ways_out < 2)
    )
    if wrong:
        report.at(gateway, DIRECTION, direction=direction, incoming=ways_in, outgoing=ways_out)
    elif ways_in == 1 and ways_out == 1:
        report.at(gateway, GATEWAY_ALONE)


def _event_gateway(report: Report, scope: Scope, gateway: Element) -> None:
    flows = scope.out_of(gateway)
    if len(flows) < 2:
        report.at(gateway, EVENT_GATEWAY_FEW, count=len(flows))
    if is_true(gateway.get("instantiate")) and scope.into(gateway):
        report.at(gateway, EVENT_GATEWAY_START)
    targets = [scope.nodes[ref] for flow in flows if (ref := reference(flow.get("targetRef")) or "") in scope.nodes]
    for target in targets:
        if not _may_follow(report, target):
            report.at(target, EVENT_GATEWAY_TARGET, kind=_shown_kind(report, target))
        if len(scope.into(target)) > 1:
            report.at(target, EVENT_GATEWAY_SHARED)
        if local(target) == "receiveTask" and scope.attached(target):
            report.at(target, EVENT_GATEWAY_GUARDED)
    messages = [each for each in targets if "message" in report.model.kinds_of(each)]
    if messages and any(local(target) == "receiveTask" for target in targets):
        report.at(gateway, EVENT_GATEWAY_MIXED)


def _may_follow(report: Report, target: Element) -> bool:
    if local(target) == "receiveTask":
        return True
    kinds = set(report.model.kinds_of(target))
    allowed = {"message", "timer", "signal", "conditional"}
    return local(target) == "intermediateCatchEvent" and bool(kinds) and kinds <= allowed


def _shown_kind(report: Report, target: Element) -> str:
    kinds = report.model.kinds_of(target)
    return f"{local(target)} ({', '.join(kinds)})" if kinds else local(target)
