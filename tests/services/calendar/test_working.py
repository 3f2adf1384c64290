"""Working days and hours: weekends, holidays, moved days, and the clock that changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.bpmn import compile_file
from engine.runtime import load
from engine.runtime.memory import Memory
from engine.runtime.memory import Office as InMemory
from services.calendar.functions import calendar_functions
from services.calendar.working import WorkingTime
from services.office import Office
from tests.engine.drawing import drawing, end, path, start, task

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
TEHRAN = ZoneInfo("Asia/Tehran")
RUSSIA = WorkingTime(MOSCOW)


def at(day: int, hour: int, month: int = 11, year: int = 2026, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime(year, month, day, hour, tzinfo=zone)


@pytest.mark.parametrize(
    ("begins", "days", "ends"),
    [
        (at(23, 10), 3, at(26, 10)),  # Monday
        (at(26, 10), 3, at(1, 10, 12)),  # over a weekend
        (at(27, 22), 1, at(30, 18)),  # in the evening: until the office closes
        (at(28, 7), 1, at(30, 9)),  # on a Saturday, before it opens
        (at(28, 12), 0, at(30, 12)),  # no day at all: the next working one
        (at(3, 10), 1, at(5, 10)),  # the 4th of November is a holiday
        (at(30, 10, 12), 1, at(11, 10, 1, 2027)),  # the new year's holidays, and the 31st, which is moved
    ],
)
def test_working_days_leave_out_weekends_and_holidays(begins: datetime, days: int, ends: datetime) -> None:
    assert RUSSIA.add_days(begins, days) == ends


def test_another_country_has_other_days_off() -> None:
    iran = WorkingTime(TEHRAN, "IR")
    assert not iran.is_working_day(date(2026, 11, 27))  # Friday
    assert iran.is_working_day(date(2026, 11, 29))  # Sunday
    assert not WorkingTime(BERLIN, "DE").is_working_day(date(2026, 11, 29))


def test_working_hours_go_on_the_next_morning() -> None:
    assert RUSSIA.add_hours(at(27, 16), 4) == at(30, 11)
    assert RUSSIA.add_hours(at(28, 12), 9) == at(30, 18)
    assert RUSSIA.add_hours(at(23, 9), 90) == at(4, 18, 12)


def test_a_working_day_is_a_day_when_the_clocks_change() -> None:
    german = WorkingTime(BERLIN, "DE", 0, 24)
    before = at(23, 10, 10, zone=BERLIN)  # the Friday before the clocks go back
    assert german.add_days(before, 1) == at(26, 10, 10, zone=BERLIN)
    assert (german.add_days(before, 1) - before).total_seconds() == 73 * 3600
    spring = WorkingTime(BERLIN, "DE", 9, 18)
    assert spring.add_hours(at(27, 17, 3, zone=BERLIN), 2) == at(30, 10, 3, zone=BERLIN)
    assert spring.add_hours(at(27, 17, 3, zone=BERLIN), 2).astimezone(UTC).hour == 8


@pytest.mark.parametrize("count", [-1, 1.5, 10**9])
def test_what_is_no_count_is_refused(count: float) -> None:
    for add in (RUSSIA.add_days, RUSSIA.add_hours):
        with pytest.raises(ValueError, match="no number of working"):
            add(at(23, 10), count)  # type: ignore[arg-type]


def test_a_timer_and_a_due_date_of_a_diagram_count_working_time(office: Office) -> None:
    functions = calendar_functions(office.database)
    assert functions["is working day"](date(2026, 11, 27))
    world = InMemory(clock=office.clock, zone=MOSCOW, functions=dict(functions))
    timer = '<boundaryEvent id="late" attachedToRef="review"><timerEventDefinition><timeDuration>PT2WH</timeDuration>'
    timer += "</timerEventDefinition></boundaryEvent>"
    drawn = drawing("P", start(), task("review", dueDate="P3WD", followUpDate="P1WD"), timer)
    rest = end() + path("begun", "review", "ended") + path("late", "ended")
    source = drawn.replace(b"</process>", rest.encode() + b"</process>")
    compiled = compile_file(source, "x.bpmn")
    assert not compiled.refused, [found.reason for found in compiled.findings]
    (made,) = compiled.definitions
    world.deploy(load(made.compiled, "P"))
    memory = Memory.begin(world.definitions["P"][-1], world)
    (opened,), (wait,) = memory.tasks.values(), memory.waits.values()
    now = office.clock.now()
    assert (opened.due, opened.follow_up) == (RUSSIA.add_days(now, 3), RUSSIA.add_days(now, 1))
    assert wait.due == RUSSIA.add_hours(now, 2)
