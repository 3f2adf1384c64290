"""Other vendors' files mean the same here."""

from __future__ import annotations

from engine.bpmn import compile_file
from engine.bpmn.node import Node
from engine.runtime import load

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:{prefix}="{namespace}" id="d" targetNamespace="x">'
)


def nodes(body: str, prefix: str, namespace: str, declared: str = "") -> dict[str, Node]:
    head = HEAD.format(prefix=prefix, namespace=namespace) + declared
    source = f'{head}<process id="P" isExecutable="true">{body}</process></definitions>'
    compiled = compile_file(source.encode(), "x.bpmn")
    assert not compiled.refused, [found.reason for found in compiled.findings]
    (made,) = compiled.definitions
    return dict(load(made.compiled, "P").nodes)


def test_flowable_and_activiti_are_camunda_under_other_names() -> None:
    for prefix, namespace in (("flowable", "http://flowable.org/bpmn"), ("activiti", "http://activiti.org/bpmn")):
        body = f'<startEvent id="s"/><userTask id="a" {prefix}:assignee="kermit"/>'
        found = nodes(body + '<sequenceFlow id="f" sourceRef="s" targetRef="a"/>', prefix, namespace)
        work = found["a"].user_task
        assert work is not None
        assert work.assignee is not None
        assert work.assignee.literal == "kermit"


def test_flowables_comparing_functions_are_comparisons() -> None:
    condition = "<conditionExpression xsi:type='tFormalExpression'>${var:equals(input, 1)}</conditionExpression>"
    body = '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><exclusiveGateway id="g" default="n"/>'
    body += '<sequenceFlow id="f" sourceRef="s" targetRef="g"/><sequenceFlow id="n" sourceRef="g" targetRef="b"/>'
    body += f'<sequenceFlow id="y" sourceRef="g" targetRef="a">{condition}</sequenceFlow>'
    flows = nodes(body, "flowable", "http://flowable.org/bpmn")["g"].flows
    (chosen,) = [flow.condition for flow in flows if flow.condition is not None]
    assert [chosen.evaluate({"input": value}) for value in (1, 2)] == [True, False]


def test_zeebe_is_translated() -> None:
    body = (
        '<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="k"/>'
        '<serviceTask id="k"><extensionElements><zeebe:taskDefinition type="mail.send"/>'
        '<zeebe:ioMapping><zeebe:input source="=who" target="to"/><zeebe:output source="=sent" target="done"/>'
        "</zeebe:ioMapping>"
        '</extensionElements></serviceTask><sequenceFlow id="f2" sourceRef="k" targetRef="a"/>'
        '<userTask id="a"><extensionElements><zeebe:assignmentDefinition assignee="=boss" candidateGroups="clerks"/>'
        '<zeebe:formDefinition formId="approve"/><zeebe:taskSchedule dueDate="=due"/></extensionElements>'
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=people" '
        'inputElement="p" outputCollection="votes" outputElement="=vote"/></extensionElements>'
        '</multiInstanceLoopCharacteristics></userTask><sequenceFlow id="f3" sourceRef="a" targetRef="r"/>'
        '<receiveTask id="r" messageRef="m"/>'
    )
    declared = (
        '<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/>'
        "</extensionElements></message>"
    )
    found = nodes(body, "zeebe", "http://camunda.org/schema/zeebe/1.0", declared)
    service, person, receive = found["k"], found["a"], found["r"]
    assert service.operation is not None
    assert (service.operation.name, service.operation.external) == ("mail.send", True)
    assert [parameter.name for parameter in (*service.inputs, *service.outputs)] == ["to", "done"]
    assert person.user_task is not None
    assert person.user_task.form_key is not None
    assert person.user_task.form_key.literal == "approve"
    assert person.loop is not None
    assert (person.loop.element_variable, person.loop.output_collection) == ("p", "votes")
    assert [name for name, _ in receive.event.keys] == ["correlationKey"]
