"""What of SpiffWorkflow we stand on: a new release that changes any of it is noticed here, by name."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from SpiffWorkflow.task import Task as TheirTask

from tests.engine.runtime import surface
from tests.engine.runtime.drawing import Case, end, process, start

DECISION = surface.ROOM.parent / "decisions" / "0020-a-flat-spiffworkflow.md"
ATTRIBUTES = {"_children", "_parent", "_state", "data", "task_tree", "subprocesses", "script_engine", "task_specs"}
ATTRIBUTES |= {"start", "process_parsers", "create_parser", "deserializing=True"}
"""Made by the library's constructors or public; the classes themselves do not hold them."""


def listed() -> set[str]:
    """The names in the second column of the decision's table."""
    rows = re.findall(r"^\| \w+ \| (.+?) \|", DECISION.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_decision_lists_what_is_overridden_and_used_and_nothing_else() -> None:
    real = {entry.partition(".")[2] for entry in surface.overridden() | surface.used()}
    real |= {entry.partition(".")[2] for entry in surface.RELIED_ON}
    assert sorted(real - listed()) == []
    assert sorted(listed() - real - ATTRIBUTES) == []


def test_nothing_of_it_has_changed_since_somebody_read_it() -> None:
    """After an update: read what is named here, then `python -m tests.engine.runtime.surface`."""
    assert version("SpiffWorkflow") == "3.2.0"
    now, before = surface.digests(), surface.kept()
    assert [name for name in before if now.get(name) != before[name]] == []
    assert sorted(now.keys() - before.keys()) == []


def test_a_changed_method_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(self: TheirTask) -> None:
        """Another release's."""

    monkeypatch.setattr(TheirTask, "run", run)
    now, before = surface.digests(), surface.kept()
    assert [name for name in before if now[name] != before[name]] == ["Task.run"]


def test_a_token_has_what_the_library_gives_a_task() -> None:
    case = Case(process(start() + '<userTask id="a"/>' + end() + '<sequenceFlow id="f" sourceRef="s" targetRef="a"/>'))
    seen = []
    case.memory.act(lambda run: seen.extend(run._instance.tasks.values()))
    assert all({"_children", "_parent", "_state", "internal_data", "triggered"} <= vars(token).keys() for token in seen)
    assert all(isinstance(token, TheirTask) for token in seen)
