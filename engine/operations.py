"""
Operations: what a service task may call. The engine calls upwards only through this protocol; the office registers its
operations at bootstrap (`services/operations/`, one a file).

An operation declares its effect. `database`: it runs inside the step, in its transaction, and changes only rows.
`outside`: it becomes a job; the token waits; the job may run more than once, so it must be harmless when done twice
(`once_key` is the same on every try).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from engine.actor import Actor
from engine.store.unit_of_work import UnitOfWork

Effect = Literal["database", "outside"]


@dataclass(frozen=True)
class Parameter:
    """An input of an operation: FEEL value type it expects (text, number, boolean, date, list, any)."""

    name: str
    type: str = "any"
    required: bool = True


@dataclass(frozen=True)
class Call:
    """One call of an operation. `work` is the step's open unit of work for `database`, None for `outside`."""

    actor: Actor
    subject_ref: str | None
    solution: str
    deployment_id: int
    instance_id: int
    element: str
    token: str
    inputs: Mapping[str, Any]
    once_key: str
    now: datetime
    work: UnitOfWork | None = None


@dataclass(frozen=True)
class Operation:
    """
    What a service task names in `camunda:topic`. `run` returns the outputs (plain FEEL values by name); it raises
    `OperationFailed` for an error the diagram may catch, `OutsideError` for one worth trying again.
    """

    name: str
    effect: Effect
    run: Callable[[Call], Mapping[str, Any]]
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[str, ...] = ()
    summary: str = ""


class OperationFailed(Exception):
    """A failure with a BPMN error code: an error boundary event may catch it."""

    def __init__(self, code: str, message: str = "", **data: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True)
class Operations:
    """The registry; made once at bootstrap."""

    by_name: Mapping[str, Operation] = field(default_factory=dict)

    @staticmethod
    def of(operations: Iterable[Operation]) -> Operations:
        table: dict[str, Operation] = {}
        for operation in operations:
            if operation.name in table:
                raise ValueError(f"operation {operation.name} is registered twice")
            table[operation.name] = operation
        return Operations(table)
