"""One definition, many threads at once; with 160 threads and 4 processes it is `make show NAME=engine_shared`."""

from __future__ import annotations

from typing import Any

from tests.engine.runtime.shared import digest, play_in_threads, play_one, shared_definition


def test_forty_threads_leave_the_definition_as_it_was_and_each_case_as_alone() -> None:
    definition = shared_definition()
    before = digest(definition)
    traces, errors = play_in_threads(definition, 40, ways=80)
    assert errors == []
    assert digest(definition) == before
    assert traces == {way: play_one(definition, way) for way in range(80)}
    assert len(set(traces.values())) > 70


def test_the_digest_sees_what_an_instance_could_change() -> None:
    before = digest(shared_definition())

    def after(change: Any) -> str:
        definition = shared_definition()
        change(definition.spec.task_specs)
        return digest(definition)

    assert digest(shared_definition()) == before
    assert after(lambda specs: specs["a"]._outputs.append("b")) != before
    assert after(lambda specs: specs["z"].completed_event.connect(print)) != before
    assert after(lambda specs: specs["k"].reach.update(z=frozenset({"f"}))) != before
    assert after(lambda specs: setattr(specs["j"], "waiting", ["token"])) != before
