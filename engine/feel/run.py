"""
What one evaluation carries: the scope, the time, the registered functions, the collected reasons and the counters.

A compiled expression is a closure over a *frame*, a plain list: [scope, run, value under test, local, local, …].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from engine.feel import limits
from engine.feel.errors import FeelLimitError

Frame = list[Any]
Closure = Callable[[Frame], Any]

SCOPE: Final = 0
RUN: Final = 1
TESTED: Final = 2
FIRST_LOCAL: Final = 3

NO_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {}


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - Python owns the name without the dash
    """Why an evaluation gave null: a stable code, what it is about, and where in the text."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    at: int = 0


class Null(Exception):
    """Raised inside a built-in function: the result is null for this reason. Never leaves the evaluation."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Run:
    """One evaluation."""

    __slots__ = ("_now", "_zone", "calls", "functions", "steps", "warnings")

    def __init__(
        self,
        now: datetime | None,
        zone: tzinfo | None,
        functions: Mapping[str, Callable[..., Any]],
        warnings: list[Warning_] | None,
    ) -> None:
        self._now = now
        self._zone = zone
        self.functions = functions
        self.warnings = warnings
        self.steps = limits.STEPS
        self.calls = 0

    @property
    def now(self) -> datetime:
        """The moment of this evaluation: the same however often it is asked."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now if self._zone is None else self._now.astimezone(self._zone)

    def step(self, count: int = 1) -> None:
        """Count rounds of loops and calls."""
        self.steps -= count
        if self.steps < 0:
            raise FeelLimitError("the number of steps", limits.STEPS)

    def warn(self, code: str, at: int = 0, **params: Any) -> None:
        if self.warnings is not None and len(self.warnings) < 100:
            self.warnings.append(Warning_(code, params, at))


def check_size(size: int) -> None:
    """Refuse lists beyond the limit before they are made."""
    if size > limits.LIST_SIZE:
        raise FeelLimitError("the size of a list", limits.LIST_SIZE)
