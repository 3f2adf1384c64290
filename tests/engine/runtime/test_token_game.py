"""The engine against a token game that shares no code with it; the long run is `make show NAME=engine_differential`."""

from __future__ import annotations

import pytest

from engine.runtime.steps.gateways import InclusiveJoin, ParallelJoin
from tests.engine.runtime.differential import play


@pytest.mark.parametrize("spoil", [False, True])
def test_random_models_run_as_the_standard_says(spoil: bool) -> None:
    results = [(seed, play(seed, spoil)[0]) for seed in range(150)]
    assert [(seed, result) for seed, result in results if not result.startswith(("same", "skipped"))] == []


def wrong(seeds: range, spoil: bool) -> int:
    return sum(not play(seed, spoil)[0].startswith(("same", "skipped")) for seed in seeds)


def test_it_notices_an_inclusive_join_that_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InclusiveJoin, "enabled", lambda self, token, full: True)
    assert wrong(range(150), spoil=False) > 0


def test_it_notices_tokens_counted_without_their_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ParallelJoin, "first_per_flow", lambda self, tokens: {token.id: token for token in tokens[: len(self.incoming)]}
    )
    assert wrong(range(300), spoil=True) > 0
