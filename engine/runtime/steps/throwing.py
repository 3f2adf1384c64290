"""Throwing events and end events: messages, signals, escalations, errors, terminate, cancel, compensation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn.node import DataMapping, Event, Node
from engine.runtime.effects import Ended, MessageThrown, SignalThrown
from engine.runtime.spiff import EndEvent, IntermediateThrowEvent, NoneEventDefinition, SendTask, TaskState
from engine.runtime.steps import compensation, conversation
from engine.runtime.steps.catching import throw_code
from engine.runtime.steps.tasks import OperationTask

if TYPE_CHECKING:
    from engine.runtime.token import Token


class Throwing(OperationTask):
    """A node that throws what its event definitions say, one after the other."""

    def act(self, token: Token) -> bool | None:
        for event in self.node.events:
            if event.kind == "compensation":
                if not event.wait_for_completion:
                    compensation.begin_beside(token, event)
                elif not compensation.begin(token, event):
                    return None
            elif event.operation is not None:
                if not self.request(token, event.operation):
                    return None
            else:
                self.throw(token, event)
        return True

    def throw(self, token: Token, event: Event) -> None:
        payload = {each.name: token.data.get(each.name) for each in self.node.data.inputs}
        payload |= payload_of(token, event.payload)
        if event.kind == "message":
            self._message(token, event, payload)
        elif event.kind == "signal":
            self._signal(token, event, payload)
        elif event.kind == "escalation":
            throw_code(token, "escalation", code_of(token, event), payload)
        elif event.kind == "error":
            self._error(token, event, payload)

    def _message(self, token: Token, event: Event, payload: dict[str, Any]) -> None:
        top = token.workflow.top_workflow
        name = self._named(token, event)
        keys = conversation.sent(token, event, payload)
        if not deliver_message(token, name, payload, keys):
            top.ledger.messages.append(MessageThrown(name, payload, keys, self.node.element, token.id))

    def _signal(self, token: Token, event: Event, payload: dict[str, Any]) -> None:
        top = token.workflow.top_workflow
        name = self._named(token, event)
        broadcast(token, name, payload)
        top.ledger.signals.append(SignalThrown(name, payload, self.node.element, token.id))

    def _named(self, token: Token, event: Event) -> str:
        top = token.workflow.top_workflow
        return str(event.name.evaluate(lambda each: top.evaluate(token, each))) if event.name is not None else ""

    def _error(self, token: Token, event: Event, payload: dict[str, Any]) -> None:
        """An error nobody takes ends the whole execution with its code."""
        code = code_of(token, event)
        if not throw_code(token, "error", code, payload, event.error_message or ""):
            token.workflow.top_workflow.end(Ended("error", code, event.error_message, self.node.element))

    def child_gone(self, holder: Token, child: Token) -> None:
        """One compensation handler is done: the next, or on."""
        if not holder.finished and compensation.next_handler(holder):
            self.compensated(holder)

    def compensated(self, token: Token) -> None:
        token.complete()


class ThrowEvent(Throwing, IntermediateThrowEvent):
    """Intermediate throwing event."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition()}


class Send(Throwing, SendTask):
    """Send task: throws its message, or calls an operation."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition()}

    def act(self, token: Token) -> bool | None:
        if self.node.operation is not None:
            return self.request(token, self.node.operation)
        return super().act(token)


class End(Throwing, EndEvent):
    """End event: throws, and the token is gone. Terminate takes its whole scope away, cancel its transaction."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition()}

    def throw(self, token: Token, event: Event) -> None:
        if event.kind == "terminate":
            self._terminate(token)
        elif event.kind == "cancel":
            self._cancel(token)
        else:
            super().throw(token, event)

    def _terminate(self, token: Token) -> None:
        scope = token.workflow
        top = scope.top_workflow
        top.ledger.step(token, "left")
        for other in list(scope.tasks.values()):
            if other is not token and other is not scope.task_tree and other.id in scope.tasks:
                other.cancel()
        token._set_state(TaskState.COMPLETED)
        scope.retire(token)
        if scope is top:
            top.end(Ended("terminated", element=self.node.element))
        else:
            scope.finish()

    def _cancel(self, token: Token) -> None:
        """Everything else in the transaction stops; what was done is undone; then its cancel boundary event goes on."""
        scope = token.workflow
        for other in list(scope.tasks.values()):
            if other is not token and other is not scope.task_tree and other.id in scope.tasks:
                other.cancel()
        if compensation.begin(token, CANCEL_ALL):
            self._cancelled(token)

    def _cancelled(self, token: Token) -> None:
        owner = token.workflow.owner
        if owner is None or not throw_cancel(owner):
            token.complete()

    def compensated(self, token: Token) -> None:
        if any(event.kind == "cancel" for event in self.node.events):
            self._cancelled(token)
        else:
            super().compensated(token)

    def act(self, token: Token) -> bool | None:
        done = super().act(token)
        if any(event.kind == "cancel" for event in self.node.events):
            return None
        return done


