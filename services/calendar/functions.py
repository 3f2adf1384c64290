"""What expressions and timers of a diagram may ask the organisation's calendar: `P3WD`, `PT8WH`, `is working day(day)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from engine.runtime.times import WORKING_DAYS, WORKING_HOURS
from engine.store.unit_of_work import Database
from services.calendar.working import WorkingTime
from services.policies.queries import policies


def calendar_functions(database: Database) -> Mapping[str, Callable[..., Any]]:
    """The registered functions; each asks for the policies in force when it is called, which is seldom."""

    def working_time() -> WorkingTime:
        with database.reading() as session:
            said = policies(session)
        country, opens, closes = (said[f"organisation.{name}"] for name in ("country", "opens_hour", "closes_hour"))
        return WorkingTime(said.zone, country, opens, closes)

    def add_working_days(start: datetime, days: Any) -> datetime:
        return working_time().add_days(start, days)

    def add_working_hours(start: datetime, hours: Any) -> datetime:
        return working_time().add_hours(start, hours)

    def is_working_day(day: date) -> bool:
        return working_time().is_working_day(day.date() if isinstance(day, datetime) else day)

    return {WORKING_DAYS: add_working_days, WORKING_HOURS: add_working_hours, "is working day": is_working_day}
