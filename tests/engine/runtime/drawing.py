"""Small diagrams as text, and a case that plays them through the whole pipeline: compile, load, run, sleep, wake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from engine.bpmn import Knowledge, compile_file
from engine.clock import ManualClock
from engine.runtime import load
from engine.runtime.memory import Memory, Office

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'id="defs" targetNamespace="test">'
)
DECLARED = (
    '<message id="m" name="M"/><message id="m2" name="M2"/><signal id="sg" name="S"/>'
    '<error id="er" name="E" errorCode="E1"/><escalation id="es" name="X" escalationCode="X1"/>'
)
MESSAGE = '<messageEventDefinition messageRef="m"/>'
SIGNAL = '<signalEventDefinition signalRef="sg"/>'
ERROR = '<errorEventDefinition errorRef="er"/>'
ESCALATION = '<escalationEventDefinition escalationRef="es"/>'
FORMAL = 'xsi:type="tFormalExpression"'
START_OF_TIME = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Flows:
    """Gives each sequence flow an id."""

    number = 0


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    Flows.number += 1
    text = f"<conditionExpression {FORMAL}>{escape(condition)}</conditionExpression>" if condition else ""
    return (
        f'<sequenceFlow id="{id or f"f{Flows.number}"}" sourceRef="{source}" targetRef="{target}">{text}</sequenceFlow>'
    )


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def chain(*ids: str) -> str:
    return "".join(flow(a, b) for a, b in pairwise(ids))


def element(tag: str, id: str, inside: str = "", **attributes: str) -> str:
    said = "".join(f' {name.replace("__", ":")}="{value}"' for name, value in attributes.items())
    return f'<{tag} id="{id}"{said}>{inside}</{tag}>'


def user(id: str, inside: str = "", **attributes: str) -> str:
    return element("userTask", id, inside, **attributes)


def start(id: str = "s", inside: str = "", **attributes: str) -> str:
    return element("startEvent", id, inside, **attributes)


def end(id: str = "e", inside: str = "") -> str:
    return element("endEvent", id, inside)


def script(id: str, text: str, variable: str = "") -> str:
    said = {"camunda__resultVariable": variable} if variable else {}
    return element("scriptTask", id, f"<script>{escape(text)}</script>", scriptFormat="feel", **said)


def timer(kind: str, text: str) -> str:
    """A timeDate, timeDuration or timeCycle."""
    return f"<timerEventDefinition><time{kind}>{text}</time{kind}></timerEventDefinition>"


def boundary(id: str, host: str, inside: str, interrupting: bool = True) -> str:
    return element("boundaryEvent", id, inside, attachedToRef=host, cancelActivity=str(interrupting).lower())


def process(body: str, extra: str = "", key: str = "P") -> str:
    return f'{HEAD}{DECLARED}<process id="{key}" isExecutable="true">{body}</process>{extra}</definitions>'


class Case:
    """A running diagram; every action goes through text and back."""

    def __init__(self, xml: str, variables: dict[str, Any] | None = None, key: str = "P", **how: Any) -> None:
        self.clock = ManualClock(START_OF_TIME)
        knowledge = how.pop("knowledge", None)
        begin = {name: how.pop(name) for name in ("start", "payload", "budget", "business_key") if name in how}
        self.office = Office(clock=self.clock, **how)
        self.deploy(xml, knowledge)
        self.memory = Memory.begin(self.office.definitions[key][-1], self.office, variables, **begin)

    def deploy(self, xml: str, knowledge: Knowledge | None = None) -> None:
        compiled = compile_file(xml.encode(), "test.bpmn", knowledge)
        problems = [f"{each.element}: {each.reason}" for each in compiled.findings if each.severity == "error"]
        assert not problems, problems
        for made in compiled.definitions:
            self.office.deploy(load(made.compiled, made.key))

    @property
    def tasks(self) -> list[str]:
        return sorted(task.element for task in self.memory.tasks.values())

    @property
    def ended(self) -> str | None:
        return self.memory.ended.outcome if self.memory.ended else None

    @property
    def variables(self) -> dict[str, Any]:
        return self.memory.variables()

    @property
    def scopes(self) -> list[str]:
        """Variable scopes that still have rows."""
        return [scope for scope, row in self.memory.rows.rows.items() if row]

    def task(self, element: str, nth: int = 0) -> Any:
        return [task for task in self.memory.tasks.values() if task.element == element][nth]

    def do(self, element: str, nth: int = 0, **values: Any) -> Case:
        self.memory.complete(self.task(element, nth).token, values)
        return self

    def wait(self, **time: float) -> Case:
        self.clock.move(timedelta(**time))
        self.memory.fire_due()
        return self

    def message(self, name: str = "M", keys: dict[str, Any] | None = None, **payload: Any) -> bool:
        return self.memory.message(name, payload, keys)

    def signal(self, name: str = "S", **payload: Any) -> int:
        return self.memory.signal(name, payload)

    def trace(self) -> list[str]:
        return [step.element for step in self.memory.history if step.what == "left"]
