"""
What nobody should draw, type or send: a finding, an incident or a refusal that says why, and Boris's case goes on beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from engine import Engine, queries
from engine.clock import ManualClock
from engine.deployment import Bundle, deploy
from engine.errors import ChanceryError, Invalid, NotFound, ScriptFailed
from engine.jobs import drain, run_job, sweep
from engine.operations import Call, Operation, Operations
from engine.runtime.commands import deliver_message, perform, start_instance
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import ANNA, BORIS, complete, deployed, open_elements, open_tasks, started, state_of, variables

TIDY = drawing(
    "tidy",
    start(),
    task("read", candidateGroups="clerks"),
    task("sign", candidateGroups="clerks"),
    end(),
    path("begun", "read", "sign", "ended"),
)
MESSAGE = '<message id="paid_message" name="paid"/>'
CALL = '<callActivity id="again" calledElement="{}"/>'


@pytest.fixture(autouse=True)
def boris(engine: Engine) -> Iterator[None]:
    """Boris has a case on the same database; whatever a test does to others, he reads and signs."""
    deployed(engine, TIDY, solution="tidy")
    instance = started(engine, "tidy", BORIS)
    yield
    for element in ("read", "sign"):
        (mine,) = open_tasks(engine, instance)
        assert mine.element == element
        complete(engine, BORIS, mine)
    assert state_of(engine, instance) == "completed"


def begin(engine: Engine, key: str, **how: Any) -> Any:
    """As an API does it: what fails is filed."""
    return perform(engine, ANNA, "start", lambda work: {"ref": start_instance(engine, work, ANNA, key, **how).ref})


def incidents(engine: Engine) -> list[tuple[str, str | None]]:
    with engine.database.reading() as session:
        return [(each.code, each.element) for each in queries.incidents(session)]


def findings(engine: Engine, source: bytes) -> set[str]:
    with engine.database.unit_of_work() as work:
        return {found.code for found in deploy(engine, work, ANNA, Bundle("bad", {"bad.bpmn": source})).findings}


def several(inside: str) -> str:
    return f"<multiInstanceLoopCharacteristics>{inside}</multiInstanceLoopCharacteristics>"


def timer(kind: str, value: str) -> str:
    return f"<timerEventDefinition><time{kind}>{value}</time{kind}></timerEventDefinition>"


def wait(kind: str, value: str) -> str:
    return f'<intermediateCatchEvent id="wait">{timer(kind, value)}</intermediateCatchEvent>'


def script(id: str, text: str) -> str:
    return f'<scriptTask id="{id}" scriptFormat="feel" camunda:resultVariable="v"><script>{text}</script></scriptTask>'


# drawn ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("bpmn-timer-out-of-range", [wait("Duration", "P999999999Y"), path("begun", "wait", "ended")]),
        ("bpmn-process-unknown", [CALL.format("nobody"), path("begun", "again", "ended")]),
        ("bpmn-flow-end-unknown", [task("a"), path("begun", "a", "ended"), flow("a", "nowhere")]),
    ],
)
def test_it_is_found_before_anybody_starts_it(engine: Engine, code: str, parts: list[str]) -> None:
    assert code in findings(engine, drawing("bad", start(), *parts, end()))


CHOICE = '<exclusiveGateway id="x" default="x_to_ended"/>'
BAD = {
    "step-budget: a task that is done by nobody leads to itself": (
        [script("a", "1"), path("begun", "a"), flow("a", "a"), end()],
        {},
    ),
    "step-budget: a cycle without a wait": (
        [
            script("a", "1"),
            script("b", "2"),
            CHOICE,
            path("begun", "a", "b", "x", "ended"),
            flow("x", "a", "again"),
            end(),
        ],
        {"again": True},
    ),
    "too-many-instances: a thousand million of them": (
        [
            task("many", several("<loopCardinality>${how_many}</loopCardinality>")),
            path("begun", "many", "ended"),
            end(),
        ],
        {"how_many": 10**9},
    ),
    "cardinality-not-a-number: how many is a word": (
        [
            task("many", several("<loopCardinality>${how_many}</loopCardinality>")),
            path("begun", "many", "ended"),
            end(),
        ],
        {"how_many": "many"},
    ),
    "collection-not-a-list: the collection is a word": (
        [
            task("many", '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p"/>'),
            path("begun", "many", "ended"),
            end(),
        ],
        {"people": "Boris"},
    ),
    "not-a-time: a time of a thousand million years": (
        [wait("Duration", "${long}"), path("begun", "wait", "ended"), end()],
        {"long": "P999999999Y"},
    ),
    "not-a-time: a time that is a number": (
        [wait("Duration", "${long}"), path("begun", "wait", "ended"), end()],
        {"long": 5},
    ),
    "condition-not-boolean: a condition that is a word": (
        [CHOICE, task("a"), path("begun", "x", "ended"), flow("x", "a", "${again}"), path("a", "ended"), end()],
        {"again": "yes"},
    ),
    "called-too-deep: a process that calls itself": ([CALL.format("bad"), path("begun", "again", "ended"), end()], {}),
    "not-a-time: a cycle that never moves on": (
        [
            task("a", candidateGroups="clerks"),
            f'<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{timer("Cycle", "R/PT0S")}</boundaryEvent>',
            path("begun", "a", "ended"),
            path("b", "ended"),
            end(),
        ],
        {},
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_taken_back_and_filed(engine: Engine, name: str) -> None:
    code = name.partition(":")[0]
    parts, values = BAD[name]
    deployed(engine, drawing("bad", start(), *parts))
    with pytest.raises(ScriptFailed) as failed:
        begin(engine, "bad", variables=values)
    assert failed.value.code == code
    assert [each for each, _ in incidents(engine)] == [code]


def test_a_gateway_that_leads_to_itself_is_filed_as_standing_still(engine: Engine) -> None:
    deployed(engine, drawing("bad", start(), '<parallelGateway id="g"/>', path("begun", "g"), flow("g", "g")))
    begin(engine, "bad")
    assert incidents(engine) == [("nothing-can-happen", "g")]


def test_an_operation_that_failed_in_an_unknown_way_is_filed(engine: Engine) -> None:
    def broken(call: Call) -> Mapping[str, Any]:
        return {"answer": object()}

    engine = replace(engine, operations=Operations.of((Operation("broken", "database", broken),)))
    deployed(engine, drawing("bad", start(), service("k", "broken"), end(), path("begun", "k", "ended")))
    with pytest.raises(ScriptFailed):
        begin(engine, "bad")
    assert len(incidents(engine)) == 1


# typed and sent ------------------------------------------------------------------------------------------------------

ASKING = drawing(
    "asking",
    start(),
    task("ask", candidateGroups="clerks"),
    task("next", candidateGroups="clerks"),
    end(),
    path("begun", "ask", "next", "ended"),
)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("variable-name", {"__class__": 1}),
        ("variable-name", {"__x__": 1}),
        ("variable-name", {" ": 1}),
        ("variable-name", {"n" * 256: 1}),
        ("variable-name", {"a\x00b": 1}),
        ("variable-too-large", {"text": "я" * 5_000_000}),
        ("variable-too-large", {"list": [{"row": "x" * 100}] * 100_000}),
        ("variable-not-data", {"deep": deep(100_000)}),
        ("variable-not-data", {"deep": deep(300)}),
        ("variable-not-data", {"text": "a\x00b"}),
        ("variable-not-data", {"text": "\ud800"}),
        ("variable-not-data", {"number": float("nan")}),
        ("variable-not-data", {"thing": object()}),
        ("variable-not-data", {"map": {1: 2}}),
    ],
    ids=lambda value: next(iter(value))[:12] if isinstance(value, dict) else value,
)
def test_a_variable_that_cannot_be_one_is_refused(engine: Engine, code: str, values: Mapping[str, Any]) -> None:
    deployed(engine, ASKING)
    instance = started(engine, "asking")
    (ask,) = open_tasks(engine, instance)
    with pytest.raises(Invalid) as refused:
        complete(engine, ANNA, ask, values)
    assert refused.value.code == code
    with pytest.raises(Invalid):
        begin(engine, "asking", variables=values)
    assert (open_elements(engine, instance), incidents(engine)) == (["ask"], [])


def test_variables_may_be_called_like_functions_and_be_large(engine: Engine) -> None:
    deployed(engine, ASKING)
    instance = started(engine, "asking")
    values = {
        "sum": 1,
        "count": 2,
        "date": "today",
        "now": True,
        "not": False,
        "class": "A",
        "if": 1,
        "text": "я" * 100_000,
    }
    complete(engine, ANNA, open_tasks(engine, instance)[0], values)
    assert variables(engine, instance) == values


def test_what_a_diagram_makes_too_large_is_filed(engine: Engine) -> None:
    grow = script("grow", "concatenate(v, v)")
    loop = [
        '<exclusiveGateway id="x" default="x_to_ended"/>',
        path("begun", "grow", "x", "ended"),
        flow("x", "grow", "true"),
    ]
    deployed(engine, drawing("bad", start(), grow, *loop, end()))
    with pytest.raises(ScriptFailed):
        begin(engine, "bad", variables={"v": ["0123456789"] * 10})
    assert len(incidents(engine)) == 1


def test_a_message_nobody_waits_for_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound) as nobody, engine.database.unit_of_work() as work:
        deliver_message(engine, work, ANNA, "paid", correlation={"order": {"odd": [1]}}, payload={"sum": 1})
    assert nobody.value.code == "message-nobody-waits"


def test_a_thrown_message_nobody_waits_for_is_filed_and_the_thrower_goes_on(engine: Engine, clock: ManualClock) -> None:
    throw = (
        '<intermediateThrowEvent id="t"><messageEventDefinition messageRef="paid_message"/></intermediateThrowEvent>'
    )
    deployed(engine, drawing("bad", start(), throw, end(), path("begun", "t", "ended"), also=MESSAGE))
    instance = started(engine, "bad")
    for _ in range(7):
        drain(engine)
        clock.move(timedelta(minutes=16))
    assert state_of(engine, instance) == "completed"
    assert incidents(engine) == [("message-nobody-waits", "t")]


def test_a_timer_a_year_late_fires_once_and_its_cycle_goes_on_from_today(engine: Engine, clock: ManualClock) -> None:
    every_minute = timer("Cycle", "R/PT1M")
    remind = f'<boundaryEvent id="missed" attachedToRef="ask" cancelActivity="false">{every_minute}</boundaryEvent>'
    parts = [start(), task("ask", candidateGroups="clerks"), remind, task("hurry"), end(), end("hurried")]
    deployed(engine, drawing("late", *parts, path("begun", "ask", "ended"), path("missed", "hurry", "hurried")))
    instance = started(engine, "late")
    clock.move(timedelta(days=365))
    for _ in range(5):
        sweep(engine)
        drain(engine)
    assert sorted(open_elements(engine, instance)) == ["ask", "hurry"]
    clock.move(timedelta(minutes=1))
    drain(engine)
    assert open_elements(engine, instance).count("hurry") == 2


def test_a_job_delivered_three_times_does_its_work_once(engine: Engine, clock: ManualClock) -> None:
    deployed(
        engine,
        drawing("bad", start(), wait("Duration", "PT1H"), task("next"), end(), path("begun", "wait", "next", "ended")),
    )
    instance = started(engine, "bad")
    clock.move(timedelta(hours=2))
    (job,) = sweep(engine)
    answers = []
    for _ in range(3):
        answers.append(run_job(engine, job))
        with engine.database.unit_of_work() as work:
            work.session.execute(text("UPDATE job SET state = 'waiting'"))
    assert (answers, open_elements(engine, instance)) == (["done"] * 3, ["next"])


def test_a_state_that_cannot_be_read_harms_only_its_own_case(engine: Engine) -> None:
    deployed(engine, ASKING)
    instance = started(engine, "asking")
    (ask,) = open_tasks(engine, instance)
    with engine.database.unit_of_work() as work:
        broken = json.dumps({"format": 1})
        work.session.execute(
            text("UPDATE instance SET execution = :text WHERE id = :id"), {"text": broken, "id": instance.id}
        )
    with pytest.raises(ChanceryError) as failed:
        complete(engine, ANNA, ask)
    assert isinstance(failed.value, ScriptFailed)
