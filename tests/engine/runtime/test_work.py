"""Work: people and their tasks, operations, decisions, scripts, calls, asynchronous steps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import Conflict, ScriptFailed
from engine.runtime import BpmnError, DecisionCall, OperationCall
from tests.engine.runtime.drawing import HEAD, Case, boundary, chain, element, end, flow, process, script, start, user


def parameters(inputs: dict[str, str], outputs: dict[str, str] | None = None) -> str:
    told = "".join(f'<camunda:inputParameter name="{k}">{v}</camunda:inputParameter>' for k, v in inputs.items())
    for name, value in (outputs or {}).items():
        told += f'<camunda:outputParameter name="{name}">{value}</camunda:outputParameter>'
    return f"<extensionElements><camunda:inputOutput>{told}</camunda:inputOutput></extensionElements>"


def passed(inner: str, as_: str, outer: str, back: str) -> str:
    maps = f'<camunda:in source="{inner}" target="{as_}"/><camunda:out source="{outer}" target="{back}"/>'
    return f"<extensionElements>{maps}</extensionElements>"


def service(topic: str, inside: str = "", **said: str) -> str:
    return element("serviceTask", "k", inside, camunda__type="external", camunda__topic=topic, **said)


def alone(task: str, more: str = "") -> str:
    return process(start() + task + user("z") + end() + chain("s", "k", "z", "e") + more)


def test_a_task_says_who_may_do_it_until_when_and_how_urgent_it_is() -> None:
    task = user(
        "a",
        name="Check the ${kind}",
        camunda__assignee="${boss}",
        camunda__candidateUsers="anna, ${others}",
        camunda__candidateGroups="clerks,heads",
        camunda__dueDate="${due}",
        camunda__followUpDate="P1D",
        camunda__priority="${30 + 5}",
        camunda__formKey="check",
    )
    values = {"boss": "boris", "others": ["clara", "dmitri"], "due": "2026-12-01T10:00:00", "kind": "letter"}
    (opened,) = Case(process(start() + task + end() + chain("s", "a", "e")), values).memory.tasks.values()
    assert opened.name == "Check the letter"
    assert opened.assignee == "boris"
    assert opened.candidate_users == ("anna", "clara", "dmitri")
    assert opened.candidate_groups == ("clerks", "heads")
    assert opened.due == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert opened.follow_up == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert (opened.priority, opened.form_key) == (35, "check")


def test_the_lane_is_the_group_when_nobody_is_named() -> None:
    lanes = '<laneSet id="ls"><lane id="l1" name="clerks"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
    (opened,) = Case(process(lanes + start() + user("a") + end() + chain("s", "a", "e"))).memory.tasks.values()
    assert (opened.lane, opened.candidate_groups) == ("clerks", ("clerks",))


def test_a_task_can_be_completed_once() -> None:
    case = Case(process(start() + user("a") + user("b") + end() + chain("s", "a", "b", "e")))
    token = case.task("a").token
    case.memory.complete(token)
    with pytest.raises(Conflict):
        case.memory.complete(token)


def test_an_operation_in_the_database_runs_in_the_step() -> None:
    calls: list[OperationCall] = []

    def register(call: OperationCall) -> dict[str, Any]:
        calls.append(call)
        return {"number": f"{call.inputs['mask']}-1"}

    task = service("card.register", parameters({"mask": "A${year}"}, {"registered": "${number}"}))
    case = Case(alone(task), {"year": 2026}, operations={"card.register": register})
    assert case.tasks == ["z"]
    (call,) = calls
    assert (call.operation, dict(call.inputs), call.element) == ("card.register", {"mask": "A2026"}, "k")
    assert case.variables == {"year": 2026, "registered": "A2026-1"}
    assert case.scopes == [""]


def test_without_output_parameters_the_answers_are_variables() -> None:
    case = Case(alone(service("ask")), operations={"ask": lambda call: {"answer": 42}})
    assert case.variables == {"answer": 42}
    kept = service("ask", camunda__resultVariable="all")
    assert Case(alone(kept), operations={"ask": lambda call: {"answer": 42}}).variables == {"all": {"answer": 42}}


def test_an_operation_outside_is_a_job_the_token_waits_for() -> None:
    retries = "<camunda:failedJobRetryTimeCycle>R3/PT10M</camunda:failedJobRetryTimeCycle>"
    inside = parameters({"to": "${who}"}).replace("</extensionElements>", retries + "</extensionElements>")
    task = service("mail.send", inside)
    case = Case(alone(task), {"who": "anna"}, outside=frozenset({"mail.send"}))
    (call,) = case.memory.calls.values()
    assert (call.kind, call.operation, call.retries) == ("operation", "mail.send", "R3/PT10M")
    assert call.inputs == {"to": "anna"}
    case.memory.finish(call.token, {"sent": True})
    assert (case.tasks, case.variables, case.memory.calls) == (["z"], {"who": "anna", "sent": True}, {})
    with pytest.raises(Conflict):
        case.memory.finish(call.token)


def test_an_operation_nobody_registered_is_for_outside_workers() -> None:
    case = Case(alone(service("robots.fetch")))
    (call,) = case.memory.calls.values()
    assert call.kind == "external"


@pytest.mark.parametrize("outside", [True, False])
def test_an_error_of_an_operation_goes_to_its_boundary_event(outside: bool) -> None:
    def refuse(call: OperationCall) -> dict[str, Any]:
        raise BpmnError("E1", "no paper", page=3)

    caught = boundary("b", "k", '<errorEventDefinition errorRef="er" camunda:errorMessageVariable="why"/>')
    drawn = alone(service("print"), caught + user("h") + chain("b", "h"))
    case = Case(drawn, **({"outside": frozenset({"print"})} if outside else {"operations": {"print": refuse}}))
    if outside:
        case.memory.fail(next(iter(case.memory.calls)), "E1", "no paper")
    assert case.tasks == ["h"]
    assert case.variables["why"] == "no paper"


def test_an_answer_may_mean_an_error_of_the_diagram() -> None:
    mapping = '<camunda:errorEventDefinition errorRef="er" expression="${pages == 0}"/>'
    caught = boundary("b", "k", '<errorEventDefinition errorRef="er"/>') + user("h") + chain("b", "h")
    drawn = alone(service("print", f"<extensionElements>{mapping}</extensionElements>"), caught)
    for pages, tasks in ((0, ["h"]), (3, ["z"])):
        case = Case(drawn, outside=frozenset({"print"}))
        case.memory.finish(next(iter(case.memory.calls)), {"pages": pages})
        assert case.tasks == tasks


def test_a_failing_operation_changes_nothing() -> None:
    def broken(call: OperationCall) -> dict[str, Any]:
        raise RuntimeError("the operation itself is broken")

    case = Case(
        process(start() + user("a") + service("x") + end() + chain("s", "a", "k", "e")), operations={"x": broken}
    )
    with pytest.raises(RuntimeError):
        case.do("a", v=1)
    assert (case.tasks, case.variables) == (["a"], {})


def test_listeners_call_operations() -> None:
    told: list[tuple[str, str]] = []

    def note(call: OperationCall) -> dict[str, Any]:
        told.append((call.event, call.element))
        return {}

    listeners = "".join(
        f'<camunda:{kind} event="{event}" delegateExpression="${{note}}"/>'
        for kind, event in (
            ("executionListener", "start"),
            ("executionListener", "end"),
            ("taskListener", "create"),
            ("taskListener", "complete"),
        )
    )
    task = user("a", f"<extensionElements>{listeners}</extensionElements>")
    case = Case(process(start() + task + end() + chain("s", "a", "e")), operations={"note": note})
    case.do("a")
    assert told == [("start", "a"), ("create", "a"), ("complete", "a"), ("end", "a")]


@pytest.mark.parametrize(
    ("how", "rows", "kept"),
    [
        ("singleEntry", [{"term": 30}], 30),
        ("singleResult", [{"term": 30, "who": "anna"}], {"term": 30, "who": "anna"}),
        ("collectEntries", [{"term": 30}, {"term": 15}], [30, 15]),
        ("resultList", [{"term": 30}], [{"term": 30}]),
        ("singleEntry", [], None),
    ],
)
def test_a_decision_is_asked_and_its_rows_folded(how: str, rows: list[dict[str, Any]], kept: Any) -> None:
    asked: list[DecisionCall] = []

    def decide(call: DecisionCall) -> list[Any]:
        asked.append(call)
        return rows

    said = {"camunda__decisionRef": "terms", "camunda__resultVariable": "term", "camunda__mapDecisionResult": how}
    case = Case(alone(element("businessRuleTask", "k", **said)), {"subject": "noise"}, decisions=decide)
    assert (asked[0].ref, asked[0].inputs["subject"]) == ("terms", "noise")
    assert case.variables["term"] == kept


def test_a_single_entry_out_of_many_is_a_mistake() -> None:
    said = {
        "camunda__decisionRef": "terms",
        "camunda__resultVariable": "t",
        "camunda__mapDecisionResult": "singleEntry",
    }
    with pytest.raises(ScriptFailed) as failed:
        Case(alone(element("businessRuleTask", "k", **said)), decisions=lambda call: [{"a": 1}, {"a": 2}])
    assert failed.value.code == "decision-gave-several-rows"


def test_a_script_is_a_feel_expression() -> None:
    case = Case(alone(script("k", "{total: a + b, twice: total * 2}")), {"a": 1, "b": 2})
    assert case.variables == {"a": 1, "b": 2, "total": 3, "twice": 6}


def test_a_called_process_sees_only_what_is_passed_in() -> None:
    body = start() + element("callActivity", "c", passed("n", "arg", "res", "m"), calledElement="Q") + user("z") + end()
    body += chain("s", "c", "z", "e")
    called = start("qs") + user("qu") + script("qk", "{res: arg + 1, private: 1}") + end("qe")
    called += chain("qs", "qu", "qk", "qe")
    extra = f'<process id="Q" isExecutable="true">{called}</process>'
    case = Case(process(body, extra), {"n": 41, "private": 0})
    (task,) = case.memory.tasks.values()
    assert case.memory.variables(task.scope) == {"arg": 41}
    case.do("qu")
    assert (case.variables, case.scopes) == ({"n": 41, "private": 0, "m": 42}, [""])


def test_a_running_call_stays_on_the_version_it_began_with_and_the_next_takes_the_newest() -> None:
    def recursive(task: str) -> str:
        level = passed("level", "level", "level", "level")
        body = start("rs") + user(task) + '<exclusiveGateway id="rx" default="rd"/>'
        body += element("callActivity", "rc", level, calledElement="R") + end("re") + chain("rs", task, "rx")
        body += flow("rx", "rc", "level < 3") + flow("rx", "re", id="rd") + chain("rc", "re")
        return f'{HEAD}<process id="R" isExecutable="true">{body}</process></definitions>'

    case = Case(recursive("old"), {"level": 0}, key="R")
    case.do("old", level=1)
    case.deploy(recursive("new"))
    assert case.tasks == ["old"]
    case.do("old", level=2)
    assert case.tasks == ["new"]
    assert case.do("new", level=3).ended == "completed"


def test_asynchronous_steps_are_jobs() -> None:
    task = user("a", camunda__asyncBefore="true", camunda__asyncAfter="true")
    case = Case(process(start() + task + user("z") + end() + chain("s", "a", "z", "e")))
    (call,) = case.memory.calls.values()
    assert (call.kind, call.element, case.tasks) == ("continue", "a", [])
    case.memory.finish(call.token)
    assert case.tasks == ["a"]
    case.do("a")
    (call,) = case.memory.calls.values()
    assert case.tasks == []
    case.memory.finish(call.token)
    assert case.tasks == ["z"]
