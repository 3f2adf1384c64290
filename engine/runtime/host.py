"""What an execution asks of the world around it. The product's host is in `engine.runtime.commands`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from engine.runtime.definition import Definition


class Pending(Enum):
    """The answer of `Host.call` for work that a job will do: the token waits for `finish_call`."""

    PENDING = "pending"
    EXTERNAL = "external"


PENDING = Pending.PENDING
EXTERNAL = Pending.EXTERNAL


@dataclass(frozen=True)
class OperationCall:
    """A service task (send task, listener, script in our own operation) asks for an operation by name."""

    operation: str
    inputs: Mapping[str, Any]
    token: str
    node: str
    element: str
    definition: str
    event: str = "execute"  # or start, end, take, create, complete, assignment for listeners


@dataclass(frozen=True)
class DecisionCall:
    """
    A business rule task asks for a decision. `inputs` is a live read-only view of the variables in scope: the decision
    reads what it needs. The answer is a list of result rows (each a name -> value mapping), or for a literal expression
    a single row of one value; `map_result` tells the execution how to fold them.
    """

    ref: str
    inputs: Mapping[str, Any]
    token: str
    element: str
    definition: str
    binding: str = "latest"
    version: str | None = None
    tenant: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class BpmnError(Exception):
    """Raised by an operation to say in the diagram's own words what went wrong: caught by an error boundary event."""

    def __init__(self, code: str, message: str = "", **data: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.data = data


class Host(Protocol):
    """The world of one execution. Every method is called inside the step's transaction."""

    def now(self) -> datetime:
        """The moment of this step, aware."""

    @property
    def zone(self) -> tzinfo:
        """Where naive dates of the diagram are read."""

    def context(self) -> Mapping[str, Any]:
        """Extra root names expressions may read (`card`); looked up by name, so it may load lazily."""

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """Registered FEEL functions."""

    def definition(self, key: str, *, binding: str, version: str | None, caller: Definition) -> Definition:
        """The definition a call activity means now; raises engine.errors.NotFound."""

    def definition_by_ref(self, ref: str) -> Definition:
        """The very definition a running call started with (`Definition.ref`)."""

    def call(self, call: OperationCall) -> Mapping[str, Any] | Pending:
        """
        Run an operation of effect `database` and give its outputs, or answer PENDING (a job will do it) or EXTERNAL
        (nobody registered it: an outside worker fetches the topic). Raises BpmnError, or anything else for an incident.
        """

    def run_script(self, format: str, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Run a script of a language the office registered a handler for; gives the variables to set. FEEL never comes here.
        Other languages are refused at deploy.
        """

    def decide(self, call: DecisionCall) -> list[Mapping[str, Any]]:
        """Evaluate a decision: the matching rules' outputs."""
