"""Compiles a BPMN file: read, translate dialects, check everything, lower each process."""

from __future__ import annotations

from engine.bpmn.compiled import CalledProcess, CompiledDefinition, CompiledFile, Knowledge, Start, UsedDecision, Uses
from engine.bpmn.dialects import translate
from engine.bpmn.expressions import Compiler, Text
from engine.bpmn.imported import take_in
from engine.bpmn.included import include
from engine.bpmn.lint import lint
from engine.bpmn.lowering import COMPILER_VERSION, Lowering
from engine.bpmn.model import Model, counted
from engine.bpmn.names import Element, camunda, children, is_true, local, text_of
from engine.bpmn.node import Event, Node
from engine.bpmn.nodes import read_node
from engine.bpmn.reader import Unreadable, read
from engine.findings import has_errors

EXPRESSIONS = {
    "conditionExpression",
    "condition",
    "loopCondition",
    "completionCondition",
    "activationCondition",
    "loopCardinality",
}


def compile_file(source: bytes, file: str, knowledge: Knowledge | None = None) -> CompiledFile:
    """
    Everything about one file. Never raises for a bad file: an unreadable one has one finding and no elements.

    `knowledge` lets references out of the file be checked; without it they are taken on trust.
    """
    try:
        root = read(source, file)
    except Unreadable as unreadable:
        return CompiledFile(file, (unreadable.finding,), (), {})
    translate(root)
    elements = counted(root)
    nowhere = take_in(root, file, knowledge)
    model = Model(root)
    if knowledge is not None and knowledge.rewrite is not None:
        _rewrite(model, knowledge)
    include(root, knowledge)
    findings = lint(model, file, knowledge, nowhere)
    if has_errors(findings):
        return CompiledFile(file, findings, (), elements)
    definitions = tuple(compile_process(model, process, knowledge) for process in model.processes)
    return CompiledFile(file, findings, definitions, elements)


def _rewrite(model: Model, knowledge: Knowledge) -> None:
    """Expressions of a registered dialect are checked as the FEEL they become."""
    rewrite = knowledge.rewrite
    for element in model.root.iter():
        if rewrite is not None and local(element) in EXPRESSIONS and element.text:
            element.text = rewrite(element.text)


def compile_process(model: Model, process: Element, knowledge: Knowledge | None) -> CompiledDefinition:
    """One process of a file without errors."""
    lowering = Lowering(model, process, knowledge)
    compiled = lowering.run()
    lowered = Model(lowering.root)
    nodes = _nodes(lowered)
    key = process.get("id", "")
    return CompiledDefinition(
        key=key,
        name=process.get("name") or key,
        executable=not model.is_draft(process),
        compiled=compiled,
        compiler_version=COMPILER_VERSION,
        source_map=dict(lowering.map),
        starts=_starts(lowered, nodes),
        uses=_uses(nodes),
        version_tag=process.get(camunda("versionTag")),
        time_to_live=process.get(camunda("historyTimeToLive")),
        candidate_starter_groups=_list(process.get(camunda("candidateStarterGroups"))),
        candidate_starter_users=_list(process.get(camunda("candidateStarterUsers"))),
        correlations=_correlations(nodes),
        documentation=next((text_of(each) for each in children(process, "documentation")), None),
    )


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _nodes(model: Model) -> dict[str, Node]:
    """Every node of the lowered process; expressions of a draft may not compile."""
    compiler = Compiler(lambda text, error: None)
    return {
        id: read_node(element, scope.out_of(element), model.library, compiler)
        for scope in model.scopes
        for id, element in scope.nodes.items()
    }


def _starts(model: Model, nodes: dict[str, Node]) -> tuple[Start, ...]:
    process = model.processes[0]
    body = model.body_of(process)
    found: list[Start] = []
    for element in body.of_kind("startEvent"):
        node = nodes[element.get("id", "")]
        for event in node.events or (Event("none"),):
            found.append(_start(element, node, event))
    if not found:
        found.append(Start("none", process.get("id", ""), ""))
    return tuple(found)


def _start(element: Element, node: Node, event: Event) -> Start:
    expression = None
    if event.timer is not None:
        expression = event.timer.text.source
    elif event.condition is not None:
        expression = event.condition.text
    return Start(
        kind=event.kind,  # type: ignore[arg-type]  # lint allows only the kinds a process can start by
        element=node.element,
        node=node.id,
        name=event.name.source if event.name is not None else None,
        expression=expression,
        timer=event.timer.kind if event.timer is not None else None,
        form_key=element.get(camunda("formKey")) or element.get(camunda("formRef")),
        initiator=node.initiator,
    )


def _uses(nodes: dict[str, Node]) -> Uses:
    """What the process needs from elsewhere, in the order of the drawing."""
    operations: list[tuple[str, str]] = []
    for node in nodes.values():
        named = [node.operation, *(event.operation for event in node.events)]
        operations += [(node.element, operation.name) for operation in named if operation is not None]
        operations += [(node.element, each.operation) for each in (*node.listeners, *node.task_listeners)]
    return Uses(
        processes=tuple(
            CalledProcess(node.element, node.call.key.literal, node.call.binding, _source(node.call.version))  # type: ignore[arg-type]
            for node in nodes.values()
            if node.call is not None
        ),
        decisions=tuple(
            UsedDecision(node.element, node.decision.ref.literal, node.decision.binding, _source(node.decision.version))  # type: ignore[arg-type]
            for node in nodes.values()
            if node.decision is not None
        ),
        operations=tuple(operations),
        forms=tuple(_forms(nodes)),
        user_tasks=tuple(node.element for node in nodes.values() if node.kind == "userTask"),
        messages=_names(nodes, "message"),
        signals=_names(nodes, "signal"),
    )


def _source(text: Text | None) -> str | None:
    return text.source if text is not None else None


def _forms(nodes: dict[str, Node]) -> list[tuple[str, str]]:
    found = []
    for node in nodes.values():
        key = node.user_task.form_key if node.user_task is not None else None
        if key is not None and key.literal:
            found.append((node.element, key.literal))
    return found


CATCHES = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})


def _correlations(nodes: dict[str, Node]) -> tuple[tuple[str, str, str], ...]:
    found = {
        (event.name.source, name, path.text): None
        for node in nodes.values()
        if node.kind in CATCHES
        for event in node.events
        if event.kind == "message" and event.name is not None and event.name.literal
        for name, path in event.keys
    }
    return tuple(found)


def _names(nodes: dict[str, Node], kind: str) -> tuple[str, ...]:
    names = {
        event.name.source: None
        for node in nodes.values()
        if node.kind in CATCHES
        for event in node.events
        if event.kind == kind and event.name is not None
    }
    return tuple(names)


__all__ = ["compile_file", "is_true"]
