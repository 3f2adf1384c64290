"""
Where plain SpiffWorkflow 3.2 goes wrong, each with the smallest diagram that shows it, beside what we do.

A test that fails here after an update of SpiffWorkflow is good news: the fault is gone, and with it perhaps something of
ours (engine/decisions/0020). The differential test names these faults when it leaves plain SpiffWorkflow alone.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.exceptions import WorkflowDataException, WorkflowTaskException
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.exceptions import TaskNotFoundException, WorkflowException

from engine.bpmn import compile_file
from tests.engine.runtime.drawing import (
    ERROR,
    MESSAGE,
    SIGNAL,
    Case,
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
from tests.engine.runtime.plain import Plain

PARALLEL = '<parallelGateway id="g"/><parallelGateway id="j"/>'
LOOP = '<exclusiveGateway id="x"/><exclusiveGateway id="y" default="d"/>'
TWO_BRANCHES = start() + PARALLEL + user("a") + user("b") + user("z") + end()
TWO_BRANCHES += chain("s", "g", "a", "j", "z", "e") + chain("g", "b", "j")
COMPENSATE = "<compensateEventDefinition/>"


def many(inside: str) -> str:
    return f"<multiInstanceLoopCharacteristics>{inside}</multiInstanceLoopCharacteristics>"


def beside(first: str, second: str) -> str:
    """Two branches that never meet again."""
    return start() + '<parallelGateway id="g"/>' + first + second + end("e1") + end("e2")


def refused_by_plain(body: str, error: type[Exception] = ValidationException) -> None:
    with pytest.raises(error):
        Plain(process(body))


# joins ---------------------------------------------------------------------------------------------------------------


def test_a_parallel_join_in_a_loop_fires_with_a_token_of_the_round_before() -> None:
    body = start() + LOOP + PARALLEL + user("a") + user("b") + user("z") + end()
    body += chain("s", "x", "g", "a", "j", "z", "y") + chain("g", "b", "j") + flow("y", "x", "again")
    diagram = process(body + flow("y", "e", id="d"))
    assert Plain(diagram).do("a").do("b").do("z", again=True).do("b").tasks == ["a", "z"]
    assert Case(diagram).do("a").do("b").do("z", again=True).do("b").tasks == ["a"]


def test_an_inclusive_join_in_a_loop_fires_with_a_token_of_the_round_before() -> None:
    body = start() + LOOP + '<inclusiveGateway id="g" default="gd"/><inclusiveGateway id="j"/>' + user("a") + user("b")
    body += user("c") + user("z") + end() + chain("s", "x", "g") + flow("g", "a", "yes") + flow("g", "b", "yes")
    body += flow("g", "c", id="gd") + chain("a", "j", "z", "y") + chain("b", "j") + chain("c", "j")
    diagram = process(body + flow("y", "x", "again") + flow("y", "e", id="d"))
    yes = {"yes": True}
    assert Plain(diagram, yes, one_store=True).do("a").do("b").do("z", again=True).do("b").tasks == ["a", "z"]
    assert Case(diagram, yes).do("a").do("b").do("z", again=True).do("b").tasks == ["a"]


def test_a_second_token_on_one_flow_into_a_join_is_lost() -> None:
    body = start() + PARALLEL + '<exclusiveGateway id="k"/>' + user("a") + user("b") + user("c") + user("d") + user("z")
    body += end() + chain("s", "g", "a", "k", "j", "z", "e") + chain("g", "b", "k")
    diagram = process(body + '<exclusiveGateway id="n"/>' + chain("g", "c", "n", "j") + chain("g", "d", "n"))
    both = [Plain(diagram), Case(diagram)]
    for each in both:
        for name in "abcd":
            each.do(name)
    assert [each.tasks for each in both] == [["z"], ["z", "z"]]


def test_two_flows_between_the_same_nodes_count_as_one() -> None:
    body = start() + PARALLEL + '<inclusiveGateway id="k" default="kd"/>' + user("a") + user("z") + end()
    body += chain("s", "g", "k") + chain("g", "a", "j", "z", "e") + flow("k", "j", "once") + flow("k", "j", id="kd")
    diagram = process(body)
    assert Plain(diagram, {"once": True}, one_store=True).do("a").tasks == ["z"]
    assert Case(diagram, {"once": True}).do("a").tasks == []


def test_a_join_that_stands_on_a_cycle_through_itself_does_not_wait() -> None:
    body = start() + '<parallelGateway id="g"/><exclusiveGateway id="x" default="d"/>' + user("a") + user("b") + end()
    body += chain("s", "g", "a", "x") + chain("g", "b", "e") + flow("x", "g", "again") + flow("x", "e", id="d")
    assert Plain(process(body), {"again": True}).tasks == ["a", "b"]
    assert Case(process(body), {"again": True}).tasks == []
    body = start() + '<parallelGateway id="g"/><exclusiveGateway id="x" default="d"/><inclusiveGateway id="j"/>'
    body += user("a") + user("b") + chain("s", "g", "j", "a", "j") + chain("g", "x") + chain("b", "j")
    body += flow("x", "b", id="d") + end() + flow("x", "e", "again")
    assert Plain(process(body), {"again": False}).tasks == ["a", "b"]
    assert Case(process(body), {"again": False}).tasks == ["b"]


def test_an_inclusive_join_straight_behind_a_fork_does_not_wait() -> None:
    body = (
        start()
        + '<parallelGateway id="g"/><exclusiveGateway id="x"/><inclusiveGateway id="j"/>'
        + user("a")
        + user("b")
    )
    diagram = process(body + end() + chain("s", "g", "j", "b", "e") + chain("g", "x", "a", "j"))
    assert Plain(diagram).tasks == ["a", "b"]
    assert Case(diagram).tasks == ["a"]


def test_a_second_token_through_a_fork_takes_away_what_the_first_started() -> None:
    body = start() + PARALLEL.replace('"j"', '"k"') + '<exclusiveGateway id="x"/>' + user("a") + user("b") + user("c")
    body += user("d") + end() + chain("s", "g", "a", "x", "k", "c", "e") + chain("g", "b", "x") + chain("k", "d", "e")
    assert Plain(process(body)).do("a").do("b").tasks == ["c", "d"]
    assert Case(process(body)).do("a").do("b").tasks == ["c", "c", "d", "d"]


# variables -----------------------------------------------------------------------------------------------------------


def test_a_branch_that_never_touched_a_variable_takes_another_branchs_change_back() -> None:
    assert Plain(process(TWO_BRANCHES), {"v": 1}).do("a", v=2).do("b").variables()["v"] == 1
    assert Case(process(TWO_BRANCHES), {"v": 1}).do("a", v=2).do("b").variables["v"] == 2


def test_everything_is_copied_into_a_thrown_message() -> None:
    diagram = process(start() + element("intermediateThrowEvent", "t", MESSAGE) + end() + chain("s", "t", "e"))
    (thrown,) = Plain(diagram, {"secret": 1}).workflow.get_events()
    assert thrown.payload == {"secret": 1}
    assert [message.payload for message in Case(diagram, {"secret": 1}).memory.messages] == [{}]


def test_an_expression_is_python_with_the_machine_behind_it() -> None:
    body = start() + '<exclusiveGateway id="x" default="d"/>' + user("a") + user("b") + end()
    body += chain("s", "x") + flow("x", "b", id="d") + chain("a", "e") + chain("b", "e")
    diagram = process(body + flow("x", "a", "__import__('os').getpid() > 0"))
    assert Plain(diagram).tasks == ["a"]
    assert compile_file(diagram.encode(), "x").refused


# size ----------------------------------------------------------------------------------------------------------------


def test_an_instance_a_thousand_tasks_deep_stops_without_a_word() -> None:
    body = start() + LOOP + user("a") + end() + chain("s", "x", "a", "y") + flow("y", "x", "again")
    plain = Plain(process(body + flow("y", "e", id="d")), {"again": True})
    rounds = 0
    while plain.tasks:
        plain.do("a")
        rounds += 1
    assert rounds < 400
    assert not plain.ended


def test_a_long_chain_cannot_be_read() -> None:
    names = [f"u{number}" for number in range(sys.getrecursionlimit())]
    refused_by_plain(start() + "".join(user(name) for name in names) + end() + chain("s", *names, "e"))


def test_a_cycle_without_a_choice_cannot_be_begun() -> None:
    body = start() + user("a") + user("b") + chain("s", "a", "b", "a")
    refused_by_plain(body, RecursionError)
    assert Case(process(body)).do("a").do("b").tasks == ["a"]


# events --------------------------------------------------------------------------------------------------------------


def test_a_signal_end_event_throws_nothing() -> None:
    body = beside(user("a"), element("intermediateCatchEvent", "c", SIGNAL) + user("heard")) + end("se", SIGNAL)
    diagram = process(body + chain("s", "g", "a", "se") + chain("g", "c", "heard", "e1"))
    assert Plain(diagram).do("a").tasks == []
    assert Case(diagram).do("a").tasks == ["heard"]


def test_a_link_leads_nowhere() -> None:
    link = '<linkEventDefinition name="L"/>'
    body = start() + user("a") + element("intermediateThrowEvent", "t", link) + user("n") + end()
    diagram = process(body + element("intermediateCatchEvent", "c", link) + chain("s", "a", "t") + chain("c", "n", "e"))
    plain = Plain(diagram).do("a")
    assert (plain.tasks, plain.ended) == ([], False)
    assert Case(diagram).do("a").tasks == ["n"]


def test_of_two_timers_behind_an_event_gateway_only_the_first_counts() -> None:
    def drawn(late: str, soon: str) -> str:
        body = start() + '<eventBasedGateway id="g"/>' + user("a") + user("b") + end()
        body += element("intermediateCatchEvent", "t1", timer("Duration", late))
        body += element("intermediateCatchEvent", "t2", timer("Duration", soon))
        return process(body + chain("s", "g", "t1", "a", "e") + chain("g", "t2", "b", "e"))

    assert Plain(drawn('"PT1H"', '"PT0S"')).look_at_timers().tasks == []
    assert Case(drawn("PT1H", "PT1S")).wait(seconds=2).tasks == ["b"]


def test_a_time_has_to_be_written_as_a_python_string() -> None:
    diagram = process(
        start() + element("intermediateCatchEvent", "t", timer("Duration", "PT1H")) + end() + chain("s", "t", "e")
    )
    with pytest.raises(WorkflowTaskException):
        Plain(diagram)
    assert Case(diagram).wait(hours=2).ended == "completed"


def test_a_boundary_event_that_interrupts_nothing_fires_once() -> None:
    body = start() + user("a") + boundary("b", "a", SIGNAL, False) + user("r") + end() + end("e2")
    diagram = process(body + chain("s", "a", "e") + chain("b", "r", "e2"))
    plain, ours = Plain(diagram).tell("signal", "S"), Case(diagram)
    with pytest.raises(WorkflowException, match="not waiting"):
        plain.tell("signal", "S")
    assert (plain.tasks, ours.signal(), ours.signal(), ours.tasks) == (["a", "r"], 1, 1, ["a", "r", "r"])


def test_what_a_reminder_started_goes_away_with_the_task_it_reminded_of() -> None:
    def drawn(cycle: str) -> str:
        body = start() + user("a") + boundary("b", "a", timer("Cycle", cycle), False) + user("reminder") + user("n")
        return process(body + end() + end("e2") + chain("s", "a", "n", "e") + chain("b", "reminder", "e2"))

    plain = Plain(drawn('"R3/PT0.01S"'))
    time.sleep(0.02)
    assert "reminder" in plain.look_at_timers().tasks
    assert plain.do("a").tasks == ["n"]
    assert Case(drawn("R3/PT1M")).wait(minutes=1).do("a").tasks == ["n", "reminder"]


def test_an_error_is_caught_by_a_boundary_event_of_a_neighbour() -> None:
    body = beside(user("a"), user("b")) + end("ee", ERROR) + boundary("be", "b", ERROR) + user("caught")
    diagram = process(body + chain("s", "g", "a", "ee") + chain("g", "b", "e1") + chain("be", "caught", "e2"))
    assert Plain(diagram).do("a").tasks == ["caught"]
    ours = Case(diagram).do("a")
    assert (ours.tasks, ours.ended) == ([], "error")


def test_a_cancelled_transaction_cancels_every_other_one() -> None:
    def transaction(number: int) -> str:
        inner = start(f"s{number}") + user(f"b{number}") + end(f"no{number}", "<cancelEventDefinition/>")
        inner += chain(f"s{number}", f"b{number}", f"no{number}")
        whole = element("transaction", f"t{number}", inner)
        whole += boundary(f"c{number}", f"t{number}", "<cancelEventDefinition/>")
        return whole + user(f"h{number}") + chain(f"c{number}", f"h{number}", f"e{number}")

    diagram = process(beside(transaction(1), transaction(2)) + chain("s", "g", "t1", "e1") + chain("g", "t2", "e2"))
    assert Plain(diagram).do("b1").tasks == ["h1", "h2"]
    assert Case(diagram).do("b1").tasks == ["b2", "h1"]


def test_an_end_event_whose_id_is_end_ends_everything() -> None:
    body = beside(user("a"), user("b")) + end("End")
    diagram = process(body + chain("s", "g", "a", "End") + chain("g", "b", "e2"))
    plain, ours = Plain(diagram).do("a"), Case(diagram).do("a")
    assert (plain.tasks, plain.ended) == (["b"], True)
    assert (ours.tasks, ours.ended) == (["b"], None)
    refused_by_plain(start("Start") + user("a") + end() + chain("Start", "a", "e"), WorkflowException)


# event sub-processes -------------------------------------------------------------------------------------------------


def test_an_event_sub_process_inside_a_sub_process_hears_nothing() -> None:
    handler = start("hs", SIGNAL, isInterrupting="false") + user("r") + end("he") + chain("hs", "r", "he")
    inner = start("is") + user("a") + end("ie") + chain("is", "a", "ie")
    inner += element("subProcess", "h", handler, triggeredByEvent="true")
    diagram = process(start() + element("subProcess", "p", inner) + end() + chain("s", "p", "e"))
    with pytest.raises(WorkflowException, match="not waiting"):
        Plain(diagram).tell("signal", "S")
    ours = Case(diagram)
    assert (ours.signal(), ours.tasks) == (1, ["a", "r"])


def with_handler(event: str, interrupting: str) -> str:
    inner = start("hs", event, isInterrupting=interrupting) + user("r") + end("he") + chain("hs", "r", "he")
    body = start() + user("a") + end() + chain("s", "a", "e")
    return process(body + element("subProcess", "h", inner, triggeredByEvent="true"))


def test_an_interrupting_event_sub_process_interrupts_nothing() -> None:
    diagram = with_handler(SIGNAL, "true")
    assert Plain(diagram).tell("signal", "S").tasks == ["a", "r"]
    ours = Case(diagram)
    assert (ours.signal(), ours.tasks) == (1, ["r"])


def test_an_event_sub_process_for_an_error_runs_at_once() -> None:
    assert Plain(with_handler(ERROR, "true")).tasks == ["a", "r"]
    assert Case(with_handler(ERROR, "true")).tasks == ["a"]


def test_an_event_sub_process_changes_the_shared_specification() -> None:
    plain = Plain(with_handler(SIGNAL, "false"))

    def outputs() -> dict[str, list[str]]:
        return {name: list(spec._outputs) for name, spec in plain.specs[0].task_specs.items()}

    before = outputs()
    plain.tell("signal", "S")
    assert outputs() != before


# compensation, choices, ends -----------------------------------------------------------------------------------------


def test_compensation_is_not_done() -> None:
    undo = user("u", isForCompensation="true") + '<association id="as" sourceRef="cb" targetRef="u"/>'
    body = start() + user("a") + element("intermediateThrowEvent", "t", COMPENSATE) + end() + chain("s", "a", "t", "e")
    assert Plain(process(body)).do("a").ended
    refused_by_plain(body + boundary("cb", "a", COMPENSATE) + undo)
    assert Case(process(body + boundary("cb", "a", COMPENSATE) + undo)).do("a").tasks == ["u"]


def test_several_flows_out_of_a_task_are_refused_and_one_condition_there_is_not_looked_at() -> None:
    body = start() + user("a") + user("b") + user("c") + end() + chain("s", "a", "b", "e")
    refused_by_plain(body + chain("a", "c", "e"))
    assert Case(process(body + chain("a", "c", "e"))).do("a").tasks == ["b", "c"]
    body = start() + user("a") + user("b") + end() + chain("s", "a") + chain("b", "e")
    assert Plain(process(body + flow("a", "b", "False"))).do("a").tasks == ["b"]


def test_a_process_without_an_end_event_never_ends() -> None:
    diagram = process(start() + user("a") + chain("s", "a"))
    assert not Plain(diagram).do("a").ended
    assert Case(diagram).do("a").ended == "completed"


def test_a_finished_task_can_be_finished_again() -> None:
    plain = Plain(process(start() + user("a") + user("b") + end() + chain("s", "a", "b", "e")))
    (task,) = plain.open()
    for _ in range(2):
        plain.finish(task, {})
    assert (task.state, plain.tasks) == (TaskState.COMPLETED, ["b"])


def test_a_service_task_without_a_body_stands_still() -> None:
    plain = Plain(process(start() + '<serviceTask id="k"/>' + end() + chain("s", "k", "e")))
    assert (plain.tasks, plain.ended) == ([], False)


@pytest.mark.parametrize("tag", ["complexGateway", "businessRuleTask"])
def test_nodes_it_does_not_know(tag: str) -> None:
    refused_by_plain(start() + f'<{tag} id="g"/>' + end() + chain("s", "g", "e"))


def test_an_ad_hoc_sub_process_stumbles_over_its_own_data() -> None:
    inside = f"{user('a')}{user('b')}<completionCondition>False</completionCondition>"
    body = start() + element("adHocSubProcess", "h", inside) + end() + chain("s", "h", "e")
    refused_by_plain(body, KeyError)
    assert Case(process(body.replace("False", "false"))).tasks == ["a", "b"]


# multi-instance ------------------------------------------------------------------------------------------------------


def several(inside: str) -> str:
    return start() + user("vote", many(inside)) + user("z") + end() + chain("s", "vote", "z", "e")


def test_taking_several_sub_processes_away_breaks_the_instance() -> None:
    inner = many("<loopCardinality>2</loopCardinality>") + start("is") + user("a") + end("ie") + chain("is", "a", "ie")
    body = start() + element("subProcess", "p", inner) + boundary("b", "p", SIGNAL) + user("r") + end() + end("e2")
    diagram = process(body + chain("s", "p", "e") + chain("b", "r", "e2"))
    plain, ours = Plain(diagram), Case(diagram)
    with pytest.raises(TaskNotFoundException):
        plain.tell("signal", "S")
    assert (ours.signal(), ours.tasks) == (1, ["r"])


def test_a_completion_condition_cannot_count() -> None:
    inside = "<loopCardinality>3</loopCardinality><completionCondition>{}</completionCondition>"
    plain = Plain(process(several(inside.format("nrOfCompletedInstances == 1"))))
    with pytest.raises(WorkflowTaskException):
        plain.do("vote")
    assert Case(process(several(inside.format("nrOfCompletedInstances = 1")))).do("vote").tasks == ["z"]


COLLECT = "<loopDataOutputRef>out</loopDataOutputRef>"


def test_a_result_list_that_exists_already_is_a_name_error() -> None:
    inside = f'<loopCardinality>2</loopCardinality>{COLLECT}<outputDataItem id="r"/>'
    with pytest.raises(NameError):
        Plain(process(several(inside)), {"out": []})
    assert Case(process(several(inside)), {"out": []}).tasks == ["vote", "vote"]


PEOPLE = f'<loopDataInputRef>people</loopDataInputRef>{COLLECT}<inputDataItem id="p"/><outputDataItem id="r"/>'


def test_a_multi_instance_cannot_collect_a_second_time() -> None:
    body = start() + LOOP + user("vote", many(PEOPLE)) + user("z") + end() + chain("s", "x", "vote", "z", "y")
    diagram = process(body + flow("y", "x", "again") + flow("y", "e", id="d"))
    values: dict[str, Any] = {"people": ["Boris"], "again": True}
    plain = Plain(diagram, values).do("vote", r=1)
    with pytest.raises(WorkflowDataException):
        plain.do("z")
    assert Case(diagram, values).do("vote", r=1).do("z").tasks == ["vote"]


def test_an_item_must_not_be_called_like_a_variable() -> None:
    values = {"people": ["Boris"], "p": 1}
    with pytest.raises(WorkflowDataException):
        Plain(process(several(PEOPLE)), values)
    assert Case(process(several(PEOPLE)), values).tasks == ["vote"]
