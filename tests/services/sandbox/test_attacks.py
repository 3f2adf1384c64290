"""What hostile files do to a sandbox child: it is stopped, said so, and replaced; the next task works."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import ChanceryError, Invalid, ScriptFailed
from services.sandbox import tasks
from services.sandbox.sandbox import Limits, Sandbox

ATTACKS = "tests.services.sandbox.attacks"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits(wall_seconds=8, cpu_seconds=2, memory_bytes=400 * 1024 * 1024), module=ATTACKS)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("attack", "limit"),
    [("memory_bomb", "memory"), ("endless_loop", "time"), ("hard_crash", "crash"), ("sleeps", "time")],
)
def test_a_task_over_its_limits_is_stopped_and_the_next_one_works(sandbox: Sandbox, attack: str, limit: str) -> None:
    before = time.monotonic()
    with pytest.raises(ScriptFailed) as stopped:
        sandbox.run(attack, {})
    assert (stopped.value.code, stopped.value.params["limit"]) == ("sandbox-limit", limit)
    assert time.monotonic() - before < 20
    assert sandbox.run("echo", {"said": "Обращение"}) == {"said": "Обращение"}


def test_an_error_on_purpose_keeps_its_family_and_code(sandbox: Sandbox) -> None:
    with pytest.raises(Invalid) as refused:
        sandbox.run("refuses", {})
    assert (refused.value.code, refused.value.params) == ("docx-unreadable", {"name": "a.docx"})


def test_an_unexpected_error_is_told_without_a_traceback(sandbox: Sandbox) -> None:
    with pytest.raises(ScriptFailed) as failed:
        sandbox.run("breaks", {})
    assert failed.value.code == "sandbox-failed"
    assert failed.value.params["kind"] == "ZeroDivisionError"


def test_endless_recursion_is_an_error_not_a_crash(sandbox: Sandbox) -> None:
    with pytest.raises(ChanceryError) as failed:
        sandbox.run("recurses", {})
    assert failed.value.params["kind"] == "RecursionError"


def test_the_child_sees_none_of_our_secrets_and_writes_no_file(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHANCERY_SECRET_KEY", "canary")
    assert "CHANCERY_SECRET_KEY" not in sandbox.run("environment", {})["names"]
    with pytest.raises(ScriptFailed):
        sandbox.run("writes", {"path": str(tmp_path / "canary")})
    assert (tmp_path / "canary").read_bytes() == b""


def test_one_child_serves_many_tasks_and_is_replaced_after_its_share(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sandbox.sandbox.JOBS_PER_CHILD", 3)
    served = [sandbox.run("who", {})["pid"] for _ in range(6)]
    assert served[0] == served[1] == served[2] != served[3] == served[4] == served[5]


def test_a_task_nobody_registered_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ScriptFailed):
        sandbox.run("os:system", {})


def test_every_registered_task_exists() -> None:
    for name in tasks.TASKS:
        assert callable(tasks.resolve(tasks.TASKS, name))
