"""Timers due at once: many in a transaction, each once, and one that cannot fire does not keep the others."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

from sqlalchemy import func, select

from engine import Engine
from engine.clock import ManualClock
from engine.jobs import drain, fire_due
from engine.store.models import HistoryStep, Incident, Instance, Job, Wait
from tests.engine.commands.test_cost import counted
from tests.engine.drawing import drawing, end, flow, path, start
from tests.engine.office import deployed, started

SLEEPER = drawing(
    "sleeper",
    start(),
    '<intermediateCatchEvent id="term"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>'
    "</intermediateCatchEvent>",
    '<exclusiveGateway id="well"/>',
    end(),
    path("begun", "term", "well"),
    flow("well", "ended", "${well}"),
)


def _asleep(engine: Engine, clock: ManualClock, count: int, *, poison: int = 0) -> None:
    deployed(engine, SLEEPER)
    for number in range(count + poison):
        started(engine, "sleeper", variables={"well": number >= poison})
    clock.move(timedelta(days=1))


def _count(engine: Engine, asked: object) -> int:
    with engine.database.reading() as session:
        return session.scalar(select(func.count()).select_from(asked)) or 0  # type: ignore[arg-type]


def test_they_fire_many_in_a_transaction_and_need_no_jobs(engine: Engine, clock: ManualClock) -> None:
    _asleep(engine, clock, 45)
    with counted(engine.database) as counts:
        assert fire_due(engine, most=1000) == 45
    assert counts["commits"] == 3
    assert drain(engine) == 0
    assert _count(engine, Job) == _count(engine, Wait) == 0
    assert _count(engine, select(Instance).where(Instance.state == "completed").subquery()) == 45


def test_a_budget_is_kept(engine: Engine, clock: ManualClock) -> None:
    _asleep(engine, clock, 30)
    assert drain(engine, budget=25) == 25
    assert _count(engine, Wait) == 5


def test_one_that_cannot_fire_becomes_a_job_and_an_incident_and_the_others_fire(
    engine: Engine, clock: ManualClock
) -> None:
    _asleep(engine, clock, 30, poison=1)
    for _ in range(12):  # its job is tried again later and later
        drain(engine)
        clock.move(timedelta(hours=12))
    assert _count(engine, select(Instance).where(Instance.state == "completed").subquery()) == 30
    assert _count(engine, select(Incident).where(Incident.state == "open").subquery()) == 1
    assert _count(engine, Wait) == 1


def test_two_workers_at_once_fire_each_once(engine: Engine, clock: ManualClock) -> None:
    _asleep(engine, clock, 60)
    workers = [Thread(target=drain, args=(engine,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    drain(engine)
    fired = select(HistoryStep).where(HistoryStep.element == "term", HistoryStep.what == "left").subquery()
    assert _count(engine, fired) == 60
    assert _count(engine, Wait) == 0
