"""Where a scope begins: the root token, start events, and the armed starts of event sub-processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn.node import Listener, Node, Parameter
from engine.runtime.spiff import BpmnStartTask, NoneEventDefinition, StartEvent, TaskState
from engine.runtime.steps import conversation
from engine.runtime.steps.catching import Catching, rearm
from engine.runtime.steps.step import Step
from engine.runtime.variables import MISSING

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


class Root(Step, BpmnStartTask):
    """SpiffWorkflow's own start of a process: arms the event sub-processes, then lets the first tokens loose."""

    node = Node("", "", "root")
    heads: tuple[str, ...] = ()
    """Specs that get a token when nobody says where to start: none start events, or nodes without a way in."""
    triggers: tuple[str, ...] = ()
    undo_handler: str | None = None
    """The compensation event sub-process, if one is drawn."""
    undo_all: str = ""
    """A generated node that undoes everything remembered in the scope."""

    def _on_complete(self, token: Token) -> None:
        self.declare_objects(token)
        self.tell(token, "start")
        scope = token.workflow
        top = scope.top_workflow
        start = top.start_node if scope is top else None
        heads = top.entering.pop(scope.spec.name, (start,) if start else self.heads)
        new = [scope.spawn(name) for name in (*self.triggers, *heads)]
        for kid in new:
            if not scope.closed and not kid.finished:
                kid.task_spec._update(kid)
        scope.finish_if_empty()

    objects: tuple[Parameter, ...] = ()
    """Data objects of the scope and their first values."""

    listeners: tuple[Listener, ...] = ()
    """Listeners of the process itself."""

    def tell(self, token: Token, event: str) -> None:
        for listener in self.listeners:
            if listener.event == event:
                self.listen(token, listener)

    def declare_objects(self, token: Token) -> None:
        """A data object that nobody has given a value yet gets its first one."""
        variables, scope = token.workflow.top_workflow.variables, token.workflow.scope
        for each in self.objects:
            if variables.local(scope, each.name) is MISSING:
                variables.declare(scope, each.name, self.value_of(token, each))

    def step_left(self, scope: FlatScope, token: Token) -> None:
        """A node of the scope has finished (ad-hoc sub-processes ask their completion condition)."""

    def more(self, scope: FlatScope) -> bool:
        """Whether an empty scope goes on by itself."""
        return False

    def settle(self, scope: FlatScope) -> None:
        """A finished node's tokens have gone out."""


class Start(Step, StartEvent):
    """A start event: what it waits for has happened already, or the process would not have begun."""

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {"event_definition": NoneEventDefinition()}

    def act(self, token: Token) -> bool:
        top = token.workflow.top_workflow
        if self.node.initiator and token.workflow is top and top.initiator is not None:
            token.data[self.node.initiator] = top.initiator
        for event in self.node.events:
            if event.conversation:
                conversation.settle(token, event, conversation.carried(token, event, dict(token.data)))
        return True


class Trigger(Catching):
    """
    The armed start of an event sub-process.

    An interrupting one takes everything else in its scope away when it fires. A non-interrupting one stays armed.
    """

    is_trigger = True
    handler: str

    @classmethod
    def library_arguments(cls, node: Node) -> dict[str, Any]:
        return {}

    def enter(self, token: Token) -> None:
        """The event sub-process is entered when its event comes."""

    def woken(self, token: Token) -> bool:
        token.settle_ask("fired")
        scope = token.workflow
        if self.node.interrupting:
            self._interrupt(scope, token)
        else:
            self._stay_armed(token)
        handler = scope.spawn(self.handler)
        token.consume()
        handler.task_spec._update(handler)
        return True

    def _interrupt(self, scope: FlatScope, token: Token) -> None:
        for other in list(scope.tasks.values()):
            if other is not token and other is not scope.task_tree and other.id in scope.tasks:
                other.cancel()

    def _stay_armed(self, token: Token) -> None:
        data: dict[str, Any] = token.internal_data
        if self.event.kind == "timer" and data.get("repeat") in (None, 0):
            return
        again = token.workflow.spawn(self.name)
        if self.event.kind == "timer":
            again.internal_data.update(previous=data["due"], left=data["repeat"])
        again._set_state(TaskState.WAITING)
        rearm(self, again)
