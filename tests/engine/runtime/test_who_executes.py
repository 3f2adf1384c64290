"""SpiffWorkflow executes: no token steps past it. The shipped solutions are counted by `make show NAME=who_executes`."""

from __future__ import annotations

from typing import Any

import pytest

from engine.runtime.steps.step import Step
from tests.engine.runtime.differential import play
from tests.engine.runtime.drawing import Case, chain, end, process, script, start, user
from tests.engine.runtime.tracing import Tracer


def test_every_step_of_every_token_goes_through_the_library() -> None:
    with Tracer() as tracer:
        for seed in range(20):
            play(seed, spoil=True)
    assert tracer.unexplained == []
    assert sum(tracer.steps.values()) > 200
    ways = {way for _, way in tracer.steps}
    assert ways <= {"run and completed", "ended in its run", "completed later"}


def test_a_step_past_the_library_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaves_at_once(self: Step, token: Any) -> None:
        self.leave(token)
        self.go_on(token)

    monkeypatch.setattr("engine.runtime.steps.tasks.FeelScript._update", leaves_at_once, raising=False)
    with Tracer() as tracer:
        Case(process(start() + script("k", "1", "v") + user("a") + end() + chain("s", "k", "a", "e"))).do("a")
    assert tracer.unexplained == ["scriptTask k"]
