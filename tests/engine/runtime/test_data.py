"""Data objects and associations: what a task gets to see, what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn import compile_file
from tests.engine.runtime.drawing import HEAD, Case, chain, element, end, process, script, start, user

OBJECTS = (
    '<dataObject id="DataObject_1" name="order"/><dataObjectReference id="r1" name="Order" dataObjectRef="DataObject_1"/>'
    '<dataObjectReference id="r2" name="Order [checked]" dataObjectRef="DataObject_1"/>'
    '<dataObject id="o2" name="verdict"/>'
)


def moved(kind: str, *sources: str, to: str = "", inside: str = "") -> str:
    """A dataInputAssociation or dataOutputAssociation, as `kind` says."""
    refs = "".join(f"<sourceRef>{each}</sourceRef>" for each in sources)
    target = f"<targetRef>{to}</targetRef>" if to else ""
    id = f"d{abs(hash((kind, sources, to, inside)))}"
    return f'<data{kind}Association id="{id}">{refs}{target}{inside}</data{kind}Association>'


def assigned(value: str, to: str) -> str:
    return f"<assignment><from>{value}</from><to>{to}</to></assignment>"


def specified(inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> str:
    told = "".join(f'<dataInput id="in_{each}" name="{each}"/>' for each in inputs)
    told += "".join(f'<dataOutput id="out_{each}" name="{each}"/>' for each in outputs)
    return f"<ioSpecification>{told}<inputSet/><outputSet/></ioSpecification>"


def alone(*bodies: str, more: str = "", extra: str = "") -> str:
    """The bodies one after the other; each begins with its id."""
    ids = [each.split('id="', 1)[1].split('"', 1)[0] for each in bodies]
    return process(OBJECTS + start() + "".join(bodies) + end() + chain("s", *ids, "e") + more, extra)


def findings(xml: str) -> list[tuple[str, str | None]]:
    return [(each.code, each.severity) for each in compile_file(xml.encode(), "x.bpmn").findings]


def test_a_task_sees_its_data_inputs_and_leaves_its_data_outputs() -> None:
    inside = specified(("paper",), ("answer",)) + moved("Input", "r1", to="in_paper")
    inside += moved("Output", "out_answer", to="o2")
    case = Case(alone(user("a", inside), user("z")), {"order": {"sum": 5}})
    (task,) = case.memory.tasks.values()
    assert case.memory.variables(task.scope) == {"answer": None, "paper": {"sum": 5}}
    case.do("a", answer="yes")
    assert case.variables == {"order": {"sum": 5}, "verdict": "yes"}
    assert case.scopes == [""]


def test_references_to_one_data_object_mean_the_same_variable() -> None:
    write = script("a", "{answer: 7}").replace(
        "<script>", specified((), ("answer",)) + moved("Output", "out_answer", to="r1") + "<script>"
    )
    read = user("b", specified(("seen",)) + moved("Input", "r2", to="in_seen"))
    case = Case(alone(write, read))
    assert case.memory.variables(case.task("b").scope) == {"seen": 7}


def test_assignments_and_transformations_compute_what_is_moved() -> None:
    put = moved("Output", to="r1", inside=assigned("${answer}", "order.sum") + assigned("= 2 * answer", "order.twice"))
    turned = moved("Input", "r1", to="in_paper", inside="<transformation>order.sum + 1</transformation>")
    first = user("a", specified((), ("answer",)) + put)
    case = Case(alone(first, user("b", specified(("paper",)) + turned)), {"order": {"name": "A"}})
    case.do("a", answer=5)
    assert case.variables["order"] == {"name": "A", "sum": 5, "twice": 10}
    assert case.memory.variables(case.task("b").scope) == {"paper": 6}


def test_a_property_is_the_nodes_own_variable() -> None:
    inside = '<property id="p" name="draft"/>' + moved("Input", "r1", to="p")
    inside += moved("Output", "p", to="o2")
    case = Case(alone(user("a", inside), user("z")), {"order": "text"})
    assert case.memory.variables(case.task("a").scope) == {"draft": "text"}
    case.do("a", draft="better")
    assert case.variables == {"order": "text", "verdict": "better"}


def test_a_data_object_of_a_sub_process_is_its_own() -> None:
    inner = '<dataObject id="own" name="note"/>' + start("is") + user("x") + end("ie") + chain("is", "x", "ie")
    case = Case(alone(element("subProcess", "sp", inner), user("z")), {"note": "outer"})
    case.do("x", note="inner")
    assert case.variables == {"note": "outer"}


def test_a_data_object_may_have_a_first_value() -> None:
    head = HEAD.replace("xmlns:camunda", 'xmlns:flowable="http://flowable.org/bpmn" xmlns:camunda')
    said = "".join(
        f'<dataObject id="{name}" name="{name}" itemSubjectRef="xsd:{kind}"><extensionElements><flowable:value>{value}'
        "</flowable:value></extensionElements></dataObject>"
        for name, kind, value in (("town", "string", 'Big "T"'), ("sum", "int", "7"), ("open", "boolean", "true"))
    )
    xml = process(said + start() + user("a") + end() + chain("s", "a", "e")).replace(HEAD, head)
    assert Case(xml, {"sum": 8}).variables == {"sum": 8, "town": 'Big "T"', "open": True}


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_multi_instance_runs_over_a_data_object_and_fills_one(sequential: str) -> None:
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopDataInputRef>in_papers</loopDataInputRef>'
        "<loopDataOutputRef>out_answers</loopDataOutputRef>"
        '<inputDataItem id="item" name="paper"/><outputDataItem id="got" name="answer"/></multiInstanceLoopCharacteristics>'
    )
    inside = specified(("papers", "own"), ("answers", "said"))
    inside += moved("Input", "r1", to="in_papers") + moved("Input", "item", to="in_own")
    inside += moved("Output", "out_said", to="got") + moved("Output", "out_answers", to="o2") + loop
    case = Case(alone(user("a", inside), user("z")), {"order": ["x", "y"]})
    for _ in range(2):
        task = case.task("a")
        own = case.memory.variables(task.scope)["own"]
        case.memory.complete(task.token, {"said": own + "!"})
    assert case.variables == {"order": ["x", "y"], "verdict": ["x!", "y!"]}


def test_a_called_process_gets_data_inputs_and_gives_data_outputs() -> None:
    inside = specified(("arg",), ("res",)) + moved("Input", "r1", to="in_arg") + moved("Output", "out_res", to="o2")
    call = element("callActivity", "c", inside, calledElement="Q")
    own = specified(("arg",), ("res",)).replace('id="', 'id="q_')
    called = own + start("qs") + script("qk", "{res: arg + 1, private: 1}") + end("qe")
    extra = f'<process id="Q" isExecutable="true">{called}{chain("qs", "qk", "qe")}</process>'
    case = Case(alone(call, user("z"), extra=extra), {"order": 41})
    assert case.variables == {"order": 41, "verdict": 42}


def test_messages_carry_data_inputs_and_fill_data_outputs() -> None:
    thrown = element(
        "intermediateThrowEvent",
        "t",
        '<dataInput id="in_sum" name="sum"/>'
        + moved("Input", to="in_sum", inside=assigned("order.sum", "sum"))
        + '<inputSet/><messageEventDefinition messageRef="m"/>',
    )
    caught = element(
        "intermediateCatchEvent",
        "c",
        '<dataOutput id="out_sum" name="sum"/>'
        + moved("Output", "out_sum", to="o2")
        + '<outputSet/><messageEventDefinition messageRef="m2"/>',
    )
    case = Case(alone(thrown, caught, user("z")), {"order": {"sum": 5}})
    assert [(each.name, each.payload) for each in case.memory.messages] == [("M", {"sum": 5})]
    assert case.message("M2", sum=9, other=1)
    assert case.variables == {"order": {"sum": 5}, "other": 1, "verdict": 9}


def test_an_operation_gets_data_inputs_and_its_answer_is_its_data_output() -> None:
    inside = (
        specified(("text",), ("number",)) + moved("Input", "r1", to="in_text") + moved("Output", "out_number", to="o2")
    )
    task = element("serviceTask", "k", inside, camunda__type="external", camunda__topic="register")
    asked: list[Any] = []

    def register(call: Any) -> dict[str, Any]:
        asked.append(dict(call.inputs))
        return {"number": 12}

    case = Case(alone(task, user("z")), {"order": "A"}, operations={"register": register})
    assert (asked, case.variables) == ([{"text": "A"}], {"order": "A", "verdict": 12})


def test_stores_and_bare_arrows_are_shown_and_said() -> None:
    store = '<dataStoreReference id="st" name="Archive"/>'
    bare = (
        '<property id="ph" name="__targetRef_placeholder"/>' + moved("Input", "r1", to="ph") + moved("Output", to="r1")
    )
    xml = alone(user("a", bare + moved("Input", "st", to="ph") + moved("Output", "nowhere", to="r1")), more=store)
    assert findings(xml) == [
        ("bpmn-data-association-shown", "note"),
        ("bpmn-data-reference", "warning"),
        ("bpmn-data-store", "warning"),
    ]
    assert Case(xml).do("a", order=1).ended == "completed"


def test_an_assignment_to_no_variable_is_refused_and_its_expression_read() -> None:
    broken = moved("Output", to="r1", inside=assigned("1 +", "order") + assigned("1", "getData('x')/y"))
    codes = [code for code, _ in findings(alone(user("a", broken)))]
    assert codes == ["bpmn-assignment-target", "bpmn-bad-expression"]
