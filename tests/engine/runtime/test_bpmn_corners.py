"""The corners of BPMN: quantities, ad-hoc, complex gateways, behaviours, roles, global tasks, starts of other kinds."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn import compile_file
from engine.runtime import OperationCall, load
from engine.runtime.memory import Memory, Office
from tests.engine.runtime.drawing import (
    FORMAL,
    HEAD,
    MESSAGE,
    SIGNAL,
    Case,
    boundary,
    chain,
    element,
    end,
    escape,
    flow,
    process,
    start,
    user,
)


def alone(*bodies: str, more: str = "", extra: str = "") -> str:
    ids = [each.split('id="', 1)[1].split('"', 1)[0] for each in bodies]
    return process(start() + "".join(bodies) + user("z") + end() + chain("s", *ids, "z", "e") + more, extra)


def declared(xml: str, *entries: str) -> str:
    return xml.replace("<process", "".join(entries) + "<process", 1)


def test_so_many_tokens_begin_it_and_so_many_leave_it() -> None:
    fork = '<parallelGateway id="g"/>' + user("a") + user("b") + user("c", startQuantity="2", completionQuantity="3")
    body = start() + fork + user("z") + end() + chain("s", "g", "a", "c", "z", "e") + chain("g", "b", "c")
    case = Case(process(body))
    assert case.do("a").tasks == ["b"]
    assert case.do("b").tasks == ["c"]
    assert case.do("c").tasks == ["z", "z", "z"]


@pytest.mark.parametrize(("cancel", "left"), [("true", ["z"]), ("false", ["b"])])
def test_an_ad_hoc_sub_process_is_done_when_its_condition_says_so(cancel: str, left: list[str]) -> None:
    inner = user("a") + user("b") + f"<completionCondition {FORMAL}>enough</completionCondition>"
    offered = element("adHocSubProcess", "ah", inner, cancelRemainingInstances=cancel)
    case = Case(alone(offered), {"enough": False})
    assert case.tasks == ["a", "b"]
    assert case.do("a", enough=True).tasks == left
    ordered = Case(alone(element("adHocSubProcess", "ah", user("a") + user("b"), ordering="Sequential")))
    assert ordered.tasks == ["a"]
    assert ordered.do("a").do("b").tasks == ["z"]


def test_a_complex_gateway_fires_by_its_condition_and_starts_anew() -> None:
    two = f"<activationCondition {FORMAL}>{escape('activationCount >= 2')}</activationCondition>"
    body = start() + '<parallelGateway id="g"/>' + "".join(user(each) for each in "abc")
    body += element("complexGateway", "x", two) + user("z") + end()
    body += chain("s", "g") + "".join(chain("g", each, "x") for each in "abc") + chain("x", "z", "e")
    case = Case(process(body))
    assert case.do("a").tasks == ["b", "c"]
    assert case.do("b").tasks == ["c", "z"]
    assert case.do("c").tasks == ["z"]
    assert case.do("z").ended == "completed"


@pytest.mark.parametrize("kind", ["exclusiveGateway", "inclusiveGateway", "complexGateway"])
def test_a_gateway_takes_its_default_flow(kind: str) -> None:
    body = start() + element(kind, "g", default="d") + user("a") + user("b")
    body += chain("s", "g") + flow("g", "a", "sum > 5") + flow("g", "b", id="d")
    assert Case(process(body), {"sum": 1}).tasks == ["b"]
    assert Case(process(body), {"sum": 9}).tasks == ["a"]


def behaving(attributes: str, inside: str = "") -> str:
    """Three instances, whose signal a boundary event takes."""
    loop = f"<multiInstanceLoopCharacteristics {attributes}><loopCardinality {FORMAL}>3</loopCardinality>{inside}"
    several = user("a", loop + "</multiInstanceLoopCharacteristics>")
    caught = boundary("x", "a", SIGNAL) + user("told") + chain("x", "told")
    return declared(alone(several, more=caught), '<signalEventDefinition id="sd" signalRef="sg"/>')


def test_a_multi_instance_throws_what_its_behavior_says() -> None:
    each = Case(behaving('behavior="None" noneBehaviorEventRef="sd"'))
    assert each.do("a").do("a").tasks == ["a", "told", "told"]
    first = Case(behaving('behavior="One" oneBehaviorEventRef="sd"'))
    assert first.do("a").do("a").tasks == ["a", "told"]
    thrown = f'<event id="ie">{SIGNAL}</event>'  # an implicitThrowEvent
    condition = f"<condition {FORMAL}>nrOfCompletedInstances = 2</condition>"
    complex_ = f'<complexBehaviorDefinition id="cb">{condition}{thrown}</complexBehaviorDefinition>'
    some = Case(behaving('behavior="Complex"', complex_))
    assert some.do("a").tasks == ["a", "a"]
    assert some.do("a").tasks == ["told", "z"]


def test_an_event_may_share_a_definition() -> None:
    shared = '<messageEventDefinition id="md" messageRef="m"/><signalEventDefinition id="sd" signalRef="sg"/>'
    caught = element("intermediateCatchEvent", "c", "<eventDefinitionRef>md</eventDefinitionRef>")
    thrown = element("intermediateThrowEvent", "t", "<eventDefinitionRef>sd</eventDefinitionRef>")
    case = Case(declared(alone(caught, thrown), shared))
    assert case.message()
    assert [each.name for each in case.memory.signals] == ["S"]


def test_the_language_of_a_file_is_that_of_its_conditions() -> None:
    body = start() + '<exclusiveGateway id="g" default="d"/>' + user("a") + user("b") + chain("s", "g")
    body += flow("g", "a", "sum == 5 && !closed") + flow("g", "b", id="d")
    xml = process(body).replace('id="defs"', 'id="defs" expressionLanguage="java"')
    assert Case(xml, {"sum": 5, "closed": False}).tasks == ["a"]
    assert "bpmn-expression-language" in [each.code for each in compile_file(xml.encode(), "x").findings]
    own = process(body).replace(FORMAL, f'{FORMAL} language="groovy"')
    assert Case(own, {"sum": 5, "closed": True}).tasks == ["b"]


def test_a_task_shows_its_documentation() -> None:
    case = Case(alone(user("a", "<documentation>Look at page 2.</documentation>")))
    assert case.task("a").documentation == "Look at page 2."


def test_a_name_is_the_code_of_an_error_without_one() -> None:
    thrown = element("endEvent", "t", '<errorEventDefinition errorRef="named"/>')
    case = Case(declared(process(start() + thrown + chain("s", "t")), '<error id="named" name="Broken"/>'))
    assert case.memory.ended is not None
    assert (case.ended, case.memory.ended.code) == ("error", "Broken")


def beginning(kind: str) -> str:
    """A gateway that begins the process by a message or a signal, or by the first of both and then the other."""
    body = element("eventBasedGateway", "g", instantiate="true", eventGatewayType=kind)
    body += element("intermediateCatchEvent", "c", MESSAGE) + element("intermediateCatchEvent", "d", SIGNAL)
    body += user("a") + user("b") + '<parallelGateway id="j"/>' + user("z") + end()
    body += flow("g", "c") + flow("g", "d") + chain("c", "a") + chain("d", "b")
    return process(body + (chain("a", "j", "z", "e") + chain("b", "j") if kind == "Parallel" else ""))


def test_an_event_gateway_may_begin_a_process() -> None:
    (made,) = compile_file(beginning("Exclusive").encode(), "x").definitions
    assert [(each.kind, each.element) for each in made.starts] == [("message", "c"), ("signal", "d")]
    assert Case(beginning("Exclusive"), start="c").tasks == ["a"]
    (made,) = compile_file(beginning("Parallel").encode(), "x").definitions
    by_message, by_signal = made.starts
    case = Case(beginning("Parallel"), start=by_signal.node)
    assert (by_message.element, case.tasks, [each.name for each in case.memory.waits.values()]) == ("c", ["b"], ["M"])
    assert case.message()
    assert case.do("a").tasks == ["b"]
    assert case.do("b").tasks == ["z"]


def assigned(role: str, text: str) -> str:
    inside = f"<resourceAssignmentExpression><formalExpression>{text}</formalExpression></resourceAssignmentExpression>"
    return f'<{role} id="r_{role}">{inside}</{role}>'


def test_people_are_named_by_roles_and_resources() -> None:
    for role, seen in (
        (assigned("humanPerformer", "${boss}"), ("boris", (), ())),
        (assigned("performer", "anna").replace("formalExpression", "expression"), ("anna", (), ())),
        (assigned("potentialOwner", "user(clara), group(heads), clerks"), (None, ("clara",), ("heads", "clerks"))),
        (assigned("resourceRole", "clerks"), (None, (), ("clerks",))),
        ('<potentialOwner id="po"><resourceRef>re</resourceRef></potentialOwner>', (None, (), ("registrars",))),
    ):
        xml = declared(alone(user("a", role)), '<resource id="re" name="registrars"/>')
        task = Case(xml, {"boss": "boris"}).task("a")
        assert (task.assignee, task.candidate_users, task.candidate_groups) == seen


def test_a_global_task_is_called_like_a_task() -> None:
    declared_ = (
        '<globalUserTask id="gu" name="Look" camunda:assignee="anna"/><globalTask id="gt"/><globalManualTask id="gm"/>'
        '<globalScriptTask id="gs" scriptLanguage="feel"><script>{seen: 7}</script></globalScriptTask>'
        '<globalBusinessRuleTask id="gb" camunda:decisionRef="terms" camunda:resultVariable="term"/>'
    )
    calls = [element("callActivity", f"c_{each}", calledElement=each) for each in ("gt", "gm", "gs", "gb", "gu")]
    case = Case(declared(alone(*calls), declared_), decisions=lambda call: [{"days": 30}])
    assert (case.tasks, case.task("c_gu").assignee) == (["c_gu"], "anna")
    assert case.variables == {"seen": 7, "term": [{"days": 30}]}


def test_an_operation_of_an_interface_is_an_operation_of_the_office() -> None:
    office = '<interface id="i" name="Office"><operation id="o1" name="print"/>'
    office += '<operation id="o2" name="Send" implementationRef="mail:send"/></interface>'
    asked: list[str] = []

    def do(call: OperationCall) -> dict[str, Any]:
        asked.append(call.operation)
        return {}

    tasks = (element("serviceTask", "k", operationRef="o1"), element("sendTask", "n", operationRef="o2"))
    Case(declared(alone(*tasks), office), operations={"print": do, "send": do})
    assert asked == ["print", "send"]


def test_a_lane_inside_a_lane_is_nearer() -> None:
    inner = '<childLaneSet id="in"><lane id="l2" name="registrars"><flowNodeRef>a</flowNodeRef></lane></childLaneSet>'
    lanes = f'<laneSet id="ls"><lane id="l1" name="clerks"><flowNodeRef>a</flowNodeRef>{inner}</lane></laneSet>'
    assert Case(process(lanes + start() + user("a") + chain("s", "a"))).task("a").candidate_groups == ("registrars",)


def test_a_manual_task_and_a_task_pass() -> None:
    case = Case(alone(element("manualTask", "h"), element("task", "t")))
    assert case.trace() == ["s", "h", "t"]


def test_a_receive_task_may_begin_a_process() -> None:
    body = element("receiveTask", "r", messageRef="m", instantiate="true") + user("a") + chain("r", "a")
    (made,) = compile_file(process(body).encode(), "x").definitions
    assert [(each.kind, each.name) for each in made.starts] == [("message", "M")]
    assert Case(process(body), start="r").tasks == ["a"]
    waiting = Case(alone(element("receiveTask", "r", messageRef="m")))
    assert waiting.message()
    assert waiting.tasks == ["z"]


def test_a_send_task_throws_its_message() -> None:
    case = Case(alone(element("sendTask", "n", messageRef="m")))
    assert [each.name for each in case.memory.messages] == ["M"]


def looping(attributes: str, condition: str = "") -> str:
    said = f"<loopCondition {FORMAL}>{condition}</loopCondition>" if condition else ""
    loop = f"<standardLoopCharacteristics {attributes}>{said}</standardLoopCharacteristics>"
    return alone(user("a", loop))


def test_a_loop_tests_before_or_after_and_stops_at_its_maximum() -> None:
    assert Case(looping('testBefore="true"', "again"), {"again": False}).tasks == ["z"]
    after = Case(looping("", "again"), {"again": False})
    assert after.tasks == ["a"]
    assert after.do("a", again=True).tasks == ["a"]
    assert after.do("a", again=False).tasks == ["z"]
    at_most = Case(looping('loopMaximum="2"', "true"))
    assert at_most.do("a").do("a").tasks == ["z"]
    broken = compile_file(looping('loopMaximum="-1"').encode(), "x").findings
    assert [each.code for each in broken] == ["bpmn-loop-maximum"]


def test_a_throwing_compensation_may_go_on_at_once() -> None:
    undo = user("undo", isForCompensation="true") + '<association id="as" sourceRef="b" targetRef="undo"/>'
    compensated = boundary("b", "a", "<compensateEventDefinition/>") + undo
    for waits, tasks in (("true", ["undo"]), ("false", ["undo", "z"])):
        thrown = element("intermediateThrowEvent", "t", f'<compensateEventDefinition waitForCompletion="{waits}"/>')
        case = Case(alone(user("a"), thrown, more=compensated)).do("a")
        assert case.tasks == tasks
        assert case.do("undo").do("z").ended == "completed"


def test_async_alone_means_before() -> None:
    case = Case(alone(user("a", camunda__async="true")))
    assert [each.kind for each in case.memory.calls.values()] == ["continue"]


def test_a_call_names_a_version_by_its_tag() -> None:
    asked: list[tuple[str, str | None]] = []

    class Tagged(Office):
        def definition(self, key: str, **how: Any) -> Any:
            asked.append((how["binding"], how["version"]))
            return self.definitions[key][-1]

    office = Tagged()
    call = element(
        "callActivity",
        "c",
        calledElement="Q",
        camunda__calledElementBinding="versionTag",
        camunda__calledElementVersionTag="v7",
    )
    called = f'<process id="Q" isExecutable="true">{start("qs")}{user("qu")}{chain("qs", "qu")}</process>'
    for made in compile_file(alone(call, extra=called).encode(), "x").definitions:
        office.deploy(load(made.compiled, made.key))
    Memory.begin(office.definitions["P"][-1], office)
    assert asked == [("versionTag", "v7")]


def test_a_mapping_class_is_a_name_too() -> None:
    called = (
        f'<process id="Q" isExecutable="true">{start("qs")}{user("qu")}{end("qe")}{chain("qs", "qu", "qe")}</process>'
    )
    call = element("callActivity", "c", calledElement="Q", camunda__variableMappingClass="mapping")
    case = Case(alone(call, extra=called), operations={"mapping": lambda call: {"event": call.event}})
    assert case.memory.variables(case.task("qu").scope) == {"event": "mapInput"}


def test_a_task_listener_computes_and_has_fields() -> None:
    field = '<camunda:field name="text" stringValue="hi"/>'
    called = f'<camunda:taskListener event="create" class="note">{field}</camunda:taskListener>'
    computing = '<camunda:taskListener event="create" expression="= {seen: 1}"/>'
    told = f"<extensionElements>{computing}{called}</extensionElements>"
    asked: list[Any] = []

    def note(call: OperationCall) -> dict[str, Any]:
        asked.append(dict(call.inputs))
        return {}

    assert (Case(alone(user("a", told)), operations={"note": note}).variables, asked) == ({"seen": 1}, [{"text": "hi"}])


ZEEBE = HEAD.replace("xmlns:camunda", 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda')


def zeebe(*told: str) -> Any:
    xml = alone(user("a", f"<extensionElements>{''.join(told)}</extensionElements>")).replace(HEAD, ZEEBE)
    return Case(xml)


def test_a_form_may_be_named_by_its_key_or_by_a_reference() -> None:
    assert zeebe('<zeebe:formDefinition formKey="look"/>').task("a").form_key == "look"
    assert zeebe('<zeebe:formDefinition externalReference="look"/>').task("a").form_key == "look"
    assert zeebe('<zeebe:formDefinition formKey="camunda-forms:bpmn:f"/>').task("a").form_key is None


def test_zeebe_properties_are_the_tasks() -> None:
    case = zeebe('<zeebe:properties><zeebe:property name="kind" value="visa"/></zeebe:properties>')
    assert case.office.definitions["P"][-1].nodes["a"].properties == {"kind": "visa"}
