"""Scopes of a running process: the instance, its sub-processes, the processes it calls. SpiffWorkflow's workflows, flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.errors import ScriptFailed
from engine.runtime.effects import Ended
from engine.runtime.ledger import Ledger
from engine.runtime.script import FeelEngine
from engine.runtime.spiff import BpmnSubWorkflow, BpmnWorkflow, TaskState
from engine.runtime.token import Token
from engine.runtime.variables import TOP, Variables

if TYPE_CHECKING:
    from engine import feel
    from engine.bpmn.node import Flow
    from engine.runtime.definition import Definition
    from engine.runtime.host import Host
    from engine.runtime.steps.starts import Root


MAX_DEPTH = 100
"""Sub-processes and called processes within one another: a process that calls itself is stopped here."""


class FlatScope:
    """What the instance and its inner scopes share. A scope ends when only its triggers are left."""

    spec: Any
    tasks: dict[str, Token]
    task_tree: Token
    completed: bool
    top_workflow: Instance
    definition: Definition
    scope: str = TOP
    closed: bool = False
    owner: Token | None = None
    depth: int = 0
    records: list[dict[str, Any]]
    correlation: dict[str, Any]

    def _begin_scope(self) -> None:
        self.records = []
        self.correlation = {}

    @property
    def owner_id(self) -> str:
        return self.owner.id if self.owner is not None else ""

    def plant(self) -> None:
        """Put the root in place: a token at SpiffWorkflow's own start, which never leaves."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.FUTURE, id=f"{self.owner_id}.0")

    def start(self) -> None:
        """Let the tokens of the scope's beginning loose."""
        self.task_tree._ready()

    def spawn(self, spec_name: str, *, via: Flow | None = None, holder: Token | None = None) -> Token:
        """A new token at a node, coming along `via`; it does nothing until `_update` is called."""
        token = Token(self, self.spec.task_specs[spec_name], holder or self.task_tree)
        self.top_workflow.ledger.born[token.id] = token
        if via is not None:
            token.internal_data["via"] = via.id
        return token

    def live(self) -> list[Token]:
        """Tokens that keep the scope alive: all but the root and the armed triggers of event sub-processes."""
        root = self.task_tree
        return [token for token in self.tasks.values() if token is not root and not token.task_spec.is_trigger]

    def retire(self, token: Token) -> None:
        """Take a finished token out of the tree; whatever still hangs on it hangs on the root from now on."""
        if token is self.task_tree or token.id not in self.tasks:
            return
        holder = token.holder
        for child in token.held:
            child.move_to(None)
        del self.tasks[token.id]
        self.top_workflow.ledger.token_gone(token)
        self.top_workflow.forget(token)
        if holder is not None:
            holder._children.remove(token.id)
            holder.task_spec.child_gone(holder, token)
        thrower = self.top_workflow.token(token.internal_data["undoFor"]) if "undoFor" in token.internal_data else None
        if thrower is not None:
            thrower.task_spec.child_gone(thrower, token)

    def finish_if_empty(self) -> None:
        """End the scope when nothing lives in it any more."""
        root: Root = self.spec.start
        root.settle(self)
        if not self.closed and not self.live() and not root.more(self):
            self.finish()

    def finish(self) -> None:
        """The scope has come to its end: what still waits is taken away, and whoever owns it goes on."""
        self.spec.start.tell(self.task_tree, "end")
        self.close()
        self.completed = True
        if self.owner is not None:
            self.owner.task_spec.scope_ended(self.owner, self)
        else:
            self.top_workflow.end(Ended("completed"))

    def close(self) -> None:
        """Take every token away."""
        self.closed = True
        for token in list(self.tasks.values()):
            if token is not self.task_tree and token.id in self.tasks:
                token.cancel()

    def cancel(self, workflow: object = None) -> list[Token]:
        """The scope is taken away from outside."""
        self.close()
        self.top_workflow.subprocesses.pop(self.owner_id, None)
        return []

    def _task_completed_notify(self, token: Token) -> None:
        """SpiffWorkflow's way of noticing the end; ours is `finish_if_empty`."""

    def update_waiting_tasks(self) -> None:
        """Nothing polls: waits are rows."""


class InnerScope(FlatScope, BpmnSubWorkflow):
    """A sub-process, or a called process, of a token."""

    def __init__(self, spec: Any, owner: Token, definition: Definition, scope: str) -> None:
        self.owner = owner
        self.definition = definition
        self.scope = scope
        super().__init__(spec, owner.id, owner.workflow.top_workflow, deserializing=True)
        self._begin_scope()
        self.plant()

    @property
    def parent_workflow(self) -> FlatScope:
        assert self.owner is not None
        return self.owner.workflow

    def _calculate_depth(self) -> int:
        """Asked for by the library at the beginning, and kept as `depth`."""
        assert self.owner is not None
        depth = self.owner.workflow.depth + 1
        if depth > MAX_DEPTH:
            element = self.owner.task_spec.node.element
            raise ScriptFailed("called-too-deep", element=element, token=self.owner.id, allowed=MAX_DEPTH)
        return depth


class Instance(FlatScope, BpmnWorkflow):
    """The whole execution: the root scope, and what all its scopes share."""

    def __init__(self, definition: Definition, host: Host, variables: Variables, counter: int = 0) -> None:
        self.definition = definition
        self.host = host
        self.variables = variables
        self.ledger = Ledger()
        self.queue: deque[Token] = deque()
        self.waiting: dict[str, Token] = {}
        self.outcome: Ended | None = None
        self.counter = counter
        self.warnings: list[str] = []
        self.start_node: str | None = None
        self.entering: dict[str, tuple[str, ...]] = {}  # spec of a scope opened by hand: where alone it begins
        self.business_key: str | None = None
        self.initiator: str | None = None
        self.wake_all: Callable[[str], None] | None = None
        super().__init__(definition.spec, definition.specs, script_engine=FeelEngine(host), deserializing=True)
        self._begin_scope()
        self.plant()

    @property
    def top_workflow(self) -> Instance:
        return self

    @top_workflow.setter
    def top_workflow(self, value: object) -> None:
        """Always itself."""

    def next_token(self) -> str:
        self.counter += 1
        return str(self.counter)

    def scopes(self) -> list[FlatScope]:
        return [self, *self.subprocesses.values()]

    def token(self, id: str) -> Token | None:
        """A live token of any scope."""
        for scope in self.scopes():
            found = scope.tasks.get(id)
            if found is not None:
                return found
        return None

    def evaluate(self, token: Token, expression: feel.Expression, extra: dict[str, Any] | None = None) -> Any:
        return self.script_engine.evaluate(token, expression, extra)

    def forget(self, token: Token) -> None:
        """A token is gone: so are its wait and its variables."""
        self.waiting.pop(token.id, None)
        self.variables.drop(token.id)

    def end(self, outcome: Ended) -> None:
        """The execution is over."""
        if self.outcome is None:
            self.outcome = self.ledger.ended = outcome
            if not self.closed:
                self.close()
            self.completed = True
            self.queue.clear()
