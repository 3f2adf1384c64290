"""What starts a process of a deployment by itself: rows that wait for a time, a message or a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, cast

from engine.bpmn import Start
from engine.bpmn.expressions import Compiler
from engine.errors import ScriptFailed
from engine.runtime import Host, times
from engine.store.models import Definition, Wait

if TYPE_CHECKING:
    from engine import Engine


@dataclass(frozen=True)
class Calendar:
    """What reading a time needs of a host."""

    moment: datetime
    zone: tzinfo
    functions: Mapping[str, Callable[..., Any]]

    def now(self) -> datetime:
        return self.moment


def start_wait(engine: Engine, definition: Definition, start: Start) -> Wait:
    """The row by which a definition's timer, message, signal or condition starts it."""
    wait = Wait(
        definition_id=definition.id,
        token=start.node,
        element=start.element,
        kind="condition" if start.kind == "conditional" else start.kind,
        name=start.name,
        details={"expression": start.expression, "timer": start.timer},
        created_at=engine.clock.now(),
    )
    if start.kind == "timer":
        _set_due(engine, wait, start.expression or "", start.timer, None, None)
    return wait


def _set_due(
    engine: Engine, wait: Wait, expression: str, kind: str | None, previous: datetime | None, left: int | None
) -> None:
    calendar = cast(Host, Calendar(engine.clock.now(), engine.zone, engine.functions))
    compiled = Compiler().text(expression)
    try:
        value = compiled.evaluate(lambda part: part.evaluate({}, functions=engine.functions))
        if kind == "cycle":
            due, remaining = times.next_of_cycle(value, calendar, previous, left)
        else:
            due, remaining = times.when(value, calendar), None
    except (ValueError, OverflowError) as error:
        raise ScriptFailed("not-a-time", element=wait.element, value=expression) from error
    wait.due_at = due
    wait.details = {**wait.details, "left": remaining}


def next_round(engine: Engine, fired: Wait, left: int | None) -> Wait:
    """The wait of a cycle's next round: a new row, because it has a job of its own."""
    details = fired.details
    following = Wait(
        definition_id=fired.definition_id,
        token=fired.token,
        element=fired.element,
        kind=fired.kind,
        name=fired.name,
        details=details,
        created_at=engine.clock.now(),
    )
    _set_due(engine, following, details["expression"], details["timer"], fired.due_at, left)
    return following
