"""Bad files: each rule has a small diagram that breaks it, and only mending that place makes the finding go."""

from __future__ import annotations

import pytest

from engine.bpmn import Knowledge, OperationOffer, compile_file
from engine.bpmn.reader import MAX_BYTES
from engine.findings import RULES
from tests.engine.runtime.drawing import (
    ERROR,
    HEAD,
    MESSAGE,
    SIGNAL,
    boundary,
    chain,
    element,
    end,
    flow,
    process,
    start,
    timer,
    user,
)


def codes(source: str | bytes, knowledge: Knowledge | None = None) -> list[str]:
    data = source if isinstance(source, bytes) else source.encode()
    return [found.code for found in compile_file(data, "x.bpmn", knowledge).findings]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "bpmn-not-well-formed"),
        (b"this is no XML", "bpmn-not-well-formed"),
        (b"<a><b></a>", "bpmn-not-well-formed"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "bpmn-doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "bpmn-doctype"),
        (b"<a>" * 130 + b"</a>" * 130, "bpmn-too-deep"),
        (b" " * (MAX_BYTES + 1), "bpmn-too-large"),
        (b"<a/>", "bpmn-not-bpmn"),
        (b"<zeebe:x/>", "bpmn-not-well-formed"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_line(source: bytes, code: str) -> None:
    compiled = compile_file(source, "x.bpmn")
    (found,) = compiled.findings
    assert found.code == code
    assert found.line
    assert (compiled.definitions, compiled.refused) == ((), True)


BODY = start() + user("a") + end() + chain("s", "a", "e")
GATE = '<exclusiveGateway id="g"/>' + user("a") + user("b") + end()
SERVICE = '<serviceTask id="k" camunda:type="external" camunda:topic="mail.send"/>'
EVENT_SUB = "<subProcess id='ev' triggeredByEvent='true'>{}</subProcess>"
SUB = "<subProcess id='sp'>{}</subProcess>"

BROKEN: list[tuple[str, str, str, str]] = [
    # what breaks it, what mends it, the code, the element
    (BODY + '<sequenceFlow id="x" sourceRef="a" targetRef="nowhere"/>', BODY, "bpmn-flow-end-unknown", "x"),
    (BODY + user("a"), BODY, "bpmn-duplicate-id", "a"),
    (BODY + flow("a", "s"), BODY, "bpmn-flow-into-start", "s"),
    (BODY + flow("e", "a"), BODY, "bpmn-flow-out-of-end", "e"),
    (BODY + start("s2"), BODY, "bpmn-several-plain-starts", "s"),
    (start("s", ERROR) + user("a") + chain("s", "a"), start() + user("a") + chain("s", "a"), "bpmn-start-kind", "s"),
    (BODY.replace('id="a"', 'id="a" startQuantity="0"'), BODY, "bpmn-quantity", "a"),
    (BODY.replace('id="a"', 'id="a" default="zzz"'), BODY, "bpmn-default-unknown", "a"),
    (
        start() + GATE + chain("s", "g") + flow("g", "a", id="w") + flow("g", "b") + chain("a", "e") + chain("b", "e"),
        start()
        + GATE
        + chain("s", "g")
        + flow("g", "a", "x", id="w")
        + flow("g", "b")
        + chain("a", "e")
        + chain("b", "e"),
        "bpmn-condition-missing",
        "w",
    ),
    (
        start()
        + GATE.replace("exclusive", "parallel")
        + chain("s", "g")
        + flow("g", "a", "x", id="w")
        + chain("g", "b"),
        start() + GATE.replace("exclusive", "parallel") + chain("s", "g") + flow("g", "a", id="w") + chain("g", "b"),
        "bpmn-condition-not-allowed",
        "w",
    ),
    (
        start() + user("a") + end() + chain("s", "a") + flow("a", "e", "x >", id="w") + flow("a", "e"),
        start() + user("a") + end() + chain("s", "a") + flow("a", "e", "x > 1", id="w") + flow("a", "e"),
        "bpmn-bad-expression",
        "w",
    ),
    (BODY + boundary("b", "nobody", MESSAGE), BODY, "bpmn-boundary-not-attached", "b"),
    (
        BODY + boundary("b", "a", "") + chain("b", "e"),
        BODY + boundary("b", "a", MESSAGE) + chain("b", "e"),
        "bpmn-catch-without-event",
        "b",
    ),
    (
        BODY + boundary("b", "a", ERROR, False) + chain("b", "e"),
        BODY + boundary("b", "a", ERROR) + chain("b", "e"),
        "bpmn-boundary-interrupts",
        "b",
    ),
    (
        BODY + boundary("b", "a", "<timerEventDefinition/>") + chain("b", "e"),
        BODY + boundary("b", "a", timer("Duration", "PT1H")) + chain("b", "e"),
        "bpmn-timer-without-time",
        "b",
    ),
    (
        BODY + boundary("b", "a", '<messageEventDefinition messageRef="none"/>') + chain("b", "e"),
        BODY + boundary("b", "a", MESSAGE) + chain("b", "e"),
        "bpmn-event-reference",
        "b",
    ),
    (
        BODY + boundary("b", "a", "<signalEventDefinition/>") + chain("b", "e"),
        BODY + boundary("b", "a", SIGNAL) + chain("b", "e"),
        "bpmn-event-unnamed",
        "b",
    ),
    (
        start() + element("intermediateThrowEvent", "t", ERROR) + end() + chain("s", "t", "e"),
        start() + element("intermediateThrowEvent", "t", MESSAGE) + end() + chain("s", "t", "e"),
        "bpmn-event-position",
        "t",
    ),
    (
        start() + SUB.format(start("i", MESSAGE) + user("a") + chain("i", "a")) + chain("s", "sp"),
        start() + SUB.format(start("i") + user("a") + chain("i", "a")) + chain("s", "sp"),
        "bpmn-sub-process-start",
        "i",
    ),
    (
        BODY + EVENT_SUB.format(user("h")),
        BODY + EVENT_SUB.format(start("es", MESSAGE) + user("h") + chain("es", "h")),
        "bpmn-event-sub-process-start",
        "ev",
    ),
    (
        start() + SERVICE.replace(' camunda:type="external" camunda:topic="mail.send"', "") + chain("s", "k"),
        start() + SERVICE + chain("s", "k"),
        "bpmn-nothing-to-call",
        "k",
    ),
    (
        start() + '<scriptTask id="k" scriptFormat="javascript"><script>x = 1;</script></scriptTask>' + chain("s", "k"),
        start() + '<scriptTask id="k" scriptFormat="feel"><script>1</script></scriptTask>' + chain("s", "k"),
        "bpmn-script-language",
        "k",
    ),
    (
        start() + '<callActivity id="k"/>' + chain("s", "k"),
        start() + '<callActivity id="k" calledElement="Q"/>' + chain("s", "k"),
        "bpmn-call-target",
        "k",
    ),
    (
        start() + '<businessRuleTask id="k"/>' + chain("s", "k"),
        start() + '<businessRuleTask id="k" camunda:decisionRef="d"/>' + chain("s", "k"),
        "bpmn-decision-missing",
        "k",
    ),
    (
        start() + '<sendTask id="k"/>' + chain("s", "k"),
        start() + '<sendTask id="k" messageRef="m"/>' + chain("s", "k"),
        "bpmn-send-without-message",
        "k",
    ),
    (
        BODY.replace('<userTask id="a">', '<userTask id="a"><multiInstanceLoopCharacteristics/>'),
        BODY.replace(
            '<userTask id="a">', '<userTask id="a"><multiInstanceLoopCharacteristics camunda:collection="x"/>'
        ),
        "bpmn-multi-instance-over-what",
        "a",
    ),
    (
        BODY.replace('<userTask id="a">', '<userTask id="a"><standardLoopCharacteristics/>'),
        BODY.replace('<userTask id="a">', '<userTask id="a"><standardLoopCharacteristics loopMaximum="3"/>'),
        "bpmn-loop-without-end",
        "a",
    ),
    (
        start() + '<adHocSubProcess id="ad"/>' + chain("s", "ad"),
        start() + f'<adHocSubProcess id="ad">{user("a")}</adHocSubProcess>' + chain("s", "ad"),
        "bpmn-ad-hoc-empty",
        "ad",
    ),
    (
        start() + element("intermediateThrowEvent", "t", '<linkEventDefinition name="L"/>') + chain("s", "t"),
        start()
        + element("intermediateThrowEvent", "t", '<linkEventDefinition name="L"/>')
        + chain("s", "t")
        + element("intermediateCatchEvent", "c", '<linkEventDefinition name="L"/>')
        + user("a")
        + chain("c", "a"),
        "bpmn-link-target",
        "t",
    ),
    (
        BODY + boundary("b", "a", "<compensateEventDefinition/>"),
        BODY
        + boundary("b", "a", "<compensateEventDefinition/>")
        + user("u", isForCompensation="true")
        + '<association id="as" sourceRef="b" targetRef="u"/>',
        "bpmn-compensation-handler",
        "b",
    ),
]


@pytest.mark.parametrize(("broken", "mended", "code", "at"), BROKEN, ids=[case[2] for case in BROKEN])
def test_a_broken_rule_names_its_place_and_goes_when_it_is_mended(broken: str, mended: str, code: str, at: str) -> None:
    compiled = compile_file(process(broken).encode(), "x.bpmn")
    found = next(each for each in compiled.findings if each.code == code)
    assert (found.element, found.severity, bool(found.line)) == (at, "error", True)
    assert len(found.reason.split()) >= 3
    assert len(found.remedy.split()) >= 2
    assert code not in codes(process(mended))


def draft(body: str) -> str:
    return process(body).replace('isExecutable="true"', 'isExecutable="false"')


def test_a_draft_is_told_what_it_lacks_and_kept() -> None:
    source = draft(start() + '<serviceTask id="k"/>' + chain("s", "k"))
    compiled = compile_file(source.encode(), "x.bpmn")
    assert [(found.code, found.severity) for found in compiled.findings] == [("bpmn-nothing-to-call-yet", "warning")]
    (made,) = compiled.definitions
    assert made.draft
    assert compiled.elements["serviceTask"] == 1


def test_a_broken_rule_refuses_a_draft_too() -> None:
    assert compile_file(draft(BODY + flow("e", "a")).encode(), "x.bpmn").refused


def test_all_findings_come_at_once() -> None:
    body = start() + '<serviceTask id="k"/><callActivity id="c"/><businessRuleTask id="d"/>' + chain("s", "k", "c", "d")
    assert {"bpmn-nothing-to-call", "bpmn-call-target", "bpmn-decision-missing"} <= set(codes(process(body)))


def test_what_the_file_needs_from_outside_is_checked_when_it_is_known() -> None:
    parameters = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="cc">x</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    body = (
        start()
        + f'<serviceTask id="k" camunda:type="external" camunda:topic="mail.send">{parameters}</serviceTask>'
        + '<serviceTask id="n" camunda:type="external" camunda:topic="mail.sned"/>'
        + '<businessRuleTask id="d" camunda:decisionRef="terms"/>'
        + '<callActivity id="c" calledElement="Q"/>'
        + user("a", camunda__formKey="ask", camunda__candidateGroups="ghosts")
        + '<scriptTask id="t" scriptFormat="feel"><script>frobnicate(1)</script></scriptTask>'
        + chain("s", "k", "n", "d", "c", "a", "t")
    )
    knowledge = Knowledge(
        operations={"mail.send": OperationOffer(("to", "text"), "outside", ("to",))},
        forms=frozenset(),
        decisions=frozenset(),
        processes=frozenset(),
        groups=frozenset({"clerks"}),
        functions=frozenset(),
    )
    wanted = {
        "bpmn-operation-unknown",
        "bpmn-operation-parameter",
        "bpmn-operation-parameter-missing",
        "bpmn-decision-unknown",
        "bpmn-process-unknown",
        "bpmn-form-unknown",
        "bpmn-group-unknown",
        "bpmn-unknown-function",
    }
    assert wanted <= set(codes(process(body), knowledge))
    assert not wanted & set(codes(process(body)))


def test_a_topic_no_operation_has_is_for_outside_workers_unless_it_is_a_slip() -> None:
    knowledge = Knowledge(operations={"mail.send": OperationOffer((), "outside", ())})

    def found(attributes: str) -> list[str]:
        return codes(process(start() + f'<serviceTask id="k" {attributes}/>' + chain("s", "k")), knowledge)

    assert "bpmn-topic-for-workers" in found('camunda:type="external" camunda:topic="invoices"')
    for slip in ("mail.sent", "mail.delete", "mailsend"):
        assert "bpmn-operation-unknown" in found(f'camunda:type="external" camunda:topic="{slip}"')
    assert "bpmn-operation-unknown" in found('camunda:class="org.example.Invoices"')


def test_compiling_twice_gives_the_same_text() -> None:
    first, second = (compile_file(process(BODY).encode(), "x.bpmn").definitions[0].compiled for _ in range(2))
    assert first == second


def test_every_rule_speaks() -> None:
    for code, made in RULES.items():
        if code.startswith("bpmn-"):
            assert len(made.reason.split()) >= 3, code
            assert made.remedy, code


def test_several_processes_of_one_file_are_definitions_of_their_own() -> None:
    one, other = f'<process id="A" isExecutable="true">{BODY}</process>', '<process id="B" isExecutable="false"/>'
    source = f"{HEAD}{one}{other}</definitions>"
    compiled = compile_file(source.encode(), "x.bpmn")
    assert [(made.key, made.executable) for made in compiled.definitions] == [("A", True), ("B", False)]
