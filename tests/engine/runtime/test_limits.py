"""Long chains, long loops, deep nesting, many threads: cost and correctness do not depend on size."""

from __future__ import annotations

import threading
from typing import Any

from engine.bpmn import compile_file
from engine.clock import ManualClock
from engine.runtime import load
from engine.runtime.memory import Memory, Office
from tests.engine.runtime.drawing import START_OF_TIME, Case, chain, end, flow, process, script, start, user


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


def spec_digest(definition: Any) -> str:
    """Everything a specification holds, as text."""
    specs = [definition.spec, *definition.specs.values()]
    return repr([(step.name, sorted(vars(step).items(), key=str)) for spec in specs for step in spec.task_specs.values()])


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
