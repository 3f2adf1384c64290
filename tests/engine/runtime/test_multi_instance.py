"""Several people at once or one after the other: variables of their own, counters, an early end."""

from __future__ import annotations

import pytest

from engine.errors import ScriptFailed
from tests.engine.runtime.drawing import MESSAGE, Case, boundary, chain, end, escape, flow, process, start, user


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
