"""Long chains, long loops, deep nesting, many threads: cost and correctness do not depend on size."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_file
from engine.errors import Invalid, ScriptFailed
from engine.runtime.state import FORMAT
from tests.engine.runtime.drawing import (
    Case,
    chain,
    element,
    end,
    flow,
    process,
    script,
    start,
    timer,
    user,
)


def test_a_chain_of_two_thousand_automatic_steps_runs_in_one_go() -> None:
    names = [f"n{number}" for number in range(2000)]
    body = start() + "".join(script(name, "1 + 1", "v") for name in names) + end() + chain("s", *names, "e")
    assert Case(process(body)).ended == "completed"


def test_a_loop_of_five_thousand_human_steps_keeps_its_state_small() -> None:
    body = start() + '<exclusiveGateway id="x"/>' + user("a") + '<exclusiveGateway id="y" default="d"/>' + end()
    body += chain("s", "x", "a", "y") + flow("y", "x", "again") + flow("y", "e", id="d")
    case = Case(process(body))
    sizes = set()
    for number in range(5000):
        case.do("a", again=number < 4999)
        sizes.add(len(case.memory.main) // 20)
        case.memory.history.clear()
    assert case.ended == "completed"
    assert len(sizes) <= 3


def test_forty_nested_sub_processes_run_and_more_than_fifty_are_refused() -> None:
    def nested(depth: int) -> str:
        body = user("deep")
        for level in range(depth):
            body = f'<subProcess id="p{level}">{body}</subProcess>'
        return process(body)

    case = Case(nested(40))
    assert case.do("deep").ended == "completed"
    assert "bpmn-nested-too-deep" in {found.code for found in compile_file(nested(52).encode(), "x").findings}


@pytest.mark.parametrize("name", ["__class__", "__x__", "", "  "])
def test_a_variable_cannot_have_a_name_of_pythons_own(name: str) -> None:
    case = Case(process(start() + user("a") + end() + chain("s", "a", "e")))
    with pytest.raises(Invalid):
        case.do("a", **{name: 1})
    assert case.do("a", sum=1, count=2).variables == {"sum": 1, "count": 2}


@pytest.mark.parametrize("time", ["P999999999Y", "PT999999999999H", "R/P99999Y"])
def test_a_computed_time_beyond_the_calendar_is_told(time: str) -> None:
    """Written in the drawing it is a finding; computed, it is known only now."""
    kind = "Cycle" if time.startswith("R") else "Duration"
    body = start() + element("intermediateCatchEvent", "t", timer(kind, "${when}")) + end() + chain("s", "t", "e")
    with pytest.raises(ScriptFailed) as failed:
        Case(process(body), {"when": time})
    assert (failed.value.code, failed.value.params["element"]) == ("not-a-time", "t")


def test_a_state_of_a_newer_release_is_refused() -> None:
    case = Case(process(start() + user("a") + end() + chain("s", "a", "e")))
    case.memory.main = case.memory.main.replace(f'"format":{FORMAT}', '"format":99')
    with pytest.raises(ValueError, match="newer"):
        case.do("a")
