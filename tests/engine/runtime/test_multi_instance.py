"""Several people at once or one after the other: variables of their own, counters, an early end."""

from __future__ import annotations

import pytest

from engine.errors import ScriptFailed
from tests.engine.runtime.drawing import (
    MESSAGE,
    SIGNAL,
    Case,
    boundary,
    chain,
    end,
    escape,
    flow,
    process,
    start,
    timer,
    user,
)


def each(sequential: bool = False, completion: str = "", output: bool = True) -> str:
    result = "<loopDataOutputRef>votes</loopDataOutputRef>" if output else ""
    item = '<outputDataItem id="vote"/>' if output else ""
    stop = f"<completionCondition>{escape(completion)}</completionCondition>" if completion else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" camunda:collection="people" '
        f'camunda:elementVariable="p">{result}{item}{stop}</multiInstanceLoopCharacteristics>'
    )


def approval(marker: str) -> str:
    return process(start() + user("a", marker) + user("z") + end() + chain("s", "a", "z", "e"))


def test_each_has_its_own_item_and_the_votes_are_collected_by_position() -> None:
    case = Case(approval(each()), {"people": ["anna", "boris", "clara"], "p": "outer"})
    assert [task.loop_counter for task in case.memory.tasks.values()] == [0, 1, 2]
    case.do("a", 1, vote="no").do("a", 0, vote="yes").do("a", 0, vote="abstained")
    assert case.tasks == ["z"]
    assert case.variables == {"people": ["anna", "boris", "clara"], "p": "outer", "votes": ["yes", "no", "abstained"]}
    assert case.scopes == [""]


@pytest.mark.parametrize("count", [3, 40])
def test_a_veto_takes_the_others_away(count: int) -> None:
    """Forty sleep in rows of their own; they go away without being loaded."""
    people = [f"person {n}" for n in range(count)]
    case = Case(approval(each(completion='nrOfCompletedInstances >= 2 or vote = "no"')), {"people": people})
    assert len(case.tasks) == count
    assert len(case.memory.parts) == (count if count > 16 else 0)
    case.do("a", 1, vote="no")
    assert case.tasks == ["z"]
    assert case.variables["votes"][1] == "no"
    assert (case.scopes, case.memory.parts) == ([""], {})


def test_counters_are_seen_by_the_completion_condition() -> None:
    case = Case(approval(each(completion="nrOfCompletedInstances / nrOfInstances >= 0.5")), {"people": [1, 2, 3, 4]})
    case.do("a", vote=1)
    assert len(case.tasks) == 3
    case.do("a", vote=1)
    assert case.tasks == ["z"]


def test_one_after_the_other_inside_a_rework_loop() -> None:
    body = (
        start()
        + '<exclusiveGateway id="x"/>'
        + user("a", each(sequential=True))
        + user("z")
        + '<exclusiveGateway id="y" default="done"/>'
        + end()
        + chain("s", "x", "a", "z", "y")
        + flow("y", "x", "again")
        + flow("y", "e", id="done")
    )
    case = Case(process(body), {"people": ["anna", "boris"]})
    for round_ in range(2):
        assert [task.loop_counter for task in case.memory.tasks.values()] == [0]
        case.do("a", vote=round_)
        assert [task.loop_counter for task in case.memory.tasks.values()] == [1]
        case.do("a", vote=round_ + 10).do("z", again=round_ == 0)
    assert case.ended == "completed"
    assert case.variables["votes"] == [1, 11]


def test_a_number_instead_of_a_collection_and_none_at_all() -> None:
    marker = (
        "<multiInstanceLoopCharacteristics><loopCardinality>n</loopCardinality>"
        '<loopDataOutputRef>votes</loopDataOutputRef><outputDataItem id="vote"/></multiInstanceLoopCharacteristics>'
    )
    case = Case(approval(marker), {"n": 2, "votes": [7]})
    case.do("a", vote=1).do("a", vote=2)
    assert case.variables["votes"] == [1, 2]
    assert Case(approval(marker), {"n": 0}).tasks == ["z"]


@pytest.mark.parametrize("people", ["anna", 5, None, {"a": 1}])
def test_what_is_no_list_is_refused(people: object) -> None:
    with pytest.raises(ScriptFailed) as failed:
        Case(approval(each()), {"people": people})
    assert failed.value.code == "collection-not-a-list"
    assert failed.value.params["element"] == "a"


