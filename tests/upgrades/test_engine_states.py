"""Executions put to sleep by earlier releases go on under today's code."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.clock import ManualClock
from engine.runtime import load
from engine.runtime.effects import TaskOpened, WaitOpened
from engine.runtime.memory import Memory, Office
from engine.runtime.state import FORMAT
from tests.engine.runtime.drawing import START_OF_TIME

FOLDER = Path(__file__).parent / "engine"
SAMPLES = sorted(FOLDER.glob("state-*.json"))


def revived(sample: dict[str, Any]) -> Memory:
    office = Office(clock=ManualClock(START_OF_TIME + timedelta(days=1, hours=1)))
    for key, text in sample["compiled"].items():
        office.deploy(load(text, key, sample["refs"][key]))
    memory = Memory(office.definitions["P"][-1], office)
    memory.main = sample["main"]
    for scope, name, text in sample["rows"]:
        memory.rows.rows.setdefault(scope, {})[name] = text
    memory.parts = {token: (part[0], part[1]) for token, part in sample["parts"].items()}
    memory.tasks = {task["token"]: TaskOpened(**task) for task in sample["tasks"]}
    memory.waits = {wait["token"]: WaitOpened(**wait) for wait in sample["waits"]}
    return memory


def test_every_format_has_its_sample() -> None:
    assert [path.stem for path in SAMPLES] == [f"state-{number}" for number in range(1, FORMAT + 1)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_case_of_an_earlier_release_comes_to_its_end(path: Path) -> None:
    memory = revived(json.loads(path.read_text(encoding="utf-8")))
    elements = sorted(task.element for task in memory.tasks.values())
    assert elements == sorted(["hurry", "listen", "quest", "talk", *["many"] * 18])
    assert len(memory.parts) == 18
    assert memory.message("M", {"told": True})
    for _ in range(40):
        for token in list(memory.tasks):
            if token in memory.tasks:
                memory.complete(token, {"vote": "late"} if memory.tasks[token].element == "many" else {})
    assert memory.ended is not None
    assert memory.ended.outcome == "completed"
    variables = memory.variables()
    assert (variables["total"], variables["votes"][0], variables["votes"][3]) == (20, "no", "yes")
    assert (memory.parts, memory.waits) == ({}, {})
