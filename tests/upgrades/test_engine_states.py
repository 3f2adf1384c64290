"""Executions put to sleep by earlier releases go on under today's code."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.clock import ManualClock
from engine.runtime import load
from engine.runtime.effects import CallRequested, TaskOpened, WaitOpened
from engine.runtime.memory import Memory, Office
from engine.runtime.state import FORMAT
from tests.engine.runtime.drawing import START_OF_TIME
from tests.upgrades.make_engine_sample import goes_on

FOLDER = Path(__file__).parent / "engine"
SAMPLES = sorted(FOLDER.glob("state-*.json"))
WAITS = sorted(FOLDER.glob("waits-*.json"))


def revived(sample: dict[str, Any]) -> Memory:
    clock = ManualClock(START_OF_TIME + timedelta(days=1, hours=1))
    office = Office(clock=clock, outside=frozenset({"print"}))
    for key, text in sample["compiled"].items():
        office.deploy(load(text, key, sample["refs"][key]))
    memory = Memory(office.definitions["P"][-1], office)
    memory.main = sample["main"]
    for scope, name, text in sample["rows"]:
        memory.rows.rows.setdefault(scope, {})[name] = text
    memory.parts = {token: (part[0], part[1]) for token, part in sample["parts"].items()}
    memory.tasks = {task["token"]: TaskOpened(**task) for task in sample["tasks"]}
    memory.waits = {wait["token"]: WaitOpened(**wait) for wait in sample["waits"]}
    memory.calls = {call["token"]: CallRequested(**call) for call in sample.get("calls", ())}
    return memory


def test_every_format_has_its_samples() -> None:
    for name, samples in (("state", SAMPLES), ("waits", WAITS)):
        assert [path.stem for path in samples] == [f"{name}-{number}" for number in range(1, FORMAT + 1)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_case_of_an_earlier_release_comes_to_its_end(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    memory = revived(sample)
    elements = sorted(task.element for task in memory.tasks.values())
    asked = ["answer", *["ask"] * 18] if sample["format"] > 1 else []
    assert elements == sorted(["hurry", "listen", "quest", "talk", *["many"] * 18, *asked])
    assert len([text for _, text in memory.parts.values() if text]) == 18 + len(asked)
    assert memory.message("M", {"told": True})
    for _ in range(60):
        for token in list(memory.tasks):
            if token in memory.tasks:
                memory.complete(token, {"vote": "late"} if memory.tasks[token].element == "many" else {})
    assert memory.ended is not None
    assert memory.ended.outcome == "completed"
    variables = memory.variables()
    assert (variables["total"], variables["votes"][0], variables["votes"][3]) == (20, "no", "yes")
    assert (memory.parts, memory.waits) == ({}, {})


@pytest.mark.parametrize("path", WAITS, ids=lambda path: path.stem)
def test_whatever_a_case_waited_for_wakes_it_as_on_the_day_it_fell_asleep(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    memory = revived(sample)
    tasks = sorted(task.element for task in memory.tasks.values())
    assert tasks == ["again", "guarded", "par", "par", "pay", "q2", "r", "seq", "undo", "x1"]
    assert {wait.kind for wait in memory.waits.values()} == {"timer", "message", "signal", "condition"}
    assert {call.kind for call in memory.calls.values()} == {"continue", "external", "operation"}
    assert goes_on(memory) == sample["then"]
    assert memory.ended is not None
    assert (memory.ended.outcome, memory.tasks, memory.waits, memory.calls) == ("completed", {}, {}, {})
