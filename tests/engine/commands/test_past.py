"""An instance as it was: tokens and variables of any moment added up from its history, with images, without, and packed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from engine import Engine, queries
from engine.clock import ManualClock
from engine.jobs import drain
from engine.packing import pack, prune, unpacked
from engine.past import as_of
from engine.runtime.commands import (
    cancel_instance,
    complete_external_task,
    deliver_message,
    fetch_external_tasks,
    set_variables,
)
from engine.runtime.commands.fetch_external_tasks import Topic
from engine.runtime.commands.forget_instance import forget_instance
from engine.store.models import HistoryImage, HistoryStep, HistoryTombstone, Instance, InstancePart, Variable
from tests.engine.drawing import drawing, end, flow, path, service, start, task
from tests.engine.office import ANNA, complete, deployed, open_tasks, started

POLL = (
    '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person">'
    '<completionCondition xsi:type="tFormalExpression">${stop}</completionCondition></multiInstanceLoopCharacteristics>'
)
INSIDE = start("in") + task("draft", candidateGroups="clerks") + end("out") + path("in", "draft", "out")
ROAD = drawing(
    "road",
    start(),
    '<parallelGateway id="fork"/><parallelGateway id="join"/>',
    task("ask", POLL, candidateGroups="clerks"),
    f'<subProcess id="part">{INSIDE}</subProcess>',
    '<boundaryEvent id="late" attachedToRef="part" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>PT50M</timeDuration></timerEventDefinition></boundaryEvent>",
    end("told"),
    '<receiveTask id="letter" messageRef="m"/>',
    service("print", "print"),
    '<exclusiveGateway id="again" default="again_to_ended"/>',
    end(),
    path("begun", "fork", "ask", "join"),
    path("fork", "part", "join"),
    path("fork", "letter", "print", "join"),
    path("join", "again"),
    path("late", "told"),
    flow("again", "fork", "${rounds > 0}"),
    flow("again", "ended"),
    also='<message id="m" name="letter"/>',
)


def _seen(engine: Engine, instance_id: int) -> dict[str, Any]:
    """Where it stands and what it knows, read from today's rows."""
    with engine.database.reading() as session:
        state = session.scalars(select(Instance.execution).where(Instance.id == instance_id)).one()
        asleep = select(InstancePart.token).where(InstancePart.instance_id == instance_id)
        rows = select(Variable.scope, Variable.name, Variable.value).where(Variable.instance_id == instance_id)
        body = json.loads(state)
        tokens = {token[0] for scope in (body["root"], *body["inner"]) for token in scope["tokens"]}
        return {
            "tokens": tokens | set(session.scalars(asleep)),
            "tasks": sorted(one.element for one in queries.open_tasks(session, instance_id)),
            "variables": {(scope, name): json.loads(text) for scope, name, text in session.execute(rows)},
        }


def _rebuilt(engine: Engine, instance_id: int, moment: datetime, seen: dict[str, Any]) -> None:
    with engine.database.reading() as session:
        past = as_of(session, instance_id, moment)
    assert past is not None and past.whole
    values = {("", name): value for name, value in past.variables.items()}
    values |= {(scope, name): value for scope, of in past.inner.items() for name, value in of.items()}
    assert values == seen["variables"]
    ids = {token.token for token in past.tokens}
    assert ids <= seen["tokens"], "tokens that only group others are not drawn"
    asked = sorted(token.element for token in past.tokens if token.element in ("ask", "draft"))
    assert [one for one in asked if one == "draft"] == [one for one in seen["tasks"] if one == "draft"]
    assert asked.count("ask") - ("ask" in seen["tasks"]) == seen["tasks"].count("ask"), "the multi-instance is one more"


