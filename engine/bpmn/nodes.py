"""Reads a flow node's meaning out of its XML: Camunda's conventions and BPMN's own, compiled into a `Node`."""

from __future__ import annotations

from collections.abc import Iterable

from engine import feel
from engine.bpmn import events as event_reading
from engine.bpmn.expressions import FEEL_FORMATS, Compiler, Text, stated_text
from engine.bpmn.library import Library
from engine.bpmn.names import (
    COMPILED,
    Element,
    bpmn,
    camunda,
    child,
    children,
    extensions,
    is_true,
    local,
    reference,
    text_of,
)
from engine.bpmn.node import Call, Collected, Decision, Flow, Loop, Node, Operation, Script, UserTask
from engine.bpmn.parameters import read_data, read_listeners, read_mappings, read_parameters


def drawn_id(element: Element) -> str:
    """Id of what the analyst drew: generated elements say it themselves."""
    id: str = element.get(f"{{{COMPILED}}}element") or element.get("id", "")
    return id


def read_node(element: Element, flows: Iterable[Element], library: Library, compiler: Compiler) -> Node:
    """Everything the run time needs to know of one flow node. `flows` are the sequence flows out of it, in order."""
    kind = element.get(f"{{{COMPILED}}}kind") or local(element)
    own = local(element)
    script = read_script(element, compiler) if own == "scriptTask" else read_computed(element, compiler)
    return Node(
        id=element.get("id", ""),
        element=drawn_id(element),
        kind=kind,
        name=element.get("name", ""),
        lane=library.lane_of(element),
        documentation=text_of(child(element, "documentation")),
        flows=tuple(read_flow(flow, element.get("default"), compiler) for flow in flows),
        events=event_reading.read_events(element, library, compiler),
        loop=read_loop(element, library, compiler),
        user_task=read_user_task(element, library, compiler) if own in ("userTask", "manualTask", "task") else None,
        operation=read_operation(element, library, compiler),
        decision=read_decision(element, compiler) if own == "businessRuleTask" else None,
        call=read_call(element, compiler) if own == "callActivity" else None,
        script=script,
        inputs=read_parameters(element, "inputParameter", compiler),
        outputs=read_parameters(element, "outputParameter", compiler),
        data=read_data(element, compiler),
        listeners=read_listeners(element, "executionListener", compiler),
        task_listeners=read_listeners(element, "taskListener", compiler),
        async_before=is_true(element.get(camunda("asyncBefore"))) or is_true(element.get(camunda("async"))),
        async_after=is_true(element.get(camunda("asyncAfter"))),
        exclusive=element.get(camunda("exclusive"), "true") != "false",
        retries=_retries(element, compiler),
        job_priority=_text(_said(element, "jobPriority"), compiler),
        task_priority=_text(_said(element, "taskPriority"), compiler),
        interrupting=_interrupting(element),
        parallel=is_true(element.get("parallelMultiple")),
        attached_to=reference(element.get("attachedToRef")),
        start_quantity=_quantity(element.get("startQuantity")),
        completion_quantity=_quantity(element.get("completionQuantity")),
        for_compensation=is_true(element.get("isForCompensation")),
        compensation_handler=element.get(f"{{{COMPILED}}}handler"),
        triggered_by_event=is_true(element.get("triggeredByEvent")),
        activation=_expression(text_of(child(element, "activationCondition")), compiler),
        ad_hoc_completion=_expression(text_of(child(element, "completionCondition")), compiler),
        ad_hoc_sequential=element.get("ordering") == "Sequential",
        cancel_remaining=element.get("cancelRemainingInstances", "true") != "false",
        active_elements=_expression(element.get(f"{{{COMPILED}}}activeElements"), compiler),
        collects=_collected(element, compiler),
        instantiate=is_true(element.get("instantiate")),
        initiator=element.get(camunda("initiator")),
        properties=read_properties(element),
    )


def _said(element: Element, name: str) -> str | None:
    """A Camunda attribute of the element, else of its process."""
    own: str | None = element.get(camunda(name))
    if own is not None:
        return own
    process = next(element.iterancestors(bpmn("process")), None)
    return None if process is None else process.get(camunda(name))


def _collected(element: Element, compiler: Compiler) -> Collected | None:
    variable = element.get(f"{{{COMPILED}}}collects")
    text = element.get(f"{{{COMPILED}}}collected")
    return Collected(variable, compiler.expression(text or "null")) if variable else None


def _quantity(text: str | None) -> int:
    return int(text) if text is not None and text.strip().isdecimal() else 1


def _interrupting(element: Element) -> bool:
    if local(element) == "boundaryEvent":
        return bool(element.get("cancelActivity", "true") != "false")
    return bool(element.get("isInterrupting", "true") != "false")


