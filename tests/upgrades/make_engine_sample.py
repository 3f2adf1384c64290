"""
Makes a sample of today's state format: a compiled text and an execution asleep in the middle of everything.

Run once for each new format (`engine.runtime.state.FORMAT`); a sample is never made anew, for it is what an installation
of that release has in its database. usage: make_engine_sample.py
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from engine.bpmn import compile_file
from engine.runtime.state import FORMAT
from tests.engine.runtime.drawing import (
    MESSAGE,
    SIGNAL,
    Case,
    boundary,
    chain,
    element,
    end,
    process,
    script,
    start,
    timer,
    user,
)

FOLDER = Path(__file__).parent / "engine"


def drawing() -> str:
    """A half-full join, a half-done multi-instance (wide, so that it sleeps apart), a guarded sub-process, a call, waits."""
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
    called = start("qs") + user("quest") + end("qe") + chain("qs", "quest", "qe")
    return process(body + chain("g", "news", "j"), f'<process id="Q" isExecutable="true">{called}</process>')


def main() -> None:
    source = drawing()
    case = Case(source, {"people": [f"p{number}" for number in range(20)]})
    case.do("a").do("book").do("many", 3, vote="yes").do("many", 0, vote="no").signal()
    case.wait(days=1)
    memory = case.memory
    sample = {
        "format": FORMAT,
        "compiled": {made.key: made.compiled for made in compile_file(source.encode(), "x").definitions},
        "refs": {key: versions[-1].ref for key, versions in case.office.definitions.items()},
        "main": memory.main,
        "rows": [[scope, name, text] for scope, row in memory.rows.rows.items() for name, text in row.items()],
        "parts": memory.parts,
        "tasks": [asdict(task) for task in memory.tasks.values()],
        "waits": [asdict(wait) for wait in memory.waits.values()],
    }
    text = json.dumps(sample, ensure_ascii=False, indent=1, default=str)
    (FOLDER / f"state-{FORMAT}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
