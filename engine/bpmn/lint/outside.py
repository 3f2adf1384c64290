"""References out of the file: operations, decisions, forms, processes, groups. Asked only when they are known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from engine.bpmn.compiled import Knowledge, OperationOffer
from engine.bpmn.expressions import Compiler
from engine.bpmn.lint.reporting import Missing, Report
from engine.bpmn.names import GLOBAL_TASKS, Element, children, local
from engine.bpmn.node import Node, Operation
from engine.bpmn.nodes import read_node
from engine.findings import rule

OPERATION = Missing(
    "bpmn-operation-unknown",
    "The operation {operation} is not known here.",
    "Use a known operation: {known}.",
)
FOR_WORKERS = rule(
    "bpmn-topic-for-workers",
    "No operation is called {topic}: the process waits here until an outside worker has fetched and done it.",
    "Let a worker fetch this topic, or use an operation: {known}.",
    severity="note",
)
PARAMETER = Missing(
    "bpmn-operation-parameter",
    "The operation {operation} has no parameter {parameter}.",
    "Its parameters are: {known}.",
)
PARAMETER_MISSING = Missing(
    "bpmn-operation-parameter-missing",
    "The operation {operation} needs the parameter {parameter}.",
    "Add an input parameter of that name.",
)
LISTENER_OUTSIDE = Missing(
    "bpmn-listener-outside",
    "A listener calls {operation}, which takes its time outside; a listener cannot wait.",
    "Draw a service task for it.",
)
DECISION = Missing(
    "bpmn-decision-unknown",
    "The decision {decision} is in none of the files beside this one.",
    "Deploy the decision together with the process, or correct its id.",
)
FORM = Missing(
    "bpmn-form-unknown",
    "The form {form} is in none of the files beside this one.",
    "Draw the form, or correct the form key.",
)
PROCESS = Missing(
    "bpmn-process-unknown",
    "The called process {process} is not known.",
    "Deploy the process, or correct the called element.",
)
GROUP = Missing(
    "bpmn-group-unknown",
    "The candidate group {group} is not known.",
    "Use an existing group or role, or create it.",
)
LANE_GROUP = Missing(
    "bpmn-lane-group-unknown",
    "The task names nobody, so the lane {lane} is its candidate group, and there is no such group.",
    "Name the candidate groups of the task, or give the lane the name of a group.",
)


def check(report: Report, knowledge: Knowledge | None) -> None:
    if knowledge is None:
        return
    compiler = Compiler(lambda text, error: None)
    for scope in report.model.scopes:
        for element in scope.nodes.values():
            node = read_node(element, (), report.model.library, compiler)
            _operations(report, element, node, knowledge)
            _references(report, element, node, knowledge)


def _operations(report: Report, element: Element, node: Node, knowledge: Knowledge) -> None:
    offers = knowledge.operations
    if offers is None:
        return
    for operation in [node.operation, *(event.operation for event in node.events)]:
        if operation is not None:
            _operation(report, element, node, operation, offers)
    for listener in (*node.listeners, *node.task_listeners):
        offer = offers.get(listener.operation)
        if offer is None:
            report.at(element, OPERATION, operation=listener.operation, known=_list(offers))
        elif offer.effect == "outside":
            report.at(element, LISTENER_OUTSIDE, operation=listener.operation)


def _operation(report: Report, element: Element, node: Node, operation: Operation, offers: object) -> None:
    known: dict[str, OperationOffer] = dict(offers)  # type: ignore[call-overload]
    offer = known.get(operation.name)
    if offer is None and operation.external and not _is_slip(operation.name, known):
        report.at(element, FOR_WORKERS, topic=operation.name, known=_list(known))
        return
    if offer is None:
        report.at(element, OPERATION, operation=operation.name, known=_list(known))
        return
    given = {parameter.name for parameter in (*node.inputs, *operation.inputs)}
    for name in sorted(given - set(offer.parameters)):
        report.at(element, PARAMETER, operation=operation.name, parameter=name, known=", ".join(offer.parameters))
    for name in sorted(set(offer.required) - given):
        report.at(element, PARAMETER_MISSING, operation=operation.name, parameter=name)


def _is_slip(topic: str, known: Iterable[str]) -> bool:
    """Whether somebody meant one of our operations: it stands in their rooms (`card.…`), or nearly has their name."""
    rooms = {name.partition(".")[0] for name in known if "." in name}
    room, dot, _ = topic.partition(".")
    return bool(dot and room in rooms) or bool(get_close_matches(topic, list(known), n=1, cutoff=0.8))


def _list(known: object) -> str:
    names = sorted(known)  # type: ignore[call-overload]
    return ", ".join(names) or "(none)"


def _references(report: Report, element: Element, node: Node, knowledge: Knowledge) -> None:
    if node.decision is not None and knowledge.decisions is not None:
        ref = node.decision.ref.literal
        if ref is not None and ref not in knowledge.decisions:
            report.at(element, DECISION, decision=ref)
    if node.call is not None and knowledge.processes is not None:
        key = node.call.key.literal
        own = {each.get("id") for each in children(report.model.root, "process", *GLOBAL_TASKS)}
        if key is not None and key not in knowledge.processes and key not in own:
            report.at(element, PROCESS, process=key)
    if node.user_task is not None and local(element) == "userTask":
        _user_task(report, element, node, knowledge)


def _user_task(report: Report, element: Element, node: Node, knowledge: Knowledge) -> None:
    work = node.user_task
    if work is None:
        return
    form = work.form_key.literal if work.form_key is not None else None
    if knowledge.forms is not None and form and form not in knowledge.forms:
        report.at(element, FORM, form=form)
    if knowledge.groups is not None:
        for text in work.candidate_groups:
            if text.literal and text.literal not in knowledge.groups:
                report.at(element, GROUP, group=text.literal)
        named = work.assignee or work.candidate_users or work.candidate_groups
        if not named and node.lane and node.lane not in knowledge.groups:
            report.at(element, LANE_GROUP, lane=node.lane)