def _retries(element: Element, compiler: Compiler) -> Text | None:
    return _text(next((text_of(entry) for entry in extensions(element, "failedJobRetryTimeCycle")), None), compiler)


def _expression(text: str | None, compiler: Compiler) -> feel.Expression | None:
    return compiler.expression(text) if text else None


def _text(source: str | None, compiler: Compiler) -> Text | None:
    return compiler.text(source) if source is not None and source.strip() else None


def _texts(source: str | None, compiler: Compiler) -> tuple[Text, ...]:
    """A comma-separated list; commas inside `${…}` belong to the expression."""
    if not source or not source.strip():
        return ()
    whole = compiler.text(source)
    if whole.literal is None:
        return (whole,) if len(whole.pieces) == 1 else tuple(compiler.text(part) for part in _split(source))
    return tuple(compiler.text(part) for part in source.split(",") if part.strip())


def _split(source: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in source:
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [part.strip() for part in [*parts, current] if part.strip()]


def read_flow(flow: Element, default: str | None, compiler: Compiler) -> Flow:
    return Flow(
        id=flow.get("id", ""),
        element=drawn_id(flow),
        target=reference(flow.get("targetRef")) or "",
        condition=_expression(stated_text(child(flow, "conditionExpression")), compiler),
        default=default is not None and flow.get("id") == default,
        listeners=read_listeners(flow, "executionListener", compiler),
    )


def read_properties(element: Element) -> dict[str, str]:
    return {
        entry.get("name", ""): entry.get("value", "")
        for box in extensions(element, "properties")
        for entry in box
        if isinstance(entry.tag, str) and entry.get("name")
    }


def read_user_task(element: Element, library: Library, compiler: Compiler) -> UserTask:
    users, groups = _resource_roles(element, library)
    assignee = element.get(camunda("assignee")) or _performer(element)
    return UserTask(
        assignee=_text(assignee, compiler),
        candidate_users=_texts(element.get(camunda("candidateUsers")), compiler)
        + tuple(compiler.text(user) for user in users),
        candidate_groups=_texts(element.get(camunda("candidateGroups")), compiler)
        + tuple(compiler.text(group) for group in groups),
        due=_text(element.get(camunda("dueDate")), compiler),
        follow_up=_text(element.get(camunda("followUpDate")), compiler),
        priority=_text(element.get(camunda("priority")), compiler),
        form_key=_text(element.get(camunda("formKey")) or element.get(camunda("formRef")), compiler),
    )


def _performer(element: Element) -> str | None:
    """Who does it: the human performer, or BPMN's general performer."""
    for role in children(element, "humanPerformer", "performer"):
        said = _assignment(role)
        if said is not None:
            return said
    return None


def _assignment(role: Element) -> str | None:
    """The expression by which a role names people."""
    box = child(role, "resourceAssignmentExpression")
    return text_of(next(children(box, "formalExpression", "expression"), None)) if box is not None else None


def _resource_roles(element: Element, library: Library) -> tuple[list[str], list[str]]:
    """
    BPMN's potential owners in Camunda's notation: `user(anna), group(clerks)`; a bare name is a group, and so is the name
    of a resource a role refers to.
    """
    users, groups = [], []
    for role in children(element, "potentialOwner", "resourceRole", "humanPerformer", "performer"):
        said = _assignment(role)
        resource = library.resources.get(reference(text_of(child(role, "resourceRef"))) or "")
        if said is None and resource:
            groups.append(resource)
        if local(role) not in ("potentialOwner", "resourceRole"):
            continue
        own_users, own_groups = users_and_groups(said or "")
        users += own_users
        groups += own_groups
    return users, groups


def users_and_groups(text: str) -> tuple[list[str], list[str]]:
    """Camunda's `user(anna), group(clerks), heads`."""
    users, groups = [], []
    for part in _split(text):
        if part.startswith("user(") and part.endswith(")"):
            users.append(part[5:-1].strip())
        else:
            groups.append(part[6:-1].strip() if part.startswith("group(") and part.endswith(")") else part)
    return users, groups


def read_operation(element: Element, library: Library, compiler: Compiler) -> Operation | None:
    """
    What a service, send or business rule task (or a throwing message event) calls.

    `camunda:type="external"` with a topic; or `camunda:delegateExpression="${name}"` / `camunda:class="name"` naming an
    operation: the name is only a name, nothing is evaluated. `camunda:expression="${…}"` is FEEL (see `read_script`).
    """
    name = element.get(camunda("topic"))
    external = element.get(camunda("type")) == "external" or name is not None
    if name is None:
        name = named_operation(element.get(camunda("delegateExpression"))) or element.get(camunda("class"))
    name = name or library.operation_of(element)
    if name is None:
        return None
    return Operation(
        name=name,
        external=external,
        result_variable=element.get(camunda("resultVariable")),
        inputs=read_parameters(element, "field", compiler),
        errors=tuple(
            (library.error_code(entry.get("errorRef")), compiler.expression(entry.get("expression", "")))
            for entry in extensions(element, "errorEventDefinition")
            if entry.get("expression")
        ),
    )


def named_operation(text: str | None) -> str | None:
    """The name in `${mail.send}`; it is only a name, nothing is evaluated."""
    return (text or "").strip().removeprefix("${").removeprefix("#{").removesuffix("}").strip() or None


def read_decision(element: Element, compiler: Compiler) -> Decision | None:
    ref = _text(element.get(camunda("decisionRef")), compiler)
    if ref is None:
        return None
    version = element.get(camunda("decisionRefVersion")) or element.get(camunda("decisionRefVersionTag"))
    return Decision(
        ref=ref,
        binding=element.get(camunda("decisionRefBinding"), "latest"),
        version=_text(version, compiler),
        result_variable=element.get(camunda("resultVariable")),
        map_result=element.get(camunda("mapDecisionResult"), "resultList"),
    )


def read_call(element: Element, compiler: Compiler) -> Call | None:
    key = _text(element.get("calledElement"), compiler)
    if key is None:
        return None
    version = element.get(camunda("calledElementVersion")) or element.get(camunda("calledElementVersionTag"))
    return Call(
        key=key,
        binding=element.get(camunda("calledElementBinding"), "latest"),
        version=_text(version, compiler),
        inputs=read_mappings(element, "in", compiler),
        outputs=read_mappings(element, "out", compiler),
        mapper=named_operation(
            element.get(camunda("variableMappingDelegateExpression")) or element.get(camunda("variableMappingClass"))
        ),
    )


def read_script(element: Element, compiler: Compiler) -> Script:
    """A FEEL script is compiled; of any other language the text is kept for a registered script handler."""
    language = element.get("scriptFormat", "").strip().lower()
    text = text_of(child(element, "script")) or ""
    compiled = compiler.expression(text) if language in FEEL_FORMATS and text and not _marked(element) else None
    return Script(language, text, compiled, element.get(camunda("resultVariable")))


COMPUTING = frozenset({"serviceTask", "sendTask", "businessRuleTask"})


def read_computed(element: Element, compiler: Compiler) -> Script | None:
    """`camunda:expression` of a task: a value is computed; no objects and no code are behind it."""
    text = element.get(camunda("expression"))
    if text is None or local(element) not in COMPUTING:
        return None
    return Script("feel", text, compiler.expression(text), element.get(camunda("resultVariable")))


def _marked(element: Element) -> bool:
    """Lowering marks scripts that a registered handler runs."""
    return bool(element.get(f"{{{COMPILED}}}script") == "handler")


def read_loop(element: Element, library: Library, compiler: Compiler) -> Loop | None:
    standard = child(element, "standardLoopCharacteristics")
    if standard is not None:
        maximum = standard.get("loopMaximum") or text_of(child(standard, "loopMaximum"))
        return Loop(
            "standard",
            condition=_expression(text_of(child(standard, "loopCondition")), compiler),
            maximum=_expression(maximum, compiler),
            test_before=is_true(standard.get("testBefore")),
        )
    multi = child(element, "multiInstanceLoopCharacteristics")
    return read_multi_instance(multi, library, compiler) if multi is not None else None


def read_multi_instance(multi: Element, library: Library, compiler: Compiler) -> Loop:
    collection = multi.get(camunda("collection")) or text_of(child(multi, "loopDataInputRef"))
    item = child(multi, "inputDataItem")
    output = child(multi, "outputDataItem")
    output_element = multi.get(f"{{{COMPILED}}}outputElement")
    return Loop(
        "sequential" if is_true(multi.get("isSequential")) else "parallel",
        cardinality=_expression(text_of(child(multi, "loopCardinality")), compiler),
        collection=_expression(collection, compiler),
        element_variable=multi.get(camunda("elementVariable")) or _item_name(item),
        output_collection=text_of(child(multi, "loopDataOutputRef")),
        output_variable=_item_name(output),
        output_element=_expression(output_element, compiler),
        completion=_expression(text_of(child(multi, "completionCondition")), compiler),
        behavior=multi.get("behavior", "All").lower(),
        one_event=event_reading.behavior_event(multi.get("oneBehaviorEventRef"), library, compiler),
        none_event=event_reading.behavior_event(multi.get("noneBehaviorEventRef"), library, compiler),
        complex_events=event_reading.complex_behavior(multi, library, compiler),
        async_before=is_true(multi.get(camunda("asyncBefore"))) or is_true(multi.get(camunda("async"))),
        retries=_retries(multi, compiler),
    )


def _item_name(item: Element | None) -> str | None:
    return None if item is None else item.get("name") or item.get("id")
