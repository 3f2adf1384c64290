"""Watches who executes: every step a token takes, and whether SpiffWorkflow's own methods were at work on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, Self

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task

from engine.runtime.ledger import Ledger

WAYS = ("run and completed", "completed later", "ended in its run", "holds others", "unexplained")


class Tracer:
    """
    While it is open, each node a token leaves is put down by how the library took part.

    run and completed: inside `Task.run → TaskSpec._run` and `Task.complete`, in one go.
    completed later:   it ran before, waited for a job, an event or its own inside, and then went through `Task.complete`.
    ended in its run:  `TaskSpec._run` ended the scope (terminate, cancel), so that there was nothing to complete.
    holds others:      an event-based gateway, which has no work: the event that came runs and completes for it.
    """

    def __init__(self) -> None:
        self.steps: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[str] = Counter()
        self.unexplained: list[str] = []
        self._inside: list[tuple[str, int]] = []
        self._kept: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Self:
        self._watch(Task, "_ready", lambda token: token)
        self._watch(Task, "run", lambda token: token)
        self._watch(Task, "complete", lambda token: token)
        self._watch(TaskSpec, "_run", lambda spec, token: token)
        self._replace(Ledger, "step", self._noting(Ledger.step))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for owner, name, value in reversed(self._kept):
            setattr(owner, name, value)

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        self._kept.append((owner, name, vars(owner)[name]))
        setattr(owner, name, value)

    def _watch(self, owner: Any, name: str, token_of: Callable[..., Any]) -> None:
        """Put a note around a method of the library's own class."""
        theirs = vars(owner)[name]
        called = f"{owner.__name__}.{name}"

        @wraps(theirs)
        def watched(*arguments: Any) -> Any:
            self.calls[called] += 1
            self._inside.append((called, id(token_of(*arguments))))
            try:
                return theirs(*arguments)
            finally:
                self._inside.pop()

        self._replace(owner, name, watched)

    def _noting(self, ours: Callable[..., None]) -> Callable[..., None]:
        @wraps(ours)
        def noted(ledger: Ledger, token: Any, what: Any) -> None:
            ours(ledger, token, what)
            if what == "left" and token.node is not None and token.node.id:
                way = self._way(token)
                self.steps[(token.node.kind, way)] += 1
                if way == "unexplained":
                    self.unexplained.append(f"{token.node.kind} {token.node.id}")

        return noted

    def _way(self, token: Any) -> str:
        at_work = {called for called, who in self._inside if who == id(token)}
        if {"Task.run", "TaskSpec._run"} & at_work:
            return "run and completed" if "Task.complete" in at_work else "ended in its run"
        if "Task.complete" in at_work:
            return "completed later"
        return "holds others" if token.node.kind == "eventBasedGateway" else "unexplained"
