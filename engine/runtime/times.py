"""When a timer is due: dates, durations, repetitions and cron lines, read with the host's clock, zone and calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn.times import DATE, DURATION, REPEAT, WORKING_DURATION, is_cron
from engine.errors import ScriptFailed
from engine.runtime import cron
from engine.runtime.values import shown

if TYPE_CHECKING:
    from engine.bpmn.node import Event
    from engine.runtime.host import Host
    from engine.runtime.token import Token

ENDLESS = -1
WORKING_DAYS = "add working days"
"""The registered function that reads durations of working days (`P3WD`): (moment, days) -> moment."""
WORKING_HOURS = "add working hours"
"""The registered function that reads durations of working hours (`PT8WH`): (moment, hours) -> moment."""


class BadTime(ValueError):
    """A text or value that is no time."""


def schedule(token: Token, event: Event) -> tuple[datetime, int | None]:
    """Due moment and how many firings are left after it (None: fires once, ENDLESS: no end)."""
    top = token.workflow.top_workflow
    timer = event.timer
    assert timer is not None
    data = token.internal_data
    value = timer.evaluate(lambda expression: top.evaluate(token, expression))
    try:
        if timer.kind != "cycle":
            due = when(value, top.host)
            return due, None
        previous = datetime.fromisoformat(data["previous"]) if "previous" in data else None
        return next_of_cycle(value, top.host, previous, data.get("left"))
    except (BadTime, OverflowError, ValueError) as error:
        raise _not_a_time(token, value) from error


def moment_of(token: Token, value: Any) -> datetime:
    """A due or follow-up date: a date (end of nothing, begin of the day), a moment, or a duration from now."""
    try:
        return when(value, token.workflow.top_workflow.host)
    except (BadTime, OverflowError, ValueError) as error:
        raise _not_a_time(token, value) from error


def _not_a_time(token: Token, value: Any) -> ScriptFailed:
    node = token.node
    return ScriptFailed("not-a-time", element=node.element if node else "", token=token.id, value=shown(value))


def when(value: Any, host: Host) -> datetime:
    """The moment a value means: a date or moment by itself, a duration from now."""
    if isinstance(value, str):
        return _from_text(value.strip(), host)
    plain = feel.values.python(value)
    if isinstance(plain, datetime):
        return _aware(plain, host.zone)
    if isinstance(plain, date):
        return _aware(datetime(plain.year, plain.month, plain.day), host.zone)  # noqa: DTZ001 - made aware here
    if isinstance(plain, timedelta):
        return host.now().astimezone(UTC) + plain
    if isinstance(plain, str):
        return _from_text(plain, host)
    raise BadTime(shown(value))


def _from_text(text: str, host: Host) -> datetime:
    working = WORKING_DURATION.fullmatch(text)
    if working:
        return _working(working, host)
    if DURATION.fullmatch(text):
        return add(host.now(), text, host.zone)
    if DATE.fullmatch(text):
        return _aware(datetime.fromisoformat(text), host.zone)
    if is_cron(text):
        return cron.after(text, host.now().astimezone(host.zone)).astimezone(UTC)
    raise BadTime(text)


def _working(drawn: re.Match[str], host: Host) -> datetime:
    calendar = host.functions.get(WORKING_DAYS if drawn["days"] else WORKING_HOURS)
    if calendar is None:
        raise BadTime("no calendar is registered for working time")
    answer = feel.values.python(calendar(host.now(), int(drawn["days"] or drawn["hours"])))
    if not isinstance(answer, datetime):
        raise BadTime(shown(answer))
    return _aware(answer, host.zone)


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


PART = re.compile(r"(\d+(?:[.,]\d+)?)([YMWDHS])")


def add(start: datetime, duration: str, zone: tzinfo) -> datetime:
    """Calendar parts on the wall clock of the zone (a day is a day when the clocks change), time parts in real time."""
    sign = -1 if duration.startswith("-") else 1
    days, _, clock = duration.lstrip("-").removeprefix("P").partition("T")
    parts = {unit: _number(amount) for amount, unit in PART.findall(days)}
    times = {unit: _number(amount) for amount, unit in PART.findall(clock)}
    local = start.astimezone(zone)
    local = _add_months(local, sign * int(parts.get("Y", 0) * 12 + parts.get("M", 0)))
    wall = local.replace(tzinfo=None) + sign * timedelta(days=parts.get("D", 0), weeks=parts.get("W", 0))
    absolute = wall.replace(tzinfo=zone).astimezone(UTC) if days else start.astimezone(UTC)
    return absolute + sign * timedelta(hours=times.get("H", 0), minutes=times.get("M", 0), seconds=times.get("S", 0))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _add_months(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("the year is beyond the calendar")
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def next_of_cycle(value: Any, host: Host, previous: datetime | None, left: int | None) -> tuple[datetime, int | None]:
    """
    The next firing of a cycle and how many are left after it.

    `R3/PT10M`, `R/2026-01-01T08:00/P1D`, `R3/PT10M/2026-12-31`, a cron line, or a duration (again and again).
    After a firing the next one counts from when the last was due, so that a late worker does not shift the cycle. A
    cycle without an end leaves out what was missed while nobody worked: one reminder a day, not a year of them at once.
    """
    text = (value if isinstance(value, str) else shown(value)).strip()
    if is_cron(text):
        start = (previous or host.now()).astimezone(host.zone)
        return cron.after(text, max(start, host.now().astimezone(host.zone))).astimezone(UTC), ENDLESS
    repeat = REPEAT.fullmatch(text)
    count = int(repeat[1]) if repeat and repeat[1] else ENDLESS
    parts = (repeat[2] if repeat else text).split("/")
    begin, interval, end = _cycle_parts(parts, host)
    if count == ENDLESS and add(host.now(), interval, host.zone) <= host.now():
        raise BadTime(interval)  # it would never move on
    if previous is not None:
        due = _next(previous, interval, host) if count == ENDLESS else add(previous, interval, host.zone)
        remaining = ENDLESS if left is None or left == ENDLESS else left - 1
    else:
        due = add(host.now(), interval, host.zone) if begin is None else begin
        remaining = ENDLESS if count == ENDLESS else count - 1
    if remaining != ENDLESS and remaining < 0:
        remaining = 0
    if end is not None and add(due, interval, host.zone) > end:
        remaining = 0
    return due, remaining


def _next(previous: datetime, interval: str, host: Host) -> datetime:
    """The first time of an endless cycle that is still to come."""
    now = host.now().astimezone(UTC)
    due = add(previous, interval, host.zone)
    step = due - previous.astimezone(UTC)
    if due <= now and step < timedelta(days=1):
        due += (now - due) // step * step
    while due <= now:
        due = add(due, interval, host.zone)
    return due


def _cycle_parts(parts: list[str], host: Host) -> tuple[datetime | None, str, datetime | None]:
    """(start, interval, end); the interval may be given by its two ends."""
    if len(parts) == 1:
        return None, _interval(parts[0]), None
    if len(parts) != 2:
        raise BadTime("/".join(parts))
    first, second = parts
    if DURATION.fullmatch(first):
        return None, first, _from_text(second, host)
    start = _from_text(first, host)
    if DURATION.fullmatch(second):
        return start, second, None
    seconds = int((_from_text(second, host) - start).total_seconds())
    return start, f"PT{seconds}S", None


def _interval(text: str) -> str:
    if not DURATION.fullmatch(text):
        raise BadTime(text)
    return text
