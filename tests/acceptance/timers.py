"""Timers: 10,000 due at once each fire once while pages answer; jumps of the clock, DST days: 0 lost, 0 twice."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine import Engine, queries
from engine.actor import MACHINE
from engine.clock import ManualClock
from engine.deployment import Bundle, deploy
from engine.jobs import drain
from engine.runtime.commands import start_instance
from engine.store.models import HistoryStep, Incident, Instance, Job, Wait
from engine.store.unit_of_work import Database
from services.tables import Base
from tests.acceptance._server import databases
from tests.engine.drawing import drawing, end, path, start

SLEEPERS, BATCH = 10_000, 200
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe")


def sleeper(timer: str) -> bytes:
    waiting = f"<timerEventDefinition>{timer}</timerEventDefinition>"
    waiting = f'<intermediateCatchEvent id="term">{waiting}</intermediateCatchEvent>'
    return drawing("sleeper", start(), waiting, end(), path("begun", "term", "ended"))


def put_to_sleep(engine: Engine, timer: str, count: int, variables: dict[str, Any] | None = None) -> None:
    with engine.database.unit_of_work() as work:
        result = deploy(engine, work, MACHINE, Bundle("sleeping", {"sleeper.bpmn": sleeper(timer)}))
        assert not result.refused, result.findings
    for first in range(0, count, BATCH):
        with engine.database.unit_of_work() as work:
            for _ in range(first, min(first + BATCH, count)):
                start_instance(engine, work, MACHINE, "sleeper", variables=variables)


def fired(engine: Engine) -> Counter[int]:
    """How many instances left their timer how many times."""
    with engine.database.reading() as session:
        left = select(HistoryStep.instance_id, func.count()).where(
            HistoryStep.element == "term", HistoryStep.what == "left"
        )
        return Counter(count for _, count in session.execute(left.group_by(HistoryStep.instance_id)))


def left_over(engine: Engine) -> dict[str, int]:
    asked = {
        "waits": select(func.count()).select_from(Wait),
        "running": select(func.count()).select_from(Instance).where(Instance.state == "running"),
        "incidents": select(func.count()).select_from(Incident),
        "jobs": select(func.count()).select_from(Job).where(Job.state.not_in(("done",))),
    }
    with engine.database.reading() as session:
        return {name: number for name, one in asked.items() if (number := session.scalar(one) or 0)}


def page(engine: Engine) -> float:
    """What a list of instances asks of the database, in seconds."""
    began = time.perf_counter()
    with engine.database.reading() as session:
        queries.instances(session, state="running", limit=50)
    return time.perf_counter() - began


def looks(engine: Engine, until: Any) -> list[float]:
    took = []
    while not until():
        took.append(page(engine))
        time.sleep(0.01)
    return took


def at_once(name: str, database: Database, sleepers: int, workers: int) -> bool:
    clock = ManualClock(datetime(2026, 11, 28, 9, tzinfo=UTC))
    engine = Engine(database, clock)
    began = time.monotonic()
    put_to_sleep(engine, "<timeDuration>P1D</timeDuration>", sleepers)
    slept = time.monotonic() - began
    calls = iter(range(50))
    idle = looks(engine, lambda: next(calls, None) is None)
    clock.move(timedelta(days=1))
    threads = [threading.Thread(target=lambda: _until_nothing(engine)) for _ in range(workers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    busy = looks(engine, lambda: not any(thread.is_alive() for thread in threads))
    lasted = time.monotonic() - began
    counts, rest = fired(engine), left_over(engine)
    ratio = statistics.median(busy) / statistics.median(idle)
    print(
        f"{name}: {sleepers} timers due at once, {workers} workers: {counts[1]} fired once, "
        f"{sum(counts.values()) - counts[1]} more often, left {rest or 'nothing'}; {lasted:.1f} s "
        f"({slept / sleepers * 1000:.1f} ms to start one, {lasted / sleepers * 1000:.1f} ms to fire one); a list asked "
        f"{len(busy)} times meanwhile, median {statistics.median(busy) * 1000:.1f} ms, slowest {max(busy) * 1000:.0f} ms, "
        f"{ratio:.1f} times idle",
        flush=True,
    )
    return dict(counts) == {1: sleepers} and not rest


def _until_nothing(engine: Engine) -> None:
    idle = 0
    while idle < 3:
        idle = 0 if drain(engine, budget=1000) else idle + 1


def jumping(name: str, database: Database) -> bool:
    """The machine's clock is put an hour back and forth while timers are due; no timer fires twice, none is lost."""
    clock = ManualClock(datetime(2026, 11, 28, 9, tzinfo=UTC))
    engine = Engine(database, clock)
    put_to_sleep(engine, "<timeDuration>PT90M</timeDuration>", 200)
    moments = (60, -60, 61, 30, -60, -60, 60, 60, 60)
    seen = []
    for minutes in moments:
        clock.move(timedelta(minutes=minutes))
        drain(engine)
        seen.append(sum(fired(engine).values()))
    counts, rest = fired(engine), left_over(engine)
    print(
        f"{name}: clock moved by {moments} minutes: fired {seen}; once {counts[1]}, left {rest or 'nothing'}",
        flush=True,
    )
    return dict(counts) == {1: 200} and not rest and seen[0] == 0