CANCEL_ALL = Event("compensation")


def throw_cancel(owner: Token) -> bool:
    """A cancelled transaction: its cancel boundary event fires, however the transaction is nested in loops."""
    up: Token | None = owner
    while up is not None:
        if up.task_spec.guards:
            for held in up.held:
                if held.waiting and held.task_spec.event.kind == "cancel":
                    held.task_spec.fire(held, {})
                    return True
        up = up.holder
    return False


def throw_implicit(holder: Token, event: Event) -> None:
    """
    An event a multi-instance throws by itself. A boundary event of the same activity takes it without interrupting: the
    drawing lets tokens out for it beside the activity's own.
    """
    top = holder.workflow.top_workflow
    block = holder.holder
    own = [held for held in block.held if held is not holder and held.waiting] if block is not None else []
    for each in own:
        each.internal_data["gentle"] = True
    name = str(event.name.evaluate(lambda each: top.evaluate(holder, each))) if event.name is not None else ""
    element = holder.task_spec.node.element
    if event.kind == "signal":
        broadcast(holder, name, {})
        top.ledger.signals.append(SignalThrown(name, {}, element, holder.id))
    elif event.kind == "message":
        if not deliver_message(holder, name, {}, {}):
            top.ledger.messages.append(MessageThrown(name, {}, {}, element, holder.id))
    elif event.kind in ("escalation", "error"):
        throw_code(holder, event.kind, code_of(holder, event), {})
    for each in block.held if block is not None else []:
        each.internal_data.pop("gentle", None)


def code_of(token: Token, event: Event) -> str | None:
    if event.code is None:
        return None
    top = token.workflow.top_workflow
    value = event.code.evaluate(lambda expression: top.evaluate(token, expression))
    return None if value is None else str(value)


def payload_of(token: Token, mappings: tuple[DataMapping, ...]) -> dict[str, Any]:
    """What a thrown event carries: only what is mapped; never all variables unless the drawing says so."""
    top = token.workflow.top_workflow
    payload: dict[str, Any] = {}
    for mapping in mappings:
        if mapping.all:
            payload.update(token.data)
        elif mapping.target and mapping.expression is not None:
            payload[mapping.target] = top.evaluate(token, mapping.expression)
    return payload


def deliver_message(token: Token, name: str, payload: Mapping[str, Any], keys: Mapping[str, Any]) -> bool:
    """Give a message to the first token that waits for it anywhere in the execution."""
    top = token.workflow.top_workflow
    for waiting in list(top.waiting.values()):
        if waits_for(waiting, "message", name, keys, payload):
            return bool(waiting.task_spec.fire(waiting, payload))
    return False


def broadcast(token: Token, name: str, payload: Mapping[str, Any]) -> int:
    """Give a signal to everybody who waits for it in the execution now."""
    top = token.workflow.top_workflow
    woken = 0
    for waiting in list(top.waiting.values()):
        if waiting.id in top.waiting and waits_for(waiting, "signal", name, {}):
            woken += bool(waiting.task_spec.fire(waiting, payload))
    return woken


def waits_for(
    token: Token, kind: str, name: str, keys: Mapping[str, Any], payload: Mapping[str, Any] | None = None
) -> bool:
    """Whether the token waits for this event; every key it knows must be the same in the message or its payload."""
    event = token.task_spec.event
    if event.kind != kind or token.internal_data.get("name") != name:
        return False
    stored = token.internal_data.get("keys") or {}
    expected = {key: feel.values.from_json(value) for key, value in stored.items()}
    if payload and any(key not in keys for key in expected):
        keys = {**conversation.carried(token, event, payload), **keys}
    return all(key in keys and conversation.equal(keys[key], value) for key, value in expected.items())
