"""Every kind of event in every position BPMN has for it: a diagram, what triggers it, and the trace it must leave."""

from __future__ import annotations

from tests.engine.runtime.drawing import Case, boundary, chain, element, end, flow, process, start, timer, user

KINDS = (
    "none message timer signal conditional error escalation compensation cancel terminate link".split()  # noqa: SIM905
)
POSITIONS = (
    "process start",
    "event sub-process start, interrupting",
    "event sub-process start, not interrupting",
    "intermediate catch",
    "intermediate throw",
    "boundary, interrupting",
    "boundary, not interrupting",
    "end",
)
DEFINITIONS = {
    "none": "",
    "message": '<messageEventDefinition messageRef="m"/>',
    "timer": timer("Duration", "PT1H"),
    "signal": '<signalEventDefinition signalRef="sg"/>',
    "conditional": "<conditionalEventDefinition><condition>${go}</condition></conditionalEventDefinition>",
    "error": '<errorEventDefinition errorRef="er"/>',
    "escalation": '<escalationEventDefinition escalationRef="es"/>',
    "compensation": "<compensateEventDefinition/>",
    "cancel": "<cancelEventDefinition/>",
    "terminate": "<terminateEventDefinition/>",
    "link": '<linkEventDefinition name="L"/>',
}

RUNS: dict[str, set[str]] = {
    "process start": {"none", "message", "timer", "signal", "conditional"},
    "event sub-process start, interrupting": {
        "message",
        "timer",
        "signal",
        "conditional",
        "error",
        "escalation",
        "compensation",
    },
    "event sub-process start, not interrupting": {"message", "timer", "signal", "conditional", "escalation"},
    "intermediate catch": {"message", "timer", "signal", "conditional", "link"},
    "intermediate throw": {"none", "message", "signal", "escalation", "compensation", "link"},
    "boundary, interrupting": {
        "message",
        "timer",
        "signal",
        "conditional",
        "error",
        "escalation",
        "compensation",
        "cancel",
    },
    "boundary, not interrupting": {"message", "timer", "signal", "conditional", "escalation"},
    "end": {"none", "message", "signal", "error", "escalation", "compensation", "cancel", "terminate"},
}
"""What BPMN 2.0 allows (table 10.93 of the standard)."""


def trigger(case: Case, kind: str) -> None:
    """Make the event happen from outside, or from the diagram's own task `a` which leads to a throwing end."""
    if kind == "message":
        assert case.message()
    elif kind == "timer":
        case.wait(hours=2)
    elif kind == "signal":
        assert case.signal() == 1
    elif kind == "conditional":
        case.memory.act(lambda run: run.set_variables({"go": True}))
    else:
        case.do("a")


def drawn(kind: str, position: str) -> str:
    """The diagram of a cell."""
    event = DEFINITIONS[kind]
    if position == "process start":
        return process(start("s", event) + user("after") + end() + chain("s", "after", "e"))
    if position.startswith("event sub-process"):
        return process(_with_handler(kind, event, "not" not in position))
    if position.startswith("boundary"):
        return process(_with_boundary(kind, event, "not" not in position))
    if position == "intermediate catch":
        return process(_catching(kind, event))
    return process(_throwing(kind, event, position))


def _thrower(kind: str) -> str:
    """Task `a` and the end event that throws what the diagram itself must throw."""
    thrown = DEFINITIONS[kind] if kind in ("error", "escalation") else ""
    return user("a") + end("t", thrown) + user("b") + end("e")


def _with_handler(kind: str, event: str, interrupting: bool) -> str:
    head = start("hs", event, isInterrupting=str(interrupting).lower())
    inside = head + user("after") + end("he") + chain("hs", "after", "he")
    handler = element("subProcess", "h", inside, triggeredByEvent="true")
    if kind == "compensation":
        inner = start("is") + user("x") + end("ie") + chain("is", "x", "ie") + handler
        body = start() + f'<subProcess id="sp">{inner}</subProcess>' + user("a")
        body += element("intermediateThrowEvent", "t", event) + end()
        return body + chain("s", "sp", "a", "t", "e")
    body = start() + '<parallelGateway id="g"/>' + _thrower(kind) + chain("s", "g", "a", "t") + chain("g", "b", "e")
    return body + handler


