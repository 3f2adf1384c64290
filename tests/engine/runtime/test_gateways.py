"""Choosing, dividing, joining."""

from __future__ import annotations

import pytest

from engine.errors import ScriptFailed
from engine.runtime import StepBudget
from tests.engine.runtime.drawing import Case, chain, end, flow, process, start, timer, user


def choice(kind: str = "exclusiveGateway") -> str:
    return process(
        start()
        + f'<{kind} id="g" default="d"/>'
        + "".join(user(name) for name in "abc")
        + end()
        + flow("s", "g")
        + flow("g", "a", "amount > 100")
        + flow("g", "b", "${amount > 10}")
        + flow("g", "c", id="d")
        + "".join(chain(name, "e") for name in "abc")
    )


@pytest.mark.parametrize(("amount", "tasks"), [(500, ["a"]), (50, ["b"]), (5, ["c"])])
def test_exclusive_takes_the_first_true_flow_or_the_default(amount: int, tasks: list[str]) -> None:
    assert Case(choice(), {"amount": amount}).tasks == tasks


@pytest.mark.parametrize(("amount", "tasks"), [(500, ["a", "b"]), (50, ["b"]), (5, ["c"])])
def test_inclusive_takes_every_true_flow_or_the_default(amount: int, tasks: list[str]) -> None:
    assert Case(choice("inclusiveGateway"), {"amount": amount}).tasks == tasks


def test_a_condition_that_is_neither_true_nor_false_names_its_flow() -> None:
    with pytest.raises(ScriptFailed) as failed:
        Case(choice())
    assert failed.value.code == "condition-not-boolean"
    assert failed.value.params["value"] == "null"


def test_parallel_joins_in_a_loop_wait_for_both_every_time() -> None:
    body = (
        start()
        + '<exclusiveGateway id="x"/><parallelGateway id="g"/><parallelGateway id="j"/>'
        + '<exclusiveGateway id="y" default="done"/>'
        + user("a")
        + user("b")
        + end()
        + chain("s", "x", "g", "a", "j", "y")
        + chain("g", "b", "j")
        + flow("y", "x", "again")
        + flow("y", "e", id="done")
    )
    case = Case(process(body), {"again": True})
    case.do("a").do("b")
    assert case.tasks == ["a", "b"]
    case.do("b")
    assert case.tasks == ["a"]
    case.do("a", again=False)
    assert case.ended == "completed"


def test_two_flows_between_the_same_gateways_both_count() -> None:
    body = start() + '<parallelGateway id="g"/><parallelGateway id="j"/>' + user("z") + end()
    case = Case(process(body + flow("s", "g") + flow("g", "j") + flow("g", "j") + chain("j", "z", "e")))
    assert case.tasks == ["z"]


def test_a_value_written_in_one_branch_survives_the_join() -> None:
    body = start() + '<parallelGateway id="g"/><parallelGateway id="j"/>' + user("a") + user("b") + user("z") + end()
    case = Case(process(body + chain("s", "g", "a", "j", "z", "e") + chain("g", "b", "j")), {"v": 0})
    case.do("a", v=2).do("b", w=1)
    assert case.variables == {"v": 2, "w": 1}


def test_inclusive_join_waits_only_for_what_can_still_come() -> None:
    body = (
        start()
        + '<inclusiveGateway id="g" default="d"/><inclusiveGateway id="j"/>'
        + "".join(user(name) for name in "abcz")
        + end()
        + flow("s", "g")
        + flow("g", "a", "x")
        + flow("g", "b", "y")
        + flow("g", "c", id="d")
        + "".join(chain(name, "j") for name in "abc")
        + chain("j", "z", "e")
    )
    case = Case(process(body), {"x": True, "y": True})
    case.do("a")
    assert case.tasks == ["b"]
    case.do("b")
    assert case.tasks == ["z"]
    assert case.do("z").ended == "completed"


def test_several_flows_out_of_a_task_divide_and_conditions_on_them_choose() -> None:
    plain = start() + user("a") + user("b") + user("c") + end() + chain("s", "a", "b", "e") + chain("a", "c", "e")
    assert Case(process(plain)).do("a").tasks == ["b", "c"]
    drawn = start() + user("a", default="otherwise") + "".join(user(n) for n in "bcd") + end()
    drawn += chain("s", "a") + flow("a", "b", "x") + flow("a", "c", "y") + flow("a", "d", id="otherwise")
    drawn += "".join(chain(name, "e") for name in "bcd")
    for x, y, tasks in ((True, False, ["b"]), (True, True, ["b", "c"]), (False, False, ["d"])):
        assert Case(process(drawn), {"x": x, "y": y}).do("a").tasks == tasks


def test_the_first_of_two_timers_after_an_event_gateway_wins() -> None:
    body = start() + '<eventBasedGateway id="g"/>'
    for name, time in (("1", "PT2H"), ("2", "PT1H")):
        body += f'<intermediateCatchEvent id="c{name}">{timer("Duration", time)}</intermediateCatchEvent>' + user(
            f"u{name}"
        )
    body += end() + chain("s", "g", "c1", "u1", "e") + chain("g", "c2", "u2", "e")
    case = Case(process(body))
    assert len(case.memory.waits) == 2
    case.wait(hours=1, minutes=30)
    assert (case.tasks, case.memory.waits) == (["u2"], {})


def test_a_join_that_can_never_fire_is_told() -> None:
    body = start() + '<exclusiveGateway id="g" default="d"/><parallelGateway id="j"/>' + user("a") + user("b") + end()
    body += flow("s", "g") + flow("g", "a", "true") + flow("g", "b", id="d") + chain("a", "j") + chain("b", "j", "e")
    case = Case(process(body)).do("a")
    assert [stuck.element for stuck in case.memory.changes.stalled] == ["j"]
    assert case.ended is None


def test_a_loop_without_a_wait_stops_at_the_budget() -> None:
    body = start() + '<exclusiveGateway id="x"/><exclusiveGateway id="y" default="d"/>' + end()
    body += chain("s", "x", "y") + flow("y", "x", "true") + flow("y", "e", id="d")
    with pytest.raises(StepBudget):
        Case(process(body), budget=1000)
