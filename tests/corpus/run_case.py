"""
One case of the corpus, played by the product: reads questions as JSON lines, answers each with one JSON line.

Files go to the product byte for byte. Registered beside it are only what the cases' own harness defines: the handler of
marker scripts (SCRIPT_taskN …) and the dialect `test.contains("a")`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.bpmn import Knowledge, compile_file
from engine.clock import ManualClock
from engine.errors import ChanceryError, ScriptFailed
from engine.runtime import BpmnError
from engine.runtime.instances import Instances
from engine.runtime.memory import Office

MARKER = re.compile(r"\s*(SCRIPT|CREATE|INCREMENT|THROW|LOG|SET|WAIT)_\w+", re.ASCII)
DIALECT = re.compile(r"\btest\.contains\(\s*(\"[^\"]*\"|'[^']*')\s*\)(\s*>\s*$)?")
KNOWLEDGE = Knowledge(
    scripts=lambda language, text: bool(MARKER.match(text)),
    rewrite=lambda text: DIALECT.sub(r"contains(test, \1)", text),
)
ROUNDS = 60


class Player:
    """Answers the questions of one case."""

    def deploy(self, files: list[str], **_: Any) -> dict[str, Any]:
        self.clock = ManualClock(datetime(2026, 11, 22, 9, tzinfo=UTC))
        self.trace: list[str] = []
        self.instances = Instances(Office(scripts={"*": self.script}, clock=self.clock))
        paths = [Path(name) for name in files if name.endswith((".bpmn", ".xml"))]
        compiled = [compile_file(path.read_bytes(), path.name, KNOWLEDGE) for path in paths]
        findings = [found for each in compiled for found in each.findings if found.severity == "error"]
        errors = [{"element": each.element, "reason": each.reason, "line": each.line} for each in findings]
        if errors:
            return {"status": "refused", "errors": errors}
        for each in compiled:
            self.instances.deploy(each)
        return {"status": "deployed", "elements": compiled[0].elements}

    def script(self, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Marker scripts, one or several with commas between them."""
        found = dict(variables)
        for name in (part.strip() for part in text.split(",")):
            if name.startswith("SCRIPT_"):
                self.trace.append(name)
            elif name.startswith("INCREMENT_INTEGER_VARIABLE"):
                found["integerVariable"] = int(found.get("integerVariable") or 0) + 1
            elif name == "THROW_ERROR":
                raise BpmnError("ERROR", "thrown by the script")
        return {name: value for name, value in found.items() if name == "integerVariable"}

    def start(self, process: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        self.instances.begin(process, variables)
        return self.look()

    def complete(self, ref: str, variables: dict[str, Any]) -> dict[str, Any]:
        number, _, token = ref.partition("/")
        self.instances.running[int(number)].complete(token, variables)
        return self.look()

    def message(self, name: str) -> dict[str, Any]:
        self.instances.message(name)
        return self.look()

    def signal(self, name: str) -> dict[str, Any]:
        self.instances.signal(name)
        return self.look()

    def fire_timers(self) -> dict[str, Any]:
        for each, wait in self.instances.timers():
            each.fire(wait.token)
        return self.look()

    def look(self) -> dict[str, Any]:
        self.instances.settle()
        running = self.instances.running
        tasks = [
            {"ref": f"{number}/{task.token}", "id": task.element, "name": task.name, "assignee": task.assignee}
            | {"candidateUsers": list(task.candidate_users), "candidateGroups": list(task.candidate_groups)}
            for number, each in enumerate(running)
            for task in each.tasks.values()
        ]
        return {"tasks": tasks, "ended": all(each.ended is not None for each in running)}

    def play(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Begin, complete what waits for people, fire timers in their order, until nothing more happens."""
        self.instances.running.clear()
        self.trace.clear()
        error = None
        try:
            main, start = self.instances.starts[0]
            self.instances.begin(main, variables, start=None if self.has_plain_start(main) else start.node)
            for _ in range(ROUNDS):
                self.instances.settle()
                if not self.complete_all() and not self.fire_next():
                    break
        except ScriptFailed as failed:
            error = str(failed)
        ended = [each.ended for each in self.instances.running]
        error = error or next((f"error {end.code}" for end in ended if end and end.outcome == "error"), None)
        return {"trace": self.trace, "error": error, "ended": all(ended), "errors": [error] if error else []}

    def has_plain_start(self, process: str) -> bool:
        return any(key == process and start.kind == "none" for key, start in self.instances.starts)

    def complete_all(self) -> bool:
        tasks = [(each, token) for each in self.instances.running for token in each.tasks]
        for each, token in tasks:
            if token in each.tasks:
                each.complete(token)
        return bool(tasks)

    def fire_next(self) -> bool:
        timers = self.instances.timers()
        if timers:
            each, wait = timers[0]
            self.clock.move(max((wait.due or self.clock.now()) - self.clock.now(), timedelta()))
            each.fire(wait.token)
        return bool(timers)


def main() -> None:
    player = Player()
    for line in sys.stdin:
        question = json.loads(line)
        action = getattr(player, question.pop("do").replace("-", "_"))
        try:
            answer = action(**question)
        except ChanceryError as error:
            answer = {"tasks": [], "ended": False, "error": str(error)}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
