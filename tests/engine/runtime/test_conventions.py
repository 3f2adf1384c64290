"""What diagrams of Camunda 7 and 8 say beside BPMN itself: it runs here as it runs there."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn import Knowledge, compile_file
from engine.errors import ScriptFailed
from engine.runtime import DecisionCall, OperationCall
from engine.runtime.memory import Memory
from tests.engine.runtime.drawing import HEAD, Case, boundary, chain, element, end, flow, process, start, user

ZEEBE = HEAD.replace("xmlns:camunda", 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda')


def said(*parts: str) -> str:
    return f"<extensionElements>{''.join(parts)}</extensionElements>"


def parameters(*given: str) -> str:
    return f"<camunda:inputOutput>{''.join(given)}</camunda:inputOutput>"


def given(name: str, value: str) -> str:
    return f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>'


def service(inside: str = "", topic: str = "k", **attributes: str) -> str:
    return element("serviceTask", "k", inside, camunda__type="external", camunda__topic=topic, **attributes)


def alone(*bodies: str, more: str = "", extra: str = "") -> str:
    ids = [each.split('id="', 1)[1].split('"', 1)[0] for each in bodies]
    return process(start() + "".join(bodies) + user("z") + end() + chain("s", *ids, "z", "e") + more, extra)


def zeebe(xml: str) -> str:
    return xml.replace(HEAD, ZEEBE)


def noted(told: list[tuple[str, str]]) -> Any:
    def note(call: OperationCall) -> dict[str, Any]:
        told.append((call.event, str(dict(call.inputs).get("text", ""))))
        return {}

    return note


# parameters -------------------------------------------------------------------------------------------------------------


def test_parameters_are_texts_lists_maps_and_scripts() -> None:
    values = parameters(
        given("plain", "A${n}"),
        given(
            "list",
            "<camunda:list><camunda:value>x</camunda:value><camunda:value>${n}</camunda:value>"
            "<camunda:script scriptFormat='feel'>n + 1</camunda:script></camunda:list>",
        ),
        given(
            "map",
            "<camunda:map><camunda:entry key='one'>${n}</camunda:entry><camunda:entry key='two'>"
            "<camunda:list><camunda:value>y</camunda:value></camunda:list></camunda:entry></camunda:map>",
        ),
        given("script", "<camunda:script scriptFormat='feel'>[n, n * 2]</camunda:script>"),
    )
    asked: list[Any] = []

    def take(call: OperationCall) -> dict[str, Any]:
        asked.append(dict(call.inputs))
        return {}

    Case(alone(service(said(values))), {"n": 2}, operations={"k": take})
    expected = {"plain": "A2", "list": ["x", 2, 3], "map": {"one": 2, "two": ["y"]}, "script": [2, 4]}
    assert asked == [expected]


def test_fields_are_parameters_too() -> None:
    fields = said(
        '<camunda:field name="a" stringValue="x"/><camunda:field name="b"><camunda:expression>${n}</camunda:expression>'
        '</camunda:field><camunda:field name="c"><camunda:string>y</camunda:string></camunda:field>'
    )
    asked: list[Any] = []
    task = element("serviceTask", "k", fields, camunda__delegateExpression="${print}")

    def take(call: OperationCall) -> dict[str, Any]:
        asked.append(dict(call.inputs))
        return {}

    Case(alone(task), {"n": 2}, operations={"print": take})
    assert asked == [{"a": "x", "b": 2, "c": "y"}]


def test_a_connector_is_an_operation_by_its_id() -> None:
    inner = parameters(
        given("url", "${where}"), '<camunda:outputParameter name="seen">${status}</camunda:outputParameter>'
    )
    connector = (
        f"<camunda:connector>{inner}<camunda:connectorId>http-connector</camunda:connectorId></camunda:connector>"
    )
    task = element("serviceTask", "k", said(connector))
    case = Case(alone(task), {"where": "here"}, outside=frozenset({"http-connector"}))
    (call,) = case.memory.calls.values()
    assert (call.operation, call.inputs) == ("http-connector", {"url": "here"})
    case.memory.finish(call.token, {"status": 200})
    assert case.variables == {"where": "here", "seen": 200}


@pytest.mark.parametrize("how", ["class", "delegateExpression", "expression"])
def test_class_and_delegate_are_names_and_an_expression_is_computed(how: str) -> None:
    value = {"class": "k", "delegateExpression": "${k}", "expression": "${n + 1}"}[how]
    task = element("serviceTask", "k", camunda__resultVariable="got", **{f"camunda__{how}": value})
    case = Case(alone(task), {"n": 1}, operations={"k": lambda call: {"m": 2}})
    assert case.variables["got"] == (2 if how == "expression" else {"m": 2})


# listeners --------------------------------------------------------------------------------------------------------------


def test_listeners_of_processes_flows_and_events_call_operations_or_compute() -> None:
    told: list[tuple[str, str]] = []
    call = '<camunda:executionListener event="{}" class="note"><camunda:field name="text" stringValue="{}"/>'
    call += "</camunda:executionListener>"
    process_listeners = said(call.format("start", "process"), call.format("end", "process"))
    computing = said(
        '<camunda:executionListener event="start" expression="= {seen: n + 1}"/>',
        '<camunda:executionListener event="end"><camunda:script scriptFormat="feel">{left: seen + 1}</camunda:script>'
        "</camunda:executionListener>",
    )
    arrow = f'<sequenceFlow id="f" sourceRef="s" targetRef="a">{said(call.format("take", "flow"))}</sequenceFlow>'
    body = process_listeners + start() + user("a", computing) + end("e", said(call.format("start", "end")))
    case = Case(process(body + arrow + chain("a", "e")), {"n": 1}, operations={"note": noted(told)})
    assert case.variables == {"n": 1, "seen": 2}
    case.do("a")
    assert case.variables["left"] == 3
    assert told == [("start", "process"), ("take", "flow"), ("start", "end"), ("end", "process")]


def test_task_listeners_are_called_when_a_task_is_created_given_done_taken_away() -> None:
    told: list[tuple[str, str]] = []
    events = ("create", "assignment", "complete", "delete")
    listeners = said(*(f'<camunda:taskListener event="{event}" delegateExpression="${{note}}"/>' for event in events))
    timeout = boundary("x", "a", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>")
    drawn = alone(user("a", listeners, camunda__assignee="anna"), more=timeout + end("e2") + chain("x", "e2"))
    Case(drawn, operations={"note": noted(told)}).do("a")
    Case(drawn, operations={"note": noted(told)}).wait(hours=2)
    assert [event for event, _ in told] == ["create", "assignment", "complete", "create", "assignment", "delete"]


@pytest.mark.parametrize("how", ["operation", "script"])
def test_a_timeout_listener_is_called_when_its_time_has_come(how: str) -> None:
    told: list[tuple[str, str]] = []
    time = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    called = (
        ('class="note">', "")
        if how == "operation"
        else (">", "<camunda:script scriptFormat='feel'>{late: true}</camunda:script>")
    )
    listener = f'<camunda:taskListener id="l" event="timeout" {called[0]}{called[1]}{time}</camunda:taskListener>'
    case = Case(alone(user("a", said(listener))), operations={"note": noted(told)})
    assert (told, case.tasks) == ([], ["a"])
    case.wait(hours=2)
    assert case.tasks == ["a"]
    assert told == [("execute", "")] if how == "operation" else case.variables == {"late": True}


# jobs -------------------------------------------------------------------------------------------------------------------


def test_jobs_have_priorities_retries_and_may_run_beside_each_other() -> None:
    retry = "<camunda:failedJobRetryTimeCycle>R${n}/PT10M</camunda:failedJobRetryTimeCycle>"
    drawn = alone(
        service(said(retry), camunda__asyncBefore="true", camunda__exclusive="false", camunda__taskPriority="${n}")
    )
    drawn = drawn.replace('<process id="P"', '<process id="P" camunda:jobPriority="7" camunda:taskPriority="1"')
    case = Case(drawn, {"n": 4})
    (job,) = case.memory.calls.values()
    assert (job.kind, job.retries, job.priority, job.exclusive) == ("continue", "R4/PT10M", 7, False)
    case.memory.finish(job.token)
    (fetched,) = case.memory.calls.values()
    assert (fetched.kind, fetched.priority) == ("external", 4)


def test_a_priority_that_is_no_number_is_a_mistake_of_the_diagram() -> None:
    with pytest.raises(ScriptFailed, match="priority-not-a-number"):
        Case(alone(service(camunda__taskPriority="high")))


def test_each_instance_of_a_multi_instance_may_begin_by_a_job() -> None:
    retry = said("<camunda:failedJobRetryTimeCycle>R2/PT1M</camunda:failedJobRetryTimeCycle>")
    loop = '<multiInstanceLoopCharacteristics camunda:asyncBefore="true" camunda:collection="${people}" '
    loop += f'camunda:elementVariable="p">{retry}</multiInstanceLoopCharacteristics>'
    case = Case(alone(user("a", loop)), {"people": ["anna", "boris"]})
    assert (case.tasks, [call.retries for call in case.memory.calls.values()]) == ([], ["R2/PT1M"] * 2)
    for token in list(case.memory.calls):
        case.memory.finish(token)
    assert case.tasks == ["a", "a"]


# errors -----------------------------------------------------------------------------------------------------------------


def test_a_boundary_event_keeps_code_and_message_of_an_error() -> None:
    thrown = element("endEvent", "t", '<errorEventDefinition errorRef="er"/>')
    inner = element("subProcess", "sp", start("is") + thrown + chain("is", "t"))
    variables = 'camunda:errorCodeVariable="code" camunda:errorMessageVariable="why"'
    caught = boundary("x", "sp", f"<errorEventDefinition {variables}/>") + user("h") + chain("x", "h")
    drawn = alone(inner, more=caught).replace('errorCode="E1"', 'errorCode="E1" camunda:errorMessage="no paper"')
    case = Case(drawn)
    assert (case.tasks, case.variables) == (["h"], {"code": "E1", "why": "no paper"})


def test_a_boundary_event_keeps_the_code_of_an_escalation() -> None:
    thrown = element("endEvent", "t", '<escalationEventDefinition escalationRef="es"/>')
    inner = element("subProcess", "sp", start("is") + thrown + chain("is", "t"))
    caught = boundary("x", "sp", '<escalationEventDefinition camunda:escalationCodeVariable="code"/>') + user("h")
    assert Case(alone(inner, more=caught + chain("x", "h"))).variables == {"code": "X1"}


# conditions, decisions, starts ------------------------------------------------------------------------------------------


def test_a_condition_is_looked_at_when_its_variable_changes() -> None:
    condition = '<conditionalEventDefinition camunda:variableName="sum"><condition>${sum > 5}</condition>'
    condition += "</conditionalEventDefinition>"
    case = Case(alone(element("intermediateCatchEvent", "c", condition)), {"sum": 1})
    case.memory.act(lambda run: run.set_variables({"other": 9}))
    assert case.tasks == []
    case.memory.act(lambda run: run.set_variables({"sum": 9}))
    assert case.tasks == ["z"]


def test_a_variable_may_be_named_like_a_function() -> None:
    condition = "<conditionalEventDefinition><condition>${count > 5}</condition></conditionalEventDefinition>"
    case = Case(alone(element("intermediateCatchEvent", "c", condition)), {"count": 1})
    case.memory.act(lambda run: run.set_variables({"count": 9}))
    assert case.tasks == ["z"]


def test_a_decision_is_found_by_its_binding() -> None:
    asked: list[DecisionCall] = []

    def decide(call: DecisionCall) -> list[Any]:
        asked.append(call)
        return [{"term": 30}]

    attributes = {"camunda__decisionRef": "${which}", "camunda__decisionRefBinding": "version"}
    attributes |= {"camunda__decisionRefVersion": "3", "camunda__resultVariable": "t"}
    Case(alone(element("businessRuleTask", "k", **attributes)), {"which": "terms"}, decisions=decide)
    assert (asked[0].ref, asked[0].binding, asked[0].version) == ("terms", "version", "3")


def test_the_initiator_is_kept_and_the_form_of_the_start_is_known() -> None:
    xml = process(
        start("s", camunda__initiator="who", camunda__formKey="begin")
        + user("a", camunda__formRef="look")
        + end()
        + chain("s", "a", "e")
    )
    (made,) = compile_file(xml.encode(), "x.bpmn").definitions
    assert (made.starts[0].initiator, made.starts[0].form_key) == ("who", "begin")
    case = Case(xml)
    assert case.task("a").form_key == "look"


def test_a_version_tag_is_kept() -> None:
    xml = alone().replace(
        '<process id="P"', '<process id="P" camunda:versionTag="1.2" camunda:historyTimeToLive="P90D"'
    )
    (made,) = compile_file(xml.encode(), "x.bpmn").definitions
    assert (made.version_tag, made.time_to_live) == ("1.2", "P90D")


def test_properties_of_a_task_are_kept_for_its_screen() -> None:
    told = said('<camunda:properties><camunda:property id="p" name="kind" value="visa"/></camunda:properties>')
    case = Case(alone(user("a", told)))
    assert case.office.definitions["P"][-1].nodes["a"].properties == {"kind": "visa"}


def test_a_script_may_stand_in_a_file_beside_the_diagram() -> None:
    task = element(
        "scriptTask", "k", scriptFormat="feel", camunda__resource="deployment://sum.feel", camunda__resultVariable="r"
    )
    files = {"sum.feel": b"a + 1", "yes.feel": b"r = 2"}
    gate = '<exclusiveGateway id="g" default="n"/>' + flow("g", "z", id="n")
    gate += '<sequenceFlow id="y" sourceRef="g" targetRef="b"><conditionExpression xsi:type="tFormalExpression" '
    gate += 'camunda:resource="yes.feel"/></sequenceFlow>'
    told = said(
        parameters('<camunda:inputParameter name="x"><camunda:script resource="sum.feel"/></camunda:inputParameter>')
    )
    body = start() + task + gate + user("b", told) + user("z") + end() + chain("s", "k", "g") + chain("b", "e")
    case = Case(process(body), {"a": 1}, knowledge=Knowledge(files=files.get))
    assert case.tasks == ["b"]
    assert case.memory.variables(case.task("b").scope) == {"x": 2}
    alone_ = compile_file(process(body).encode(), "x.bpmn")
    assert [found.code for found in alone_.findings if found.severity == "error"] == ["bpmn-script-resource"] * 3


# calls ------------------------------------------------------------------------------------------------------------------

CALLED = f'<process id="Q" isExecutable="true">{start("qs")}{user("qu")}{end("qe")}{chain("qs", "qu", "qe")}</process>'


def called(*parts: str, **attributes: str) -> Case:
    call = element("callActivity", "c", said(*parts), calledElement="Q", **attributes)
    return Case(alone(call, extra=CALLED), {"a": 1, "b": 2}, business_key="K")


def test_a_call_passes_what_is_named_all_or_what_is_local() -> None:
    local = parameters(given("own", "x"))
    for parts, seen in (
        (
            ('<camunda:in source="a" target="x"/>', '<camunda:in sourceExpression="${a + b}" target="y"/>'),
            {"x": 1, "y": 3},
        ),
        (('<camunda:in variables="all"/>',), {"a": 1, "b": 2}),
        ((local, '<camunda:in variables="all" local="true"/>'), {"own": "x"}),
        (('<camunda:in businessKey="K-${b}"/>',), {"businessKey": "K-2"}),
    ):
        case = called(*parts)
        assert case.memory.variables(case.task("qu").scope) == seen


def test_a_call_takes_back_what_is_named_or_all_and_may_keep_it_to_itself() -> None:
    output = parameters('<camunda:outputParameter name="kept">${r + 1}</camunda:outputParameter>')
    for parts, left in (
        (
            ('<camunda:out source="r" target="m"/>', '<camunda:out sourceExpression="${r * 2}" target="n"/>'),
            {"m": 5, "n": 10},
        ),
        (('<camunda:out variables="all"/>',), {"r": 5}),
        ((output, '<camunda:out variables="all" local="true"/>'), {"kept": 6}),
    ):
        case = called(*parts).do("qu", r=5)
        assert case.variables == {"a": 1, "b": 2, **left}


def test_an_operation_may_say_what_goes_in_and_comes_back() -> None:
    def mapping(call: OperationCall) -> dict[str, Any]:
        return (
            {"x": call.inputs["a"] + 1} if call.event == "mapInput" else {"back": call.inputs["x"] + call.inputs["r"]}
        )

    call = element("callActivity", "c", calledElement="Q", camunda__variableMappingDelegateExpression="${mapping}")
    case = Case(alone(call, extra=CALLED), {"a": 1}, operations={"mapping": mapping})
    assert case.memory.variables(case.task("qu").scope) == {"x": 2}
    assert case.do("qu", r=5).variables == {"a": 1, "back": 7}


def test_a_call_names_the_version_it_means() -> None:
    def version(task: str) -> str:
        body = start("qs") + user(task) + chain("qs", task)
        return f'{HEAD}<process id="Q" isExecutable="true">{body}</process></definitions>'

    binding = {"camunda__calledElementBinding": "version", "camunda__calledElementVersion": "1"}
    call = element("callActivity", "c", calledElement="${which}", **binding)
    case = Case(version("old"), key="Q")
    case.deploy(version("new"))
    case.deploy(process(start() + call + end() + chain("s", "c", "e")))
    begun = Memory.begin(case.office.definitions["P"][-1], case.office, {"which": "Q"})
    assert [task.element for task in begun.tasks.values()] == ["old"]


def test_a_case_is_work_for_an_outside_worker() -> None:
    call = element("callActivity", "c", camunda__caseRef="claims")
    case = Case(alone(call))
    (asked,) = case.memory.calls.values()
    assert (asked.kind, asked.operation) == ("external", "claims")
    assert "bpmn-case-outside" in [found.code for found in compile_file(alone(call).encode(), "x").findings]


# Zeebe ------------------------------------------------------------------------------------------------------------------


def test_a_zeebe_job_has_a_type_retries_headers_and_mappings() -> None:
    told = said(
        '<zeebe:taskDefinition type="print" retries="7"/>',
        '<zeebe:taskHeaders><zeebe:header key="paper" value="A4"/></zeebe:taskHeaders>',
        '<zeebe:ioMapping><zeebe:input source="=n + 1" target="copies"/>'
        '<zeebe:output source="=pages * 2" target="order.pages"/></zeebe:ioMapping>',
        '<zeebe:jobPriorityDefinition priority="= n * 10"/>',
    )
    case = Case(zeebe(alone(element("serviceTask", "k", told))), {"n": 1, "order": {"id": 7}})
    (call,) = case.memory.calls.values()
    assert (call.operation, call.inputs, call.retries, call.priority) == (
        "print",
        {"copies": 2, "paper": "A4"},
        "R7",
        10,
    )
    case.memory.finish(call.token, {"pages": 3})
    assert case.variables == {"n": 1, "order": {"id": 7, "pages": 6}}


def test_a_zeebe_task_says_who_until_when_how_urgent_and_by_which_form() -> None:
    told = said(
        "<zeebe:userTask/>",
        '<zeebe:assignmentDefinition assignee="=boss" candidateGroups="clerks" candidateUsers="=[&quot;clara&quot;]"/>',
        '<zeebe:taskSchedule dueDate="=due" followUpDate="2026-11-25T00:00:00Z"/>',
        '<zeebe:priorityDefinition priority="=30 + 5"/>',
        '<zeebe:formDefinition formId="approve"/>',
        '<zeebe:taskHeaders><zeebe:header key="colour" value="red"/></zeebe:taskHeaders>',
    )
    case = Case(zeebe(alone(user("a", told))), {"boss": "boris", "due": "2026-12-01T00:00:00Z"})
    task = case.task("a")
    assert (task.assignee, task.candidate_groups, task.candidate_users) == ("boris", ("clerks",), ("clara",))
    assert (task.priority, task.form_key, task.due.day, task.follow_up.day) == (35, "approve", 1, 25)
    assert case.office.definitions["P"][-1].nodes["a"].properties == {"colour": "red"}


def test_a_zeebe_script_and_decision_keep_their_result() -> None:
    computed = element("scriptTask", "k", said('<zeebe:script expression="=a + 1" resultVariable="r"/>'))
    asked = said(
        '<zeebe:calledDecision decisionId="terms" resultVariable="t" bindingType="versionTag" versionTag="v1"/>'
    )
    seen: list[DecisionCall] = []

    def decide(call: DecisionCall) -> list[Any]:
        seen.append(call)
        return [{"days": 30}]

    case = Case(zeebe(alone(computed, element("businessRuleTask", "d", asked))), {"a": 1}, decisions=decide)
    assert (case.variables["r"], seen[0].ref, seen[0].binding, seen[0].version) == (2, "terms", "versionTag", "v1")


def test_a_zeebe_call_passes_all_variables_both_ways_unless_told_otherwise() -> None:
    for attributes, mapping, left in (
        ("", "", {"a": 1, "b": 2, "r": 5}),
        ('propagateAllChildVariables="false"', "", {"a": 1, "b": 2}),
        ("", '<zeebe:ioMapping><zeebe:output source="=r + 1" target="m"/></zeebe:ioMapping>', {"a": 1, "b": 2, "m": 6}),
    ):
        called_ = f'<zeebe:calledElement processId="Q" {attributes}/>'
        call = element("callActivity", "c", said(called_, mapping))
        case = Case(zeebe(alone(call, extra=CALLED)), {"a": 1, "b": 2})
        assert case.memory.variables(case.task("qu").scope) == {"a": 1, "b": 2}
        assert case.do("qu", r=5).variables == left
    closed = said('<zeebe:calledElement processIdExpression="=which" propagateAllParentVariables="false"/>')
    case = Case(zeebe(alone(element("callActivity", "c", closed), extra=CALLED)), {"which": "Q"})
    assert case.memory.variables(case.task("qu").scope) == {}


def test_a_zeebe_multi_instance_collects_what_each_gave() -> None:
    loop = '<zeebe:loopCharacteristics inputCollection="=people" inputElement="p" outputCollection="votes" '
    loop += 'outputElement="=p + vote"/>'
    inside = f"<multiInstanceLoopCharacteristics>{said(loop)}</multiInstanceLoopCharacteristics>"
    case = Case(zeebe(alone(user("a", inside))), {"people": ["x", "y"]})
    case.do("a", vote="1").do("a", vote="2")
    assert case.variables["votes"] == ["x1", "y2"]


def test_a_zeebe_message_is_for_the_instance_with_its_key() -> None:
    drawn = zeebe(alone(element("receiveTask", "r", messageRef="m3")))
    key = said('<zeebe:subscription correlationKey="=order"/>')
    message = f'<message id="m3" name="paid">{key}</message>'
    drawn = drawn.replace('<message id="m"', message + '<message id="m"')
    case = Case(drawn, {"order": 7})
    assert not case.message("paid", {"correlationKey": 8})
    assert case.message("paid", {"correlationKey": 7})


def test_zeebe_listeners_call_operations() -> None:
    told: list[tuple[str, str]] = []
    listeners = said(
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="note"><zeebe:taskHeaders>'
        '<zeebe:header key="text" value="hi"/></zeebe:taskHeaders></zeebe:executionListener></zeebe:executionListeners>',
        "<zeebe:taskListeners>"
        + "".join(
            f'<zeebe:taskListener eventType="{event}" type="note"/>'
            for event in ("creating", "assigning", "completing", "canceling")
        )
        + "</zeebe:taskListeners>",
        '<zeebe:assignmentDefinition assignee="anna"/>',
    )
    Case(zeebe(alone(user("a", listeners))), operations={"note": noted(told)}).do("a")
    assert told == [("start", "hi"), ("create", ""), ("assignment", ""), ("complete", "")]


def test_a_zeebe_ad_hoc_sub_process_offers_what_it_chooses_and_collects_results() -> None:
    told = said('<zeebe:adHoc activeElementsCollection="=chosen" outputCollection="results" outputElement="=answer"/>')
    inner = element("adHocSubProcess", "ah", told + user("a") + user("b") + user("c"))
    case = Case(zeebe(alone(inner)), {"chosen": ["a", "c"]})
    assert case.tasks == ["a", "c"]
    case.do("a", answer=1).do("c", answer=2)
    assert (case.tasks, case.variables["results"]) == (["z"], [1, 2])
    with pytest.raises(ScriptFailed, match="ad-hoc-elements"):
        Case(zeebe(alone(inner)), {"chosen": ["nobody"]})


def test_a_zeebe_condition_watches_the_variables_it_names() -> None:
    watched = said('<zeebe:conditionalFilter variableNames="sum, total"/>')
    condition = f"<conditionalEventDefinition>{watched}<condition>= sum &gt; 5</condition></conditionalEventDefinition>"
    case = Case(zeebe(alone(element("intermediateCatchEvent", "c", condition))), {"sum": 1})
    assert set(next(iter(case.memory.waits.values())).names) == {"sum", "total"}


def test_a_zeebe_process_has_its_version_tag() -> None:
    xml = zeebe(alone()).replace("<startEvent", said('<zeebe:versionTag value="1.2"/>') + "<startEvent", 1)
    (made,) = compile_file(xml.encode(), "x.bpmn").definitions
    assert made.version_tag == "1.2"
