"""Many instances of one shared definition at once: what it holds as a digest, and each instance's trace."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from functools import cache
from typing import Any

from engine.bpmn import compile_file
from engine.clock import ManualClock
from engine.runtime import Definition, load
from engine.runtime.memory import Memory, Office
from tests.engine.runtime.drawing import (
    MESSAGE,
    SIGNAL,
    START_OF_TIME,
    boundary,
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

WAYS = 480
"""Instances; each has its own answers and events."""
MOST_ACTIONS = 60


@cache
def drawing() -> str:
    """Everything that keeps something while it waits, in a loop."""
    many = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p"/>'
    inner = start("is") + user("talk") + user("write", many) + end("ie") + chain("is", "talk", "write", "ie")
    handler = start("hs", SIGNAL, isInterrupting="false") + user("listen") + end("he") + chain("hs", "listen", "he")
    body = start() + '<exclusiveGateway id="x"/><parallelGateway id="g"/><parallelGateway id="j"/>'
    body += '<inclusiveGateway id="o" default="od"/><inclusiveGateway id="k"/><exclusiveGateway id="y" default="d"/>'
    body += element("subProcess", "sp", inner) + boundary("late", "sp", timer("Duration", "PT1H")) + user("hurry")
    body += element("subProcess", "ev", handler, triggeredByEvent="true") + user("a") + user("b") + user("c")
    body += element("intermediateCatchEvent", "news", MESSAGE) + script("count", "rounds + 1", "rounds") + user("z")
    body += end() + end("e2") + chain("s", "x", "g", "sp", "j") + chain("late", "hurry", "e2") + chain("g", "o")
    body += flow("o", "a", "${left}") + flow("o", "b", "${right}") + flow("o", "c", id="od")
    body += chain("a", "k", "j") + chain("b", "k") + chain("c", "k") + chain("j", "count", "z", "y")
    return process(body + flow("y", "x", "${again and rounds < 3}") + flow("y", "news", id="d") + chain("news", "e"))


def shared_definition() -> Definition:
    (made,) = compile_file(drawing().encode(), "shared.bpmn").definitions
    return load(made.compiled, made.key)


def digest(definition: Definition) -> str:
    """Of every attribute of every spec, however deep: lists, maps, nodes, compiled expressions."""
    specs = [definition.spec, *(definition.specs[name] for name in sorted(definition.specs))]
    told = [
        (spec.name, name, sorted((key, repr(_plain(value))) for key, value in vars(step).items()))
        for spec in specs
        for name, step in sorted(spec.task_specs.items())
    ]
    told.append(("nodes", "", sorted((name, repr(node)) for name, node in definition.nodes.items())))
    return hashlib.sha256(_without_addresses(repr(told)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Events of the library by their subscribers, sets in order; what leads back to the spec by its name."""
    if hasattr(value, "weak_subscribers"):
        return ("event", len(value.weak_subscribers or ()), len(value.hard_subscribers or ()))
    if isinstance(value, dict):
        return sorted((str(key), _plain(each)) for key, each in value.items())
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    return getattr(value, "name", value) if hasattr(value, "task_specs") else value


def _without_addresses(text: str) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def play_one(definition: Definition, way: int) -> str:
    """One instance from its begin to its end; its whole history as text."""
    chance = random.Random(way)
    office = Office(clock=ManualClock(START_OF_TIME))
    office.deploy(definition)
    answers = ("left", "right", "again")
    first = {name: chance.random() < 0.5 for name in answers}
    memory = Memory.begin(definition, office, {**first, "people": ["Anna", "Boris", "Clara"], "rounds": 0})
    for _ in range(MOST_ACTIONS):
        if memory.ended is not None:
            break
        dice = chance.random()
        if dice < 0.1:
            memory.signal("S")
        elif dice < 0.15 and any(wait.due for wait in memory.waits.values()):
            memory.fire(next(wait.token for wait in memory.waits.values() if wait.due))
        elif memory.tasks:
            values = {name: chance.random() < 0.5 for name in answers}
            memory.complete(chance.choice(sorted(memory.tasks, key=int)), values)
        else:
            memory.message("M", {"news": way})
    trace = [f"{step.token} {step.element} {step.what}" for step in memory.history]
    return "\n".join([*trace, repr(memory.ended), repr(sorted(memory.tasks)), repr(sorted(memory.variables().items()))])


def play_in_threads(definition: Definition, threads: int, ways: int = WAYS) -> tuple[dict[int, str], list[str]]:
    """All ways, shared out among so many threads that begin together; traces and what went wrong."""
    traces: dict[int, str] = {}
    errors: list[str] = []
    together = threading.Barrier(threads)

    def work(number: int) -> None:
        together.wait()
        for way in range(number, ways, threads):
            try:
                traces[way] = play_one(definition, way)
            except Exception as error:
                errors.append(repr(error))

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return traces, errors
