"""
One case of the corpus, played by the product: reads questions as JSON lines, answers each with one JSON line.

Files go to the product byte for byte. Registered beside it are only what the cases' own harness defines: the handler of
marker scripts (SCRIPT_taskN …) and the dialect `test.contains("a")`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from engine.bpmn import CompiledFile, Knowledge, compile_file
from engine.clock import ManualClock
from engine.errors import ChanceryError, ScriptFailed
from engine.runtime import BpmnError, SignalThrown, load
from engine.runtime.memory import Memory, Office

MARKER = re.compile(r"\s*(SCRIPT_\w+|CREATE_\w+|INCREMENT_INTEGER_VARIABLE\w*|THROW_ERROR|LOG_\w+|SET_\w+|WAIT_\w+)", re.ASCII)
KNOWLEDGE = Knowledge(
    scripts=lambda language, text: bool(MARKER.match(text)),
    rewrite=lambda text: re.sub(r"\btest\.contains\(\s*(\"[^\"]*\"|'[^']*')\s*\)", r"contains(test, \1)", text),
)
ROUNDS = 60


class Player:
    """Deployed files and the instances of one case."""

    def __init__(self) -> None:
        self.trace: list[str] = []
        self.running: list[Memory] = []

    def deploy(self, files: list[str], **_: Any) -> dict[str, Any]:
        self.office = Office(scripts={"*": self.script}, clock=ManualClock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
        self.running, self.starts, self.main = [], [], ""
        compiled = [compile_file(read(path), os.path.basename(path), KNOWLEDGE) for path in files if is_bpmn(path)]
        errors = [tell(found) for each in compiled for found in each.findings if found.severity == "error"]
        if errors:
            return {"status": "refused", "errors": errors}
        for each in compiled:
            self.take(each)
        return {"status": "deployed", "elements": compiled[0].elements}

    def take(self, compiled: CompiledFile) -> None:
        for made in compiled.definitions:
            if made.executable:
                self.office.deploy(load(made.compiled, made.key))
                self.main = self.main or made.key
                self.starts += [(made.key, start) for start in made.starts]

    def script(self, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        marker = MARKER.match(text)
        name = marker[1] if marker else ""
        if name.startswith("SCRIPT_"):
            self.trace.append(name)
        if name.startswith("INCREMENT_INTEGER_VARIABLE"):
            return {"integerVariable": int(variables.get("integerVariable") or 0) + 1}
        if name == "THROW_ERROR":
            raise BpmnError("ERROR", "thrown by the script")
        return {}

    # engine conformance -------------------------------------------------------------------------------------------

    def start(self, process: str, variables: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
        self.running.append(Memory.begin(self.office.definitions[process][-1], self.office, variables, **how))
        return self.look()

    def complete(self, ref: str, variables: dict[str, Any]) -> dict[str, Any]:
        number, _, token = ref.partition("/")
        self.running[int(number)].complete(token, variables)
        return self.look()

    def message(self, name: str) -> dict[str, Any]:
        if not any(each.message(name) for each in list(self.running)):
            self.begin_by("message", name)
        return self.look()

    def signal(self, name: str) -> dict[str, Any]:
        self.broadcast(name)
        return self.look()

    def broadcast(self, name: str, payload: Mapping[str, Any] | None = None, thrower: Memory | None = None) -> None:
        for each in list(self.running):
            if each is not thrower:
                each.signal(name, payload)
        self.begin_by("signal", name)

    def begin_by(self, kind: str, name: str | None = None) -> None:
        for key, start in self.starts:
            if start.kind == kind and (name is None or start.name == name):
                self.start(key, start=start.node)

    def fire_timers(self) -> dict[str, Any]:
        self.settle()
        for each in list(self.running):
            for wait in [wait for wait in each.waits.values() if wait.kind == "timer"]:
                each.fire(wait.token)
        return self.look()

    def settle(self) -> None:
        """Do what jobs would do: asynchronous continuations, messages and signals to other instances."""
        work = True
        while work:
            work = False
            for each in list(self.running):
                for call in [call for call in each.calls.values() if call.kind == "continue"]:
                    work = True
                    each.finish(call.token)
                thrown, each.messages, each.signals = [*each.messages, *each.signals], [], []
                for event in thrown:
                    work = True
                    if isinstance(event, SignalThrown):
                        self.broadcast(event.name, event.payload, each)
                    elif not any(other.message(event.name, event.payload) for other in self.running):
                        self.begin_by("message", event.name)

    def look(self) -> dict[str, Any]:
        self.settle()
        tasks = [
            {"ref": f"{number}/{task.token}", "id": task.element, "name": task.name, "assignee": task.assignee}
            | {"candidateUsers": list(task.candidate_users), "candidateGroups": list(task.candidate_groups)}
            for number, each in enumerate(self.running)
            for task in each.tasks.values()
        ]
        return {"tasks": tasks, "ended": all(each.ended is not None for each in self.running)}

    # patterns and real files --------------------------------------------------------------------------------------

    def play(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Begin, complete what waits for people, fire timers, until nothing more happens."""
        self.running, self.trace = [], []
        error = None
        try:
            plain = [start for key, start in self.starts if key == self.main and start.kind == "none"]
            first = next(start for key, start in self.starts if key == self.main)
            self.start(self.main, variables, start=None if plain else first.node)
            for _ in range(ROUNDS):
                tasks = [(each, task) for each in self.running for task in each.tasks]
                for each, task in tasks:
                    if task in each.tasks:
                        each.complete(task)
                self.settle()
                if not tasks and not any(wait.kind == "timer" for each in self.running for wait in each.waits.values()):
                    break
                if not tasks:
                    self.fire_timers()
        except ScriptFailed as failed:
            error = str(failed)
        ended = [each.ended for each in self.running]
        error = error or next((f"error {end.code}" for end in ended if end and end.outcome == "error"), None)
        return {"trace": self.trace, "error": error, "ended": all(ended), "errors": [error] if error else []}


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def is_bpmn(path: str) -> bool:
    return path.endswith((".bpmn", ".bpmn20.xml", ".xml"))


def tell(found: Any) -> dict[str, Any]:
    return {"element": found.element, "reason": found.reason, "line": found.line}


def main() -> None:
    player = Player()
    for line in sys.stdin:
        question = json.loads(line)
        do = question.pop("do").replace("-", "_")
        try:
            answer = getattr(player, do)(**question)
        except ChanceryError as error:
            answer = {"tasks": [], "ended": False, "error": str(error)}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