def _walk(engine: Engine, clock: ManualClock, chance: random.Random, people: int) -> Iterator[int]:
    """A case at random, step by step, to its end or to a cancellation."""
    values = {"people": list(range(people)), "stop": False, "rounds": 1}
    case = started(engine, "road", variables=values).id
    yield case
    for _ in range(200):
        clock.move(timedelta(minutes=chance.randint(1, 20)))
        drain(engine)
        with engine.database.reading() as session:
            if session.get_one(Instance, case).state != "running":
                return
        tasks = open_tasks(engine, case)
        what = chance.choice(["task", "task", "task", "task", "letter", "print", "note", "end"])
        if what == "end" and chance.random() > 0.05:
            what = "task"
        with engine.database.unit_of_work() as work:
            if what == "letter":
                if any(wait.kind == "message" for wait in queries.waits_of(work.session, case)):
                    deliver_message(engine, work, ANNA, "letter", payload={"mark": chance.random() > 0.5})
            elif what == "note":
                deletions = ["note"] if chance.random() < 0.3 else []
                written = {} if deletions else {"note": chance.randint(1, 9)}
                set_variables(engine, work, ANNA, case, written, deletions)
            elif what == "end":
                cancel_instance(engine, work, ANNA, case, "enough")
        if what == "print":
            with engine.database.unit_of_work() as work:
                for fetched in fetch_external_tasks(engine, work, "w", [Topic("print", 60_000)], most=1):
                    complete_external_task(engine, work, ANNA, fetched.ref, "w", {"printed": True})
        if what == "task" and tasks:
            done = chance.choice(tasks)
            over = done.element == "ask" and chance.random() < 0.15
            complete(engine, ANNA, done, {"stop": over, "rounds": chance.choice([0, 0, 1])})
        yield case


@pytest.mark.parametrize("people", [3, 20], ids=["awake", "asleep"])
def test_any_moment_is_rebuilt(
    engine: Engine, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    """Twenty moments of six cases: what was read then, from the images, without them, and after packing."""
    monkeypatch.setattr("engine.runtime.commands.writing.EVERY", 7)
    deployed(engine, ROAD)
    chance = random.Random(people)
    seen: list[tuple[int, datetime, dict[str, Any]]] = []
    for _ in range(6):
        for case in _walk(engine, clock, chance, people):
            seen.append((case, clock.now(), _seen(engine, case)))
        clock.move(timedelta(hours=1))
    chosen = chance.sample(seen, min(len(seen), 120))
    with engine.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(HistoryImage))
    for case, moment, was in chosen:
        _rebuilt(engine, case, moment + timedelta(seconds=30), was)
    with engine.database.unit_of_work() as work:
        work.session.execute(delete(HistoryImage))
    for case, moment, was in chosen:
        _rebuilt(engine, case, moment, was)
    with engine.database.unit_of_work() as work:
        over = work.session.scalars(select(Instance.id).where(Instance.state != "running")).all()
        assert over
        for case in over:
            before = (queries.history(work.session, case), queries.element_states(work.session, case))
            assert pack(work.session, case, clock.now()) > 0
            assert (queries.history(work.session, case), queries.element_states(work.session, case)) == before
    for case, moment, was in chosen:
        _rebuilt(engine, case, moment, was)


def test_what_outlived_its_time_leaves_a_tombstone(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, drawing("short", start(), task("do"), end(), path("begun", "do", "ended")))
    first, second, alive = (started(engine, "short", variables={"secret": number}) for number in range(3))
    for case in (first, second):
        with engine.database.unit_of_work() as work:
            cancel_instance(engine, work, ANNA, case.id, "over")
    with engine.database.unit_of_work() as work:
        pack(work.session, second.id, clock.now())
    with engine.database.unit_of_work() as work:
        assert prune(work.session, [first.id, second.id, alive.id], clock.now()) == 2
        assert prune(work.session, [first.id, second.id, alive.id], clock.now()) == 0, "harmless twice"
    with engine.database.reading() as session:
        stones = session.scalars(select(HistoryTombstone).order_by(HistoryTombstone.instance_id)).all()
        assert [(stone.instance_id, stone.variables) for stone in stones] == [(first.id, 1), (second.id, 1)]
        assert stones[0].lines == stones[1].lines > 0
        assert as_of(session, first.id, clock.now()) is None and queries.history(session, second.id) == []
        assert set(session.scalars(select(HistoryStep.instance_id))) == {alive.id}
        assert set(session.scalars(select(Variable.instance_id))) == {alive.id}
        assert queries.instance(session, first.ref).state == "cancelled"


def test_what_is_forgotten_is_forgotten_in_a_pack_too(engine: Engine, clock: ManualClock) -> None:
    deployed(engine, drawing("short", start(), task("do"), end(), path("begun", "do", "ended")))
    case = started(engine, "short", variables={"secret": "the patient's name"})
    with engine.database.unit_of_work() as work:
        cancel_instance(engine, work, ANNA, case.id, "over")
    with engine.database.unit_of_work() as work:
        pack(work.session, case.id, clock.now())
    with engine.database.unit_of_work() as work:
        forget_instance(work, case.id)
        pack(work.session, case.id, clock.now())
    with engine.database.reading() as session:
        assert all(line.details is None for line in unpacked(session, case.id))
        past = as_of(session, case.id, clock.now())
        assert past is not None and not past.whole and not past.variables
