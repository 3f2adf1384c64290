"""The engine against a token game that shares no code with it; the long run is `make show NAME=engine_differential`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.runtime.scopes import FlatScope
from engine.runtime.steps.catching import Boundary
from engine.runtime.steps.gateways import InclusiveJoin, Join, ParallelJoin
from engine.runtime.steps.multi_instance import MultiInstance
from engine.runtime.steps.starts import Trigger
from engine.runtime.token import Token
from tests.engine.runtime import test_where_spiffworkflow_is_wrong
from tests.engine.runtime.differential import FAULTS, play, play_model
from tests.engine.runtime.random_models import Maker
from tests.engine.runtime.shrinking import shrunk
from tests.engine.runtime.token_game import graphs


@pytest.mark.parametrize("spoil", [False, True])
def test_random_models_run_as_the_standard_says(spoil: bool) -> None:
    played = [play(seed, spoil) for seed in range(150)]
    assert [(seed, each.result) for seed, each in enumerate(played) if not each.agreed] == []


def test_plain_spiffworkflow_agrees_where_it_is_right() -> None:
    played = [play(seed, spoil=seed % 2 == 1, with_plain=True) for seed in range(60)]
    assert [(seed, each.plain) for seed, each in enumerate(played) if not each.explained] == []
    assert sum(each.plain == "same" for each in played) > 30


def test_every_fault_that_excuses_plain_spiffworkflow_is_proven() -> None:
    proven = vars(test_where_spiffworkflow_is_wrong)
    assert [name for name, _ in FAULTS.values() if f"test_{name}" not in proven] == []


# it bites ------------------------------------------------------------------------------------------------------------


def never_waits(self: InclusiveJoin, token: Token, full: set[str]) -> bool:
    return True


def counts_without_flows(self: ParallelJoin, tokens: list[Token]) -> dict[str, Token]:
    return {token.id: token for token in tokens[: len(self.incoming)]}


def eats_the_excess(self: Join, survivor: Token, tokens: list[Token]) -> None:
    for other in self.waiting_here(survivor):
        if other is not survivor:
            other.consume()


def holds_back_without_the_second_clause(self: InclusiveJoin, token: Token, full: set[str]) -> bool:
    empty = set(self.incoming) - full
    others = [each for each in token.workflow.live() if each.task_spec is not self]
    return not any(self.reach.get(each.task_spec.name, frozenset()) & empty for each in others)


def interrupts_nothing(self: Trigger, scope: FlatScope, token: Token) -> None:
    pass


def fires_once(self: Boundary, token: Token, block: Token) -> None:
    token.move_to(None)


def forgets_the_last_instance(self: MultiInstance, holder: Token) -> None:
    data = holder.internal_data
    if not holder.finished:
        if data["done"] >= data["total"] - 1:
            self._sweep(holder)
            self.finish(holder)
        elif self.loop.kind == "sequential":
            self._next(holder, self.items(holder))


@pytest.mark.parametrize(
    ("owner", "name", "wrong"),
    [
        (InclusiveJoin, "enabled", never_waits),
        (InclusiveJoin, "enabled", holds_back_without_the_second_clause),
        (ParallelJoin, "first_per_flow", counts_without_flows),
        (ParallelJoin, "merge", eats_the_excess),
        (Trigger, "_interrupt", interrupts_nothing),
        (Boundary, "_stay_armed", fires_once),
        (MultiInstance, "after_child", forgets_the_last_instance),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_notices_a_fault_in_the_engine(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, wrong: Callable[..., Any]
) -> None:
    """Each fault is put into the kernel, and the run must find it; on average it does so many times over."""
    monkeypatch.setattr(owner, name, wrong)
    assert any(not play(seed, spoil).agreed for seed in range(400) for spoil in (True, False))


def test_what_it_finds_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trigger, "_interrupt", interrupts_nothing)
    seed = next(seed for seed in range(200) if not play(seed, spoil=False).agreed)

    def shows(model: Any) -> bool:
        return any(not play_model(model, chance).agreed for chance in (seed, 1, 2, 3))

    found = shrunk(Maker(seed, spoil=False).make(), shows)
    assert shows(found)
    assert sum(len(graph.nodes) for graph in graphs(found.graph)) <= 12
