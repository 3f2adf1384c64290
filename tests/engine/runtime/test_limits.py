"""Long chains, long loops, deep nesting, many threads: cost and correctness do not depend on size."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine.bpmn import compile_file
from engine.clock import ManualClock
from engine.errors import Invalid, ScriptFailed
from engine.runtime import load
from engine.runtime.memory import Memory, Office
from tests.engine.runtime.drawing import (
    START_OF_TIME,
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
    case.memory.main = case.memory.main.replace('"format":1', '"format":99')
    with pytest.raises(ValueError, match="newer"):
        case.do("a")


def spec_digest(definition: Any) -> str:
    """Everything a specification holds, as text."""
    specs = [definition.spec, *definition.specs.values()]
    return repr(
        [(step.name, sorted(vars(step).items(), key=str)) for spec in specs for step in spec.task_specs.values()]
    )


def test_many_threads_share_one_definition_without_changing_it() -> None:
    body = start() + '<parallelGateway id="g"/><parallelGateway id="j"/>' + user("a") + user("b") + end()
    body += chain("s", "g", "a", "j", "e") + chain("g", "b", "j")
    (made,) = compile_file(process(body).encode(), "x").definitions
    definition = load(made.compiled, made.key)
    before = spec_digest(definition)
    traces: list[list[str]] = []

    def run() -> None:
        office = Office(clock=ManualClock(START_OF_TIME))
        office.deploy(definition)
        memory = Memory.begin(definition, office)
        while memory.tasks:
            memory.complete(min(memory.tasks))
        traces.append([f"{step.token} {step.element} {step.what}" for step in memory.history])

    threads = [threading.Thread(target=run) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spec_digest(definition) == before
    assert len(traces) == 40
    assert all(trace == traces[0] for trace in traces)
