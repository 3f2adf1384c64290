"""
Who executes: every step of every token of the shipped solutions' scenarios went through SpiffWorkflow.

Plays all scenarios, then a cell of the event table for each kind of event and random diagrams, with a note around the
library's own `Task._ready`, `Task.run`, `TaskSpec._run` and `Task.complete`. Prints, for each kind of node, how many times
a token left it and how the library took part; exits 1 when one step went past it.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.bpmn import compile_file
from services.sandbox.sandbox import Sandbox
from services.solutions.play_scenario import play_scenario
from tests.engine.runtime import event_matrix
from tests.engine.runtime.differential import play
from tests.engine.runtime.drawing import Case
from tests.engine.runtime.tracing import WAYS, Tracer
from tests.solutions.test_scenarios_play import STORIES, story

MODELS = 300


def play_stories(tracer: Tracer) -> list[str]:
    """Steps of each scenario; what was not as told."""
    wrong = []
    sandbox = Sandbox()
    try:
        for slug, name in STORIES:
            before = sum(tracer.steps.values())
            bundle, told = story(slug, name)
            with tempfile.TemporaryDirectory() as folder:
                played = play_scenario(bundle, told, Path(folder), sandbox=sandbox)
            wrong += [f"{slug} {name}: {each}" for each in played.mismatches]
            print(f"  {slug} {name}: {sum(tracer.steps.values()) - before} steps of tokens")
    finally:
        sandbox.close()
    return wrong


def play_events() -> None:
    for position in event_matrix.POSITIONS:
        for kind in event_matrix.KINDS:
            drawn = event_matrix.drawn(kind, position)
            if not compile_file(drawn.encode(), "x.bpmn").refused:
                how = {"start": "s"} if position == "process start" else {}
                event_matrix.after(Case(drawn, {"go": False}, **how), kind, position)


def table(steps: Counter[tuple[str, str]]) -> None:
    print(f"  {'':<24}" + "".join(f"{way:>20}" for way in WAYS))
    for kind in sorted({kind for kind, _ in steps}):
        print(f"  {kind:<24}" + "".join(f"{steps[(kind, way)] or '':>20}" for way in WAYS))


def shown(name: str, tracer: Tracer) -> int:
    total, past = sum(tracer.steps.values()), len(tracer.unexplained)
    print(f"{name}: {total} steps, {total - past} of them through SpiffWorkflow, unexplained {past}")
    print("  calls of the library: " + ", ".join(f"{each} {count}" for each, count in sorted(tracer.calls.items())))
    table(tracer.steps)
    return past


def main() -> int:
    print("scenarios of the shipped solutions")
    with Tracer() as stories:
        wrong = play_stories(stories)
    with Tracer() as diagrams:
        play_events()
        for seed in range(MODELS // 2):
            for spoil in (False, True):
                play(seed, spoil)
    past = shown("shipped solutions", stories) + shown(f"event table and {MODELS} random diagrams", diagrams)
    for each in wrong:
        print("not as told: " + each)
    return int(bool(wrong or past or not stories.steps))


if __name__ == "__main__":
    sys.exit(main())
