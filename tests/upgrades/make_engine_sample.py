"""
Makes a sample of today's state format: a compiled text and an execution asleep in the middle of everything.

Run once for each new format (`engine.runtime.state.FORMAT`); a sample is never made anew, for it is what an installation
of that release has in its database. `state` sleeps in the middle of scopes, `waits` on everything an instance can wait for,
and keeps what the tokens did when it was woken that day. usage: python -m tests.upgrades.make_engine_sample
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.bpmn import compile_file
from engine.runtime.memory import Memory
from engine.runtime.state import FORMAT
from tests.engine.runtime.drawing import (
    ESCALATION,
    MESSAGE,
    SIGNAL,
    Case,
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

FOLDER = Path(__file__).parent / "engine"


def drawing() -> str:
    """
    A half-full join, half-done multi-instances of tasks and of sub-processes (wide, so that they sleep apart), a guarded
    sub-process, a call, waits.
    """
    many = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p">'
    many += '<loopDataOutputRef>votes</loopDataOutputRef><outputDataItem id="vote"/></multiInstanceLoopCharacteristics>'
    done = user("undo", isForCompensation="true") + '<association id="as" sourceRef="cb" targetRef="undo"/>'
    inner = start("is") + user("book") + boundary("cb", "book", "<compensateEventDefinition/>") + done + user("talk")
    inner += end("ie") + chain("is", "book", "talk", "ie")
    handler = start("hs", SIGNAL, isInterrupting="false") + user("listen") + end("he") + chain("hs", "listen", "he")
    body = start() + '<parallelGateway id="g"/><parallelGateway id="j"/>' + user("a") + user("many", many)
    body += f'<subProcess id="sp">{inner}</subProcess>' + boundary("late", "sp", timer("Cycle", "R3/P1D"), False)
    body += user("hurry") + end("he2") + chain("late", "hurry", "he2") + element("callActivity", "c", calledElement="Q")
    body += (
        element("intermediateCatchEvent", "news", MESSAGE) + script("sum", "count(votes)", "total") + user("z") + end()
    )
    body += element("subProcess", "ev", handler, triggeredByEvent="true")
    body += chain("s", "g", "a", "j", "sum", "z", "e")
    body += chain("g", "many", "j") + chain("g", "sp", "j") + chain("g", "c", "j")
    each = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p"/>'
    asked = (
        start("ask_s") + user("ask") + boundary("soon", "ask", timer("Duration", "P9D")) + user("answer") + end("ae")
    )
    asked += chain("ask_s", "ask", "answer", "ae") + chain("soon", "answer")
    body += f'<subProcess id="each">{each}{asked}</subProcess>' + chain("g", "each", "j")
    called = start("qs") + user("quest") + end("qe") + chain("qs", "quest", "qe")
    return process(body + chain("g", "news", "j"), f'<process id="Q" isExecutable="true">{called}</process>')


def waits_drawing() -> str:
    """A wait of every kind, each half done where it can be."""
    several = '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>3</loopCardinality>'
    several += "</multiInstanceLoopCharacteristics>"
    loop = '<standardLoopCharacteristics loopMaximum="3"/>'
    compensate = "<compensateEventDefinition/>"
    condition = "<conditionalEventDefinition><condition>${go}</condition></conditionalEventDefinition>"
    branches = [
        '<inclusiveGateway id="o" default="od"/><inclusiveGateway id="k"/>' + user("l") + user("r") + user("both"),
        flow("o", "l", "${yes}") + flow("o", "r", "${yes}") + flow("o", "k", id="od") + chain("l", "k", "both", "e"),
        chain("r", "k") + '<eventBasedGateway id="eg"/>' + element("intermediateCatchEvent", "c1", MESSAGE),
        element("intermediateCatchEvent", "c2", timer("Duration", "P30D"))
        + user("chosen")
        + chain("eg", "c1", "chosen", "e"),
        chain("eg", "c2", "chosen") + element("intermediateCatchEvent", "cond", condition) + chain("cond", "e"),
        element("intermediateCatchEvent", "sig", SIGNAL) + chain("sig", "e"),
        element("receiveTask", "post", messageRef="m2") + chain("post", "e"),
        element("serviceTask", "ext", camunda__type="external", camunda__topic="weigh") + chain("ext", "e"),
        element("serviceTask", "op", camunda__type="external", camunda__topic="print") + chain("op", "e"),
        user("later", camunda__asyncBefore="true") + chain("later", "e"),
        user("seq", several.format("true"))
        + chain("seq", "e")
        + user("par", several.format("false"))
        + chain("par", "e"),
        user("again", loop) + chain("again", "e"),
        user("book") + boundary("cb", "book", compensate) + user("undo", isForCompensation="true"),
        '<association id="as" sourceRef="cb" targetRef="undo"/>'
        + element("intermediateThrowEvent", "back", compensate),
        chain("book", "back", "e"),
        element("transaction", "tx", start("ts") + user("pay") + end("te") + chain("ts", "pay", "te"))
        + chain("tx", "e"),
        element("adHocSubProcess", "free", user("x1") + user("x2"), ordering="Sequential") + chain("free", "e"),
        user("guarded") + boundary("bm", "guarded", MESSAGE, False) + boundary("bc", "guarded", condition, False),
        boundary("be", "guarded", ESCALATION) + user("told") + chain("guarded", "e") + chain("bm", "told", "e"),
        chain("bc", "told") + chain("be", "told") + user("q1") + user("q2") + user("pair", startQuantity="2"),
        chain("q1", "pair", "e") + chain("q2", "pair"),
        element(
            "callActivity",
            "c",
            "<extensionElements><camunda:in variables='all'/></extensionElements>",
            calledElement="Q",
        ),
        chain("c", "e"),
    ]
    firsts = ["o", "eg", "cond", "sig", "post", "ext", "op", "later", "seq", "par", "again", "book", "tx", "free"]
    firsts += ["guarded", "q1", "q2", "c"]
    handler = start("hs", '<signalEventDefinition signalRef="sg"/>', isInterrupting="false") + user("heard") + end("he")
    events = element("subProcess", "ev", handler + chain("hs", "heard", "he"), triggeredByEvent="true")
    body = start() + '<parallelGateway id="g"/>' + chain("s", "g") + "".join(chain("g", each) for each in firsts)
    body += "".join(branches) + events + end()
    called = start("qs") + element("intermediateCatchEvent", "qt", timer("Duration", "P1D")) + user("quest") + end("qe")
    called += chain("qs", "qt", "quest", "qe")
    return process(body, f'<process id="Q" isExecutable="true">{called}</process>')


def goes_on(memory: Memory) -> list[str]:
    """Do whatever is open, in one fixed order, until nothing is; what the tokens did."""
    before = len(memory.history)
    memory.message("M", {"told": True})
    memory.message("M2")
    memory.signal("S")
    memory.act(lambda run: run.set_variables({"go": True}))
    for _ in range(80):
        open_now = sorted(
            {*memory.tasks, *memory.calls, *(token for token, wait in memory.waits.items() if wait.due)}, key=int
        )
        if memory.ended is not None or not open_now:
            break
        token = open_now[0]
        if token in memory.tasks:
            memory.complete(token)
        elif token in memory.calls:
            memory.finish(token, {"weight": 5})
        else:
            memory.fire(token)
    return [f"{step.element} {step.what}" for step in memory.history[before:]]


def kept(case: Case, source: str) -> dict[str, Any]:
    """All an installation has in its database of one case."""
    memory = case.memory
    return {
        "format": FORMAT,
        "compiled": {made.key: made.compiled for made in compile_file(source.encode(), "x").definitions},
        "refs": {key: versions[-1].ref for key, versions in case.office.definitions.items()},
        "main": memory.main,
        "rows": [[scope, name, text] for scope, row in memory.rows.rows.items() for name, text in row.items()],
        "parts": memory.parts,
        "tasks": [asdict(task) for task in memory.tasks.values()],
        "waits": [asdict(wait) for wait in memory.waits.values()],
        "calls": [asdict(call) for call in memory.calls.values()],
    }


def halfway() -> tuple[Case, str]:
    source = drawing()
    case = Case(source, {"people": [f"p{number}" for number in range(20)]})
    case.do("a").do("ask", 2).do("ask", 5).do("answer").do("book")
    case.do("many", 3, vote="yes").do("many", 0, vote="no").signal()
    case.wait(days=1)
    return case, source


def waiting() -> tuple[Case, str]:
    source = waits_drawing()
    case = Case(source, {"yes": True, "go": False}, outside=frozenset({"print"}))
    for element_id in ("l", "seq", "par", "again", "book", "q1"):
        case.do(element_id)
    return case, source


def main() -> None:
    """Write what is not there yet."""
    for name, make in (("state", halfway), ("waits", waiting)):
        path = FOLDER / f"{name}-{FORMAT}.json"
        if not path.exists():
            case, source = make()
            sample = kept(case, source)
            if name == "waits":
                sample["then"] = goes_on(case.memory)
            path.write_text(json.dumps(sample, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