def _with_boundary(kind: str, event: str, interrupting: bool) -> str:
    caught = boundary("x", "sp", event, interrupting)
    if kind == "compensation":
        undo = user("after", isForCompensation="true") + '<association id="as" sourceRef="x" targetRef="after"/>'
        body = start() + user("sp") + caught + undo + user("a") + element("intermediateThrowEvent", "t", event) + end()
        return body + chain("s", "sp", "a", "t", "e")
    tag = "transaction" if kind == "cancel" else "subProcess"
    thrown = event if kind in ("error", "escalation", "cancel") else ""
    inner = start("is") + '<parallelGateway id="g"/>' + user("a") + end("t", thrown) + user("b") + end("ie")
    inner += chain("is", "g", "a", "t") + chain("g", "b", "ie")
    body = start() + element(tag, "sp", inner) + caught + user("after") + end() + end("e2")
    return body + chain("s", "sp", "e") + chain("x", "after", "e2")


def _catching(kind: str, event: str) -> str:
    body = start() + user("after") + end()
    if kind == "link":
        body += (
            user("a") + element("intermediateThrowEvent", "t", event) + element("intermediateCatchEvent", "c", event)
        )
        return body + chain("s", "a", "t") + chain("c", "after", "e")
    return body + element("intermediateCatchEvent", "c", event) + chain("s", "c", "after", "e")


def _throwing(kind: str, event: str, position: str) -> str:
    """Task `a`, the throwing event, and beside it a task `b` that shows what an end event takes away."""
    tag = "endEvent" if position == "end" else "intermediateThrowEvent"
    if kind == "cancel":
        inner = start("is") + user("a") + element(tag, "t", event) + chain("is", "a", "t")
        body = (
            start()
            + element("transaction", "sp", inner)
            + boundary("x", "sp", event)
            + user("after")
            + end()
            + end("e2")
        )
        return body + chain("s", "sp", "e") + chain("x", "after", "e2")
    body = start() + '<parallelGateway id="g"/>' + user("a") + element(tag, "t", event) + user("b") + end()
    body += chain("s", "g", "a", "t") + chain("g", "b", "e")
    if position != "end":
        if kind == "link":
            body += element("intermediateCatchEvent", "c", event) + user("after") + chain("c", "after", "e")
        else:
            body += user("after") + chain("t", "after", "e")
    return body


def after(case: Case, kind: str, position: str) -> tuple[list[str], str | None]:
    """Play the cell; open tasks and the end."""
    if kind == "compensation" and position.startswith("event sub-process"):
        case.do("x")
    elif kind == "compensation" and position.startswith("boundary"):
        case.do("sp")
    if position in ("intermediate throw", "end"):
        case.do("a")
    elif position != "process start":
        trigger(case, kind)
    return case.tasks, case.ended


def expected(kind: str, position: str) -> tuple[list[str], str | None]:
    """What must be open then, and how the case has ended."""
    if position in ("process start", "intermediate catch"):
        return ["after"], None
    if kind == "compensation" and position not in ("end", "intermediate throw"):
        return ["after"], None
    if position.startswith(("event sub-process", "boundary")):
        own = [] if kind in ("error", "escalation", "cancel") else ["a"]
        return (["after"] if "not" not in position else sorted(["after", "b", *own])), None
    if position == "intermediate throw":
        return ["after", "b"], None
    if kind == "cancel":
        return ["after"], None
    if kind in ("error", "terminate"):
        return [], {"error": "error", "terminate": "terminated"}[kind]
    return ["b"], None


__all__ = ["DEFINITIONS", "KINDS", "POSITIONS", "RUNS", "after", "drawn", "expected", "flow"]
