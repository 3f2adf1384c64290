"""Catching events: tokens that sleep until a timer, message, signal, condition, error or escalation wakes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn.node import Event, Node
from engine.errors import ScriptFailed
from engine.runtime import times
from engine.runtime.effects import WaitKind, WaitOpened
from engine.runtime.spiff import BoundaryEvent, IntermediateCatchEvent, NoneEventDefinition, ReceiveTask, TaskState
from engine.runtime.steps import conversation
from engine.runtime.steps.gateways import EventGate
from engine.runtime.steps.step import Step

if TYPE_CHECKING:
    from engine.runtime.token import Token

KINDS: dict[str, WaitKind] = {
    "timer": "timer",
    "message": "message",
    "signal": "signal",
    "conditional": "condition",
}


class Catching(Step):
    """A node whose token waits for its event. `fire` wakes it."""

    boundary = False

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition()}

    def _update_hook(self, token: Token) -> bool:
        if self.event.kind == "none":
            return True
        token._set_state(TaskState.WAITING)
        return self.arm(token)

    def arm(self, token: Token) -> bool:
        """Begin to wait; True when there is nothing to wait for."""
        event = self.event
        if event.kind not in KINDS:
            return False  # errors, escalations, cancel and compensation find their catcher by position
        top = token.workflow.top_workflow
        top.waiting[token.id] = token
        token.internal_data["asks"] = "wait"
        wait = self._wait(token, event)
        top.ledger.waits[token.id] = wait
        if event.kind == "conditional" and self._is_true(token, event):
            token.internal_data["fired"] = True
            self.fire(token, {})
        return False

    def _wait(self, token: Token, event: Event) -> WaitOpened:
        due = repeat = None
        name: str | None = None
        names: tuple[str, ...] = ()
        keys: dict[str, Any] = {}
        if event.kind == "timer":
            due, repeat = times.schedule(token, event)
            token.internal_data.update(due=due.isoformat(), repeat=repeat)
        elif event.kind == "conditional":
            names = self._watched(event)
        else:
            name = self._name(token, event)
            keys = conversation.expected(token, event)
            stored = {key: feel.values.to_json(feel.values.convert(value)) for key, value in keys.items()}
            token.internal_data.update(name=name, keys=stored)
        return WaitOpened(
            token.id,
            KINDS[event.kind],
            self.node.id,
            self.node.element,
            name=name,
            due=due,
            repeat=repeat,
            keys=keys,
            names=names,
            boundary=self.boundary,
            interrupting=self.node.interrupting,
        )

    def _watched(self, event: Event) -> tuple[str, ...]:
        if event.condition_variable:
            return tuple(name.strip() for name in event.condition_variable.split(","))
        return tuple(sorted(event.condition.names)) if event.condition is not None else ()

    def _name(self, token: Token, event: Event) -> str:
        top = token.workflow.top_workflow
        value = event.name.evaluate(lambda expression: top.evaluate(token, expression)) if event.name else None
        if not value and not isinstance(self, Receive):
            raise ScriptFailed("event-without-name", element=self.node.element, token=token.id, kind=event.kind)
        return str(value or "")

    def looks_at(self, token: Token, changed: set[str]) -> bool:
        """Whether this conditional wait reads one of the changed names."""
        return self.event.kind == "conditional" and bool(changed & set(self._watched(self.event)))

    def _is_true(self, token: Token, event: Event) -> bool:
        if event.condition is None:
            return False
        return token.workflow.top_workflow.evaluate(token, event.condition) is True

    # waking -----------------------------------------------------------------------------------------------------

    def fire(self, token: Token, payload: Mapping[str, Any] | None = None) -> bool:
        """The event has come. False when there was nothing to wake (a condition that is still not true)."""
        if not token.waiting:
            return False
        known = token.internal_data.pop("fired", False)
        if self.event.kind == "conditional" and not known and not self._is_true(token, self.event):
            return False
        if self.event.conversation:
            conversation.settle(token, self.event, conversation.carried(token, self.event, payload or {}))
        self.take_payload(token, payload or {})
        return self.woken(token)

    def take_payload(self, token: Token, payload: Mapping[str, Any]) -> None:
        own = self.node.data.own
        for name, value in payload.items():
            if name in own:
                token.workflow.top_workflow.variables.declare(self.open_scope(token), name, value)
            else:
                token.data[name] = value

    def woken(self, token: Token) -> bool:
        """The token goes on; at an event-based gateway its alternatives go away."""
        token.settle_ask("fired")
        holder = token.holder
        if holder is not None and isinstance(holder.task_spec, EventGate):
            holder.task_spec.chosen(holder, token)
        if not token.finished:
            token._ready()
        return True


class CatchEvent(Catching, IntermediateCatchEvent):
    """
    Intermediate catching event. A timer that repeats so many times (`R4/PT1S`) lets a token out each time; one without
    an end fires once.
    """

    def woken(self, token: Token) -> bool:
        left = token.internal_data.get("repeat")
        if self.event.kind == "timer" and left is not None and left > 0 and token.holder is None:
            again = token.workflow.spawn(self.name)
            again.internal_data.update(previous=token.internal_data["due"], left=left)
            again._set_state(TaskState.WAITING)
            self.arm(again)
        return super().woken(token)


class Alternative(CatchEvent):
    """One of several events a catching event waits for; what is drawn is entered and left once."""

    def enter(self, token: Token) -> None:
        """The event as a whole has been entered."""


class AnyOf(EventGate):
    """A catching event with several definitions: the first to come lets it go on."""

    alternatives: tuple[str, ...] = ()

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.STARTED)
        scope = token.workflow
        made = [scope.spawn(name, holder=token) for name in self.alternatives]
        for alternative in made:
            if not alternative.finished and token.id in scope.tasks:
                alternative.task_spec._update(alternative)
        return False

    def let_go(self, holder: Token) -> None:
        """The alternative that fired writes the history."""


class AllOf(AnyOf):
    """A catching event with several definitions that must all come (parallelMultiple)."""

    def chosen(self, holder: Token, alternative: Token) -> None:
        if len(holder.held) > 1:
            alternative.consume()
        else:
            super().chosen(holder, alternative)


class Receive(Catching, ReceiveTask):
    """Receive task: a message event drawn as a task."""


class Boundary(Catching, BoundaryEvent):
    """
    Boundary event: armed as long as the activity lives.

    An interrupting one takes the activity away when it fires. A non-interrupting one sends a token out and stays armed.
    """

    boundary = True

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition(), "cancel_activity": node.interrupting}

    def enter(self, token: Token) -> None:
        """Waiting on an activity is not yet being there."""

    def woken(self, token: Token) -> bool:
        block = token.holder
        token.settle_ask("fired")
        if block is None:
            token._ready()
            return True
        if self.node.interrupting and not token.internal_data.pop("gentle", False):
            token.move_to(None)
            for other in block.held:
                other.cancel()
            if block.id in block.workflow.tasks:
                block.consume()
        else:
            self._stay_armed(token, block)
        Step.enter(self, token)
        token._ready()
        return True

    def _stay_armed(self, token: Token, block: Token) -> None:
        """A new token waits on; a timer that is no cycle, or has no firing left, is done."""
        token.move_to(None)
        token.internal_data.pop("gentle", None)
        if self.event.kind == "timer" and token.internal_data.get("repeat") in (None, 0):
            return
        again = token.workflow.spawn(self.name, holder=block)
        if self.event.kind == "timer":
            again.internal_data.update(previous=token.internal_data["due"], left=token.internal_data["repeat"])
        again._set_state(TaskState.WAITING)
        rearm(self, again)


def rearm(spec: Catching, token: Token) -> None:
    """Wait again; a condition must change before it fires again, even if it is still true."""
    if spec.event.kind != "conditional":
        spec.arm(token)
        return
    top = token.workflow.top_workflow
    top.waiting[token.id] = token
    token.internal_data["asks"] = "wait"
    top.ledger.waits[token.id] = spec._wait(token, spec.event)


# errors, escalations: found by position ------------------------------------------------------------------------------


def catchers(token: Token) -> Iterator[list[Token]]:
    """
    Armed catchers around a token, nearest first: its own boundary, its scope's triggers, then the owner's, and so on.

    What an event sub-process throws goes past its siblings, to the outside of the scope they all stand in.
    """
    at: Token | None = token
    inside_handler = False
    while at is not None:
        up: Token | None = at
        while up is not None:
            if up.task_spec.guards:
                yield [held for held in up.held if held.waiting and isinstance(held.task_spec, Boundary)]
            up = up.holder
        if not inside_handler:
            yield [other for other in at.workflow.tasks.values() if other.task_spec.is_trigger and other.waiting]
        inside_handler = at.workflow.owner is not None and at.workflow.owner.task_spec.node.triggered_by_event
        at = at.workflow.owner


def throw_code(token: Token, kind: str, code: str | None, payload: Mapping[str, Any], message: str = "") -> bool:
    """Give an error or escalation to the nearest catcher: in each place the exact code before one that takes all."""
    for group in catchers(token):
        best = _best(group, kind, code)
        if best is not None:
            event = best.task_spec.event
            values = dict(payload)
            if event.code_variable:
                values[event.code_variable] = code
            if event.message_variable:
                values[event.message_variable] = message
            best.task_spec.fire(best, values)
            return True
    return False


def _best(group: list[Token], kind: str, code: str | None) -> Token | None:
    catching_all = None
    for catcher in group:
        event = catcher.task_spec.event
        if event.kind != kind:
            continue
        own = event.code.literal if event.code is not None else None
        if own is None:
            catching_all = catching_all or catcher
        elif own == code:
            return catcher
    return catching_all
