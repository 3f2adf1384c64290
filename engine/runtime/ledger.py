"""Writes down what happens during one step, for `Execution.changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.effects import (
    CallClosed,
    CallRequested,
    Changes,
    Ended,
    MessageThrown,
    SignalThrown,
    Step,
    StepKind,
    TaskClosed,
    TaskOpened,
    TokenBorn,
    VariableWritten,
    WaitClosed,
    WaitOpened,
)

if TYPE_CHECKING:
    from engine.runtime.token import Token
    from engine.runtime.variables import Variables


class Ledger:
    """Tasks, waits and calls that open and close within the same step leave no trace but history."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskOpened] = {}
        self.waits: dict[str, WaitOpened] = {}
        self.calls: dict[str, CallRequested] = {}
        self.tasks_closed: list[TaskClosed] = []
        self.waits_closed: list[WaitClosed] = []
        self.calls_closed: list[CallClosed] = []
        self.messages: list[MessageThrown] = []
        self.signals: list[SignalThrown] = []
        self.steps: list[Step] = []
        self.swept: list[str] = []
        self.born: dict[str, Token] = {}
        self.gone: list[str] = []
        self.ended: Ended | None = None

    def task_closed(self, closed: TaskClosed) -> None:
        if self.tasks.pop(closed.token, None) is None:
            self.tasks_closed.append(closed)

    def wait_closed(self, closed: WaitClosed) -> None:
        if self.waits.pop(closed.token, None) is None:
            self.waits_closed.append(closed)

    def call_closed(self, closed: CallClosed) -> None:
        if self.calls.pop(closed.token, None) is None:
            self.calls_closed.append(closed)

    def token_gone(self, token: Token) -> None:
        if self.born.pop(token.id, None) is None and token.drawn:
            self.gone.append(token.id)

    def step(self, token: Token, what: StepKind) -> None:
        """A line of history for a drawn node; holders that only group tokens have none."""
        node = token.node
        if node is None or not token.drawn:
            return
        scope = token.workflow
        self.steps.append(Step(token.id, node.id, node.element, what, node.kind, scope.definition.ref, scope.owner_id))

    def changes(self, variables: Variables) -> Changes:
        return Changes(
            tasks_opened=list(self.tasks.values()),
            tasks_closed=list(self.tasks_closed),
            waits_opened=list(self.waits.values()),
            waits_closed=list(self.waits_closed),
            calls_requested=list(self.calls.values()),
            calls_closed=list(self.calls_closed),
            messages=list(self.messages),
            signals=list(self.signals),
            steps=list(self.steps),
            variables=[VariableWritten(*row) for row in variables.rows()],
            dropped=list(variables.dropped),
            swept=list(self.swept),
            born=[_born(token) for token in self.born.values() if token.drawn],
            gone=list(self.gone),
            ended=self.ended,
        )


def _born(token: Token) -> TokenBorn:
    node, holder = token.node, token.holder
    return TokenBorn(token.id, node.element if node else "", holder.id if holder else "")