def test_a_thousand_million_instances_are_refused() -> None:
    marker = (
        "<multiInstanceLoopCharacteristics><loopCardinality>10**9</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    with pytest.raises(ScriptFailed) as failed:
        Case(approval(marker))
    assert failed.value.code == "too-many-instances"


def inside(count: int, body: str, guard: str = "") -> Case:
    """So many sub-processes in parallel, each with *body* between its start and its end."""
    held = start("ss") + body + end("se")
    drawn = f'<subProcess id="sp">{each(completion="stop = true", output=False)}{held}</subProcess>'
    rest = start() + drawn + guard + user("z") + end() + chain("s", "sp", "z", "e")
    return Case(process(rest), {"people": [f"p{n}" for n in range(count)], "stop": False})


def test_forty_sub_processes_sleep_apart_and_each_goes_its_own_way() -> None:
    """An action in one of them wakes that one only; a timer inside fires; what they wrote is their own."""
    twice = user("first") + user("late") + boundary("b", "first", timer("Duration", "P1D"), False)
    case = inside(
        40, twice + user("second") + end("le") + chain("ss", "first", "second", "se") + chain("b", "late", "le")
    )
    small = len(case.memory.main)
    assert len(case.memory.parts) == 40 * 3  # the child, its task, its timer
    assert len(case.tasks) == 40
    case.do("first", 7)
    assert (case.tasks.count("first"), case.tasks.count("second")) == (39, 1)
    assert len(case.memory.main) <= small + 20
    case.wait(days=2)
    assert case.tasks.count("late") == 39
    for _ in range(40):
        if case.tasks.count("first"):
            case.do("first")
        case.do("second")
    for _ in range(39):
        case.do("late")
    assert case.tasks == ["z"]
    assert (case.memory.parts, case.memory.waits, case.scopes) == ({}, {}, [""])
    assert case.do("z").ended == "completed"


def test_the_rest_is_taken_away_with_all_that_is_inside() -> None:
    body = user("first") + boundary("b", "first", timer("Duration", "P1D"), False) + end("le")
    case = inside(40, body + chain("ss", "first", "se") + chain("b", "le"))
    case.do("first", 3, stop=True)
    assert case.tasks == ["z"]
    assert (case.memory.parts, case.memory.waits, case.scopes) == ({}, {}, [""])


def test_calls_sleep_apart_too() -> None:
    marker = each(output=False)
    body = start() + f'<callActivity id="c" calledElement="Q">{marker}</callActivity>' + user("z") + end()
    called = start("qs") + user("quest") + end("qe") + chain("qs", "quest", "qe")
    other = f'<process id="Q" isExecutable="true">{called}</process>'
    case = Case(process(body + chain("s", "c", "z", "e"), other), {"people": [f"p{n}" for n in range(20)]})
    assert len(case.memory.parts) == 20 * 2
    for _ in range(20):
        case.do("quest")
    assert (case.tasks, case.memory.parts, case.scopes) == (["z"], {}, [""])


def test_who_listens_for_others_stays_awake() -> None:
    """A message or signal may be thrown anywhere in the instance: whoever waits for one must hear it."""
    body = '<intermediateCatchEvent id="news">' + SIGNAL + "</intermediateCatchEvent>" + chain("ss", "news", "se")
    case = inside(20, body)
    assert case.memory.parts == {}
    assert case.signal() == 20
    assert case.tasks == ["z"]


def test_a_message_takes_all_sub_processes_of_a_multi_instance_away() -> None:
    inner = "<subProcess id='sp'>" + each(output=False) + start("ss") + user("u") + end("se") + chain("ss", "u", "se")
    body = (
        start()
        + inner
        + "</subProcess>"
        + boundary("b", "sp", MESSAGE)
        + user("z")
        + user("h")
        + end()
        + chain("s", "sp", "z", "e")
        + chain("b", "h", "e")
    )
    case = Case(process(body), {"people": [1, 2, 3]})
    assert case.tasks == ["u", "u", "u"]
    assert case.message(why="stop")
    assert (case.tasks, case.scopes, case.memory.waits) == (["h"], [""], {})
    assert case.variables["why"] == "stop"
    assert case.do("h").ended == "completed"
