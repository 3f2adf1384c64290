"""Reads event definitions: what a catching event waits for, what a throwing one throws."""

from __future__ import annotations

from engine import feel
from engine.bpmn.expressions import Compiler, Text, stated_text
from engine.bpmn.library import Library
from engine.bpmn.names import (
    COMPILED,
    EVENT_DEFINITIONS,
    Element,
    camunda,
    child,
    children,
    event_definitions,
    extensions,
    local,
    reference,
    text_of,
)
from engine.bpmn.node import DataMapping, Event, Operation, Timer
from engine.bpmn.parameters import read_mappings, read_parameters
from engine.bpmn.times import is_literal_time

TIMES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def read_events(element: Element, library: Library, compiler: Compiler) -> tuple[Event, ...]:
    """All event definitions of an event; the message of a send or receive task."""
    if local(element) in ("receiveTask", "sendTask"):
        message = reference(element.get("messageRef"))
        waits = local(element) == "receiveTask"
        return (read_message(message, element, library, compiler),) if message or waits else ()
    return tuple(read_event(entry, element, library, compiler) for entry in event_definitions(element))


def read_event(entry: Element, owner: Element | None, library: Library, compiler: Compiler) -> Event:
    """One event definition; `owner` is the event it stands in."""
    kind = EVENT_DEFINITIONS[local(entry)]
    if kind == "message":
        return read_message(reference(entry.get("messageRef")), entry, library, compiler)
    if kind == "signal":
        signal = library.signals.get(reference(entry.get("signalRef")) or "")
        name = signal.get("name") if signal is not None else None
        payload = read_mappings(entry, "in", compiler)
        return Event("signal", name=compiler.text(name or ""), payload=payload)
    if kind == "timer":
        return Event("timer", timer=read_timer(entry, compiler))
    if kind == "error":
        return _error(entry, library, compiler)
    if kind == "escalation":
        return _escalation(entry, library, compiler)
    if kind == "conditional":
        condition = stated_text(child(entry, "condition"))
        return Event(
            "conditional",
            condition=compiler.expression(condition) if condition else None,
            condition_variable=entry.get(camunda("variableName")),
        )
    if kind == "compensation":
        waits = entry.get("waitForCompletion", "true") != "false"
        return Event("compensation", activity=reference(entry.get("activityRef")), wait_for_completion=waits)
    return Event(kind)  # type: ignore[arg-type]  # cancel and terminate; links are lowered


def read_message(ref: str | None, entry: Element, library: Library, compiler: Compiler) -> Event:
    message = library.messages.get(ref or "")
    name = message.get("name") if message is not None else None
    keys = [(prop, compiler.expression(path)) for prop, path in library.properties.get(ref or "", [])]
    settled = tuple(
        (prop, compiler.expression(path) if path else None)
        for prop, path in library.conversation.items()
        if any(prop == name for name, _ in keys)
    )
    own = (message.get(f"{{{COMPILED}}}correlationKey") if message is not None else None) or None
    if own:
        keys.append(("correlationKey", compiler.expression(own)))
    return Event(
        "message",
        name=compiler.text(name or ""),
        keys=tuple(keys),
        conversation=settled,
        payload=_payload(entry, compiler),
        operation=_operation(entry, compiler),
    )


def _payload(entry: Element, compiler: Compiler) -> tuple[DataMapping, ...]:
    return read_mappings(entry, "in", compiler)


def _operation(entry: Element, compiler: Compiler) -> Operation | None:
    """A throwing message event may call an operation, named as in a service task."""
    topic = entry.get(camunda("topic"))
    delegate = (entry.get(camunda("delegateExpression")) or "").strip()
    name = topic or delegate.removeprefix("${").removeprefix("#{").removesuffix("}").strip()
    name = name or entry.get(camunda("class")) or ""
    if not name or local(entry) != "messageEventDefinition":
        return None
    return Operation(name, external=topic is not None, inputs=read_parameters(entry, "field", compiler))


def read_timer(entry: Element, compiler: Compiler) -> Timer | None:
    for part in children(entry, *TIMES):
        text = text_of(part)
        if text:
            return Timer(TIMES[local(part)], *timer_text(text, compiler))  # type: ignore[arg-type]
    return None


def timer_text(text: str, compiler: Compiler) -> tuple[Text, feel.Expression | None]:
    """ISO 8601 and cron are literals, everything else is an expression."""
    if is_literal_time(text):
        return Text(text, (text,)), None
    template = compiler.text(text)
    if template.literal is None:
        return template, None
    return template, compiler.expression(text)


def _error(entry: Element, library: Library, compiler: Compiler) -> Event:
    ref = reference(entry.get("errorRef"))
    error = library.errors.get(ref or "")
    code = (error.get("errorCode") or error.get("name") or ref) if error is not None else ref
    return Event(
        "error",
        code=compiler.text(code) if code else None,
        error_message=error.get(camunda("errorMessage")) if error is not None else None,
        code_variable=entry.get(camunda("errorCodeVariable")),
        message_variable=entry.get(camunda("errorMessageVariable")),
    )


def _escalation(entry: Element, library: Library, compiler: Compiler) -> Event:
    ref = reference(entry.get("escalationRef"))
    escalation = library.escalations.get(ref or "")
    code = escalation.get("escalationCode") if escalation is not None else ref
    return Event(
        "escalation",
        code=compiler.text(code) if code else None,
        code_variable=entry.get(camunda("escalationCodeVariable")),
    )


def behavior_event(ref: str | None, library: Library, compiler: Compiler) -> Event | None:
    """The event a multi-instance throws, by reference to a shared definition."""
    entry = library.event_definitions.get(reference(ref) or "")
    return read_event(entry, None, library, compiler) if entry is not None else None


def complex_behavior(multi: Element, library: Library, compiler: Compiler) -> tuple[tuple[feel.Expression, Event], ...]:
    """Conditions and the events they throw while a multi-instance of `behavior="Complex"` runs."""
    made = []
    for part in children(multi, "complexBehaviorDefinition"):
        condition = text_of(child(part, "condition"))
        thrown = child(part, "event")
        definitions = event_definitions(thrown) if thrown is not None else []
        if condition and definitions:
            made.append((compiler.expression(condition), read_event(definitions[0], None, library, compiler)))
    return tuple(made)


__all__ = ["behavior_event", "complex_behavior", "extensions", "read_event", "read_events", "timer_text"]
