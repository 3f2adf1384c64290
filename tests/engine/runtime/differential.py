"""Plays one random model on the engine (asleep and awake at every step) and in the token game, and compares."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from tests.engine.runtime.drawing import Case
from tests.engine.runtime.random_models import CONDITIONS, Made, Maker
from tests.engine.runtime.token_game import Game, Unbounded

MOST_STEPS = 60


def shown(task: tuple[str, tuple[int, ...]]) -> tuple[str, str]:
    return task[0], "/".join(str(index) for index in task[1])


def engine_tasks(case: Case) -> Counter[tuple[str, str]]:
    return Counter((task.element, task.assignee or "") for task in case.memory.tasks.values())


def play(seed: int, spoil: bool, depth: int = 3) -> tuple[str, int, Made]:
    """How it went (`same …` or what differs), how many steps, and the model."""
    made = Maker(seed, spoil, depth).make()
    chance = random.Random(seed * 7 + 1)
    values: dict[str, bool] = {f"v{number}": chance.random() < 0.5 for number in range(CONDITIONS)}
    values["again"] = chance.random() < 0.5
    try:
        game = Game(made.graph, dict(values))
    except Unbounded:
        return "skipped", 0, made
    case = Case(made.xml(), dict(values))
    for step in range(MOST_STEPS):
        wrong = differs(game, case)
        if wrong:
            return wrong, step, made
        if not game.tasks():
            return ("same, ended" if game.done else "same, stuck"), step, made
        try:
            one_step(game, case, made, chance, values)
        except Unbounded:
            return "same, cut", step, made
    return "same, cut", MOST_STEPS, made


def one_step(game: Game, case: Case, made: Made, chance: random.Random, values: dict[str, Any]) -> None:
    if made.signals and chance.random() < 0.2:
        name = chance.choice(made.signals)
        game.signal(name)
        case.signal(name)
        return
    task = chance.choice(sorted(game.tasks()))
    new = {name: chance.random() < 0.5 for name in values if chance.random() < 0.5} | {"again": chance.random() < 0.4}
    game.complete(task, new)
    element, path = shown(task)
    token = next(t.token for t in case.memory.tasks.values() if (t.element, t.assignee or "") == (element, path))
    case.memory.complete(token, new)


def differs(game: Game, case: Case) -> str:
    want, got = Counter({shown(task): count for task, count in game.tasks().items()}), engine_tasks(case)
    if want != got:
        return f"tasks differ: wanted {sorted(want.elements())}, got {sorted(got.elements())}"
    if game.done != (case.ended is not None):
        return f"end differs: wanted {game.done}, got {case.ended}"
    return ""
