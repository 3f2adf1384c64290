"""A token: SpiffWorkflow's task, living in a flat tree, without data of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.runtime.effects import CallClosed, TaskClosed, WaitClosed
from engine.runtime.spiff import Task, TaskState
from engine.runtime.variables import View

if TYPE_CHECKING:
    from engine.bpmn.node import Node
    from engine.runtime.scopes import FlatScope
    from engine.runtime.steps.step import Step

FINISHED = TaskState.FINISHED_MASK


class Token(Task):
    """
    One token of a running process.

    Tokens hang on the root of their scope; only a guarded activity, a multi-instance and an event-based gateway hold
    tokens below them. A finished token is gone from the tree at once.
    """

    workflow: FlatScope
    task_spec: Step
    id: str

    def __init__(
        self, scope: FlatScope, spec: Any, parent: Token | None = None, state: int = TaskState.FUTURE, id: str = ""
    ) -> None:
        super().__init__(scope, spec, parent, state=state, id=id or scope.top_workflow.next_token())

    @property
    def data(self) -> View:
        """The variables seen from here; SpiffWorkflow writes and reads through it."""
        return View(self.workflow.top_workflow.variables, self.scope)

    @data.setter
    def data(self, value: object) -> None:
        """Nothing is kept in a token."""

    @property
    def scope(self) -> str:
        """The variable scope: the token's own if it has opened one."""
        return self.id if self.id in self.workflow.top_workflow.variables.parents else self.workflow.scope

    @property
    def node(self) -> Node | None:
        return getattr(self.task_spec, "node", None)

    @property
    def drawn(self) -> bool:
        """Whether it stands on something of the drawing; a token that only groups others does not."""
        node = self.node
        return node is not None and bool(node.id)

    @property
    def finished(self) -> bool:
        return bool(self._state & FINISHED)

    @property
    def waiting(self) -> bool:
        return self._state == TaskState.WAITING

    @property
    def holder(self) -> Token | None:
        """The token this one hangs on; None directly under the root."""
        parent = self.workflow.tasks.get(self._parent)
        return None if parent is self.workflow.task_tree else parent

    @property
    def held(self) -> list[Token]:
        """Tokens that hang on this one, oldest first."""
        return [self.workflow.tasks[child] for child in self._children if child in self.workflow.tasks]

    def _child_added_notify(self, child: Token) -> None:
        """The root keeps no list of its children: there may be many, and they leave in any order."""
        if self is not self.workflow.task_tree:
            self._children.append(child.id)

    def _inherit_data(self) -> None:
        """Variables are not copied from token to token."""

    def _set_state(self, value: int) -> None:
        """A finished token stays finished; a ready automatic one queues up to run."""
        if self._state & FINISHED or value == self._state:
            return
        self._state = value
        if value == TaskState.READY and not self.task_spec.manual:
            self.workflow.top_workflow.queue.append(self)

    def run(self) -> bool | None:
        """Do the token's work through SpiffWorkflow, unless something took the token away while it queued."""
        if self.workflow.closed or not self._state & (TaskState.READY | TaskState.STARTED):
            return None
        return super().run()

    def complete(self) -> None:
        """An event may have taken the token away while it ran."""
        if not self.finished:
            super().complete()

    def cancel(self) -> None:
        """Take the token away, with everything that hangs on it."""
        if self.finished:
            return
        self._set_state(TaskState.CANCELLED)
        for child in self.held:
            child.cancel()
        self.task_spec._on_cancel(self)
        self.settle_ask("cancelled")
        if self.internal_data.get("hold") is not True:
            self.workflow.top_workflow.ledger.step(self, "cancelled")
        self.workflow.retire(self)

    def settle_ask(self, outcome: Any) -> None:
        """What the token asked the world for (a person, a job, an event) is over."""
        asked = self.internal_data.pop("asks", None)
        ledger = self.workflow.top_workflow.ledger
        if asked == "task":
            ledger.task_closed(TaskClosed(self.id, outcome))
        elif asked == "call":
            ledger.call_closed(CallClosed(self.id, outcome))
        elif asked == "wait":
            ledger.wait_closed(WaitClosed(self.id, outcome))
            self.workflow.top_workflow.waiting.pop(self.id, None)

    def consume(self) -> None:
        """Take the token away because another goes on for it (at a join)."""
        self._set_state(TaskState.CANCELLED)
        self.workflow.retire(self)

    def move_to(self, holder: Token | None) -> None:
        """Hang the token on another holder, or on the root."""
        old = self.holder
        if old is not None:
            old._children.remove(self.id)
        target = holder or self.workflow.task_tree
        self._parent = target.id
        target._child_added_notify(self)