def days_of_change(zone: str) -> Iterator[datetime]:
    """Midnights of the days of 2026 on which the zone's clocks are moved; two ordinary ones where there are none."""
    here, found = ZoneInfo(zone), 0
    day = datetime(2026, 1, 1, 12, tzinfo=here)
    while day.year < 2027:
        after = day + timedelta(days=1)
        if day.utcoffset() != after.utcoffset():
            found += 1
            yield after.replace(hour=0)
        day = after
    if not found:
        yield from (datetime(2026, 3, 22, tzinfo=here), datetime(2026, 9, 22, tzinfo=here))


def local_days(name: str, database: Database) -> bool:
    """Timers drawn at every half hour of such a day, in local time, each fires at its moment: once, not a minute early."""
    good = True
    for zone in ZONES:
        here = ZoneInfo(zone)
        for midnight in days_of_change(zone):
            clock = ManualClock(midnight.astimezone(UTC) - timedelta(days=2))
            engine = Engine(database, clock, here)
            before = fired(engine)[1]
            local = [midnight.replace(tzinfo=None) + timedelta(minutes=30 * half) for half in range(48)]
            due = sorted(moment.replace(tzinfo=here).astimezone(UTC) for moment in local)
            for moment in local:
                put_to_sleep(engine, f"<timeDate>{moment.isoformat()}</timeDate>", 1)
            early = late = 0
            for quarter in range(4 * 30):
                clock.move(midnight.astimezone(UTC) + timedelta(minutes=15 * quarter - 120) - clock.now())
                drain(engine)
                done, wanted = fired(engine)[1] - before, sum(one <= clock.now() for one in due)
                early, late = early + (done > wanted), late + (done < wanted)
            counts, rest = fired(engine), left_over(engine)
            once = counts[1] - before
            print(
                f"{name}: {zone} {midnight:%Y-%m-%d}: {once} of 48 fired once, early {early}, late {late}, "
                f"twice {sum(counts.values()) - counts[1]}, left {rest or 'nothing'}",
                flush=True,
            )
            good = good and once == 48 and not (early or late or rest) and set(counts) == {1}
    return good


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sleepers", type=int, default=SLEEPERS)
    given = asked.parse_args()
    passed = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-timers-") as folder:
            workers = 1 if url is None else 3
            plays = (partial(at_once, sleepers=given.sleepers, workers=workers), jumping, local_days)
            for number, play in enumerate(plays):
                database = Database(url or f"sqlite:///{Path(folder) / f'{number}.db'}")
                Base.metadata.drop_all(database.pool)
                Base.metadata.create_all(database.pool)
                passed.append(play(name, database))
                database.close()
    print("as promised" if all(passed) else "FALLS SHORT")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
