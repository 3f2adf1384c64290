"""
Plays one random model on the engine (asleep and awake at every step), in the token game, and on plain SpiffWorkflow.

The engine must agree with the game in every step. Plain SpiffWorkflow must agree up to the step in which something
happens that it is known to get wrong (`FAULTS`); from there on it is left alone.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

from SpiffWorkflow.exceptions import SpiffWorkflowException, WorkflowException

from tests.engine.runtime.drawing import Case
from tests.engine.runtime.plain import Plain, element_of, path_of
from tests.engine.runtime.random_models import CONDITIONS, Made, Maker
from tests.engine.runtime.token_game import Game, Unbounded

MOST_STEPS = 60

ANY = frozenset({"more", "fewer", "other", "end", "error"})

FAULTS: dict[str, tuple[str, frozenset[str]]] = {
    "a join is reached again": ("a_parallel_join_in_a_loop_fires_with_a_token_of_the_round_before", ANY),
    "two tokens on one flow into a join": ("a_second_token_on_one_flow_into_a_join_is_lost", ANY),
    "two tokens between the same two nodes": (
        "two_flows_between_the_same_nodes_count_as_one",
        frozenset({"fewer", "more", "other"}),
    ),
    "an inclusive join waits straight behind a fork": (
        "an_inclusive_join_straight_behind_a_fork_does_not_wait",
        frozenset({"more"}),
    ),
    "a fork is passed again": ("a_second_token_through_a_fork_takes_away_what_the_first_started", ANY),
    "a join waits for a token it could send itself": (
        "a_join_that_stands_on_a_cycle_through_itself_does_not_wait",
        frozenset({"more"}),
    ),
    "a cycle without a choice": ("a_cycle_without_a_choice_cannot_be_begun", frozenset({"error"})),
    "a boundary event fires again": ("a_boundary_event_that_interrupts_nothing_fires_once", frozenset({"fewer"})),
    "a boundary event takes several sub-processes away": (
        "taking_several_sub_processes_away_breaks_the_instance",
        frozenset({"error"}),
    ),
    "an event sub-process interrupts": (
        "an_interrupting_event_sub_process_interrupts_nothing",
        frozenset({"more", "other"}),
    ),
    "an event sub-process inside a sub-process": (
        "an_event_sub_process_inside_a_sub_process_hears_nothing",
        frozenset({"fewer", "other"}),
    ),
}
"""What the token game has seen -> the test that proves plain SpiffWorkflow wrong there, and how it may then differ."""

Open = Counter[tuple[str, str]]


class Player(Protocol):
    """Somebody who plays a model: the open work by (element, instances around it), and what can be done."""

    @property
    def over(self) -> bool: ...

    def open(self) -> Open: ...

    def complete(self, task: tuple[str, str], values: dict[str, bool]) -> None: ...

    def signal(self, name: str) -> None: ...


def shown(task: tuple[str, tuple[int, ...]]) -> tuple[str, str]:
    return task[0], "/".join(str(index) for index in task[1])


class Ours:
    def __init__(self, made: Made, values: dict[str, bool]) -> None:
        self.case = Case(made.xml(), values)

    @property
    def over(self) -> bool:
        return self.case.ended is not None

    def open(self) -> Open:
        return Counter((task.element, task.assignee or "") for task in self.case.memory.tasks.values())

    def complete(self, task: tuple[str, str], values: dict[str, bool]) -> None:
        tasks = self.case.memory.tasks.values()
        token = next(each.token for each in tasks if (each.element, each.assignee or "") == task)
        self.case.memory.complete(token, values)

    def signal(self, name: str) -> None:
        self.case.signal(name)


class AsItComes:
    def __init__(self, made: Made, values: dict[str, bool]) -> None:
        self.plain = Plain(made.xml(plain=True), values, one_store=True)

    @property
    def over(self) -> bool:
        return self.plain.ended

    def named(self) -> list[tuple[tuple[str, str], Any]]:
        return [(shown((element_of(task), path_of(task))), task) for task in self.plain.open()]

    def open(self) -> Open:
        return Counter(name for name, _ in self.named())

    def complete(self, task: tuple[str, str], values: dict[str, bool]) -> None:
        self.plain.finish(next(each for name, each in self.named() if name == task), values)

    def signal(self, name: str) -> None:
        try:
            self.plain.tell("signal", name)
        except WorkflowException as nobody:
            if "not waiting" not in str(nobody):
                raise


@dataclass
class Difference:
    """More, fewer or other open tasks than there should be, another end, an exception."""

    kind: str
    text: str


@dataclass
class Played:
    """How it went: `same …`, `skipped`, or what differs; plain SpiffWorkflow: `same`, `left: fault …`, or what differs."""

    made: Made
    result: str = "skipped"
    steps: int = 0
    plain: str = "not asked"

    @property
    def agreed(self) -> bool:
        return self.result.startswith(("same", "skipped"))

    @property
    def explained(self) -> bool:
        return self.plain.startswith(("same", "not asked", "left"))


def play(seed: int, spoil: bool, depth: int = 3, with_plain: bool = False) -> Played:
    """The model of a seed, played as the seed says."""
    return play_model(Maker(seed, spoil, depth).make(), seed, with_plain)


def play_model(made: Made, seed: int, with_plain: bool = False) -> Played:
    chance = random.Random(seed * 7 + 1)
    values = {f"v{number}": chance.random() < 0.5 for number in range(CONDITIONS)}
    values["again"] = chance.random() < 0.5
    played = Played(made)
    try:
        game = Game(made.graph, dict(values))
    except Unbounded:
        return played
    ours = Ours(made, dict(values))
    plain = _beginning(made, values, game, played) if with_plain else None
    for played.steps in range(MOST_STEPS + 1):
        wrong = differs(game, ours)
        if wrong:
            played.result = f"{wrong.kind}: {wrong.text}"
            return played
        if plain is not None and (wrong := differs(game, plain)):
            plain = _leave(game, played, wrong)
        if not game.tasks() or played.steps == MOST_STEPS:
            break
        try:
            plain = _one_step(game, ours, plain, played, chance, values)
        except Unbounded:
            played.result = "same, cut"
            return played
    played.result = "same, ended" if game.done else "same, stuck" if not game.tasks() else "same, cut"
    return played


def _beginning(made: Made, values: dict[str, bool], game: Game, played: Played) -> AsItComes | None:
    played.plain = "same"
    try:
        return AsItComes(made, dict(values))
    except (SpiffWorkflowException, RecursionError) as error:
        return _leave(game, played, Difference("error", repr(error)))


def _leave(game: Game, played: Played, wrong: Difference) -> None:
    """Plain SpiffWorkflow differs: for a known reason, or for none."""
    known = sorted(fact for fact in game.facts & FAULTS.keys() if wrong.kind in FAULTS[fact][1])
    played.plain = f"left: {known[0]}" if known else f"{wrong.kind}: {wrong.text}"


def _one_step(
    game: Game, ours: Ours, plain: AsItComes | None, played: Played, chance: random.Random, values: dict[str, bool]
) -> AsItComes | None:
    """One thing happens to all; plain SpiffWorkflow may break on it."""
    if played.made.signals and chance.random() < 0.2:
        name = chance.choice(played.made.signals)
        game.signal(name)
        ours.signal(name)
        return _on_plain(game, plain, played, lambda: plain and plain.signal(name))
    task = chance.choice(sorted(game.tasks()))
    new = {name: chance.random() < 0.5 for name in values if chance.random() < 0.5} | {"again": chance.random() < 0.4}
    game.complete(task, new)
    ours.complete(shown(task), new)
    return _on_plain(game, plain, played, lambda: plain and plain.complete(shown(task), new))


def _on_plain(game: Game, plain: AsItComes | None, played: Played, act: Any) -> AsItComes | None:
    try:
        act()
    except Exception as error:
        return _leave(game, played, Difference("error", repr(error)))
    return plain


def differs(game: Game, player: Player) -> Difference | None:
    """What the player does not have as the game has it."""
    want, got = Counter({shown(task): count for task, count in game.tasks().items()}), player.open()
    if want != got:
        kind = "more" if not want - got else "fewer" if not got - want else "other"
        return Difference(kind, f"wanted {sorted(want.elements())}, got {sorted(got.elements())}")
    if game.done != player.over:
        return Difference("end", f"wanted {game.done}, got {player.over}")
    return None
