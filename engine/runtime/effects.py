"""
What an execution did to the world since `begin` or `restore`: rows to write, in the order things happened.

A token id (`token`) is unique within one execution (one instance with everything it calls) and never used twice;
it is also the name of the variable scope the token opened, if it opened one. `node` is the id in the compiled text,
`element` the drawn id it stands for. All moments are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

WaitKind = Literal["timer", "message", "signal", "condition"]
CallKind = Literal["operation", "external", "continue"]
StepKind = Literal["entered", "left", "cancelled", "fired"]
EndKind = Literal["completed", "terminated", "error", "cancelled"]


@dataclass(frozen=True)
class TaskOpened:
    """
    A user task waits for somebody; close it with `Execution.complete(token, values)`.

    Candidates are already evaluated; when the drawing names nobody, the lane is the candidate group.
    `scope` is where the task's variables are read (its own local scope if it has one). `multi_instance` is the token of
    the multi-instance it belongs to: sleeping siblings go away by that id (`Changes.swept`).
    """

    token: str
    node: str
    element: str
    name: str
    kind: str  # userTask
    scope: str
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    due: datetime | None = None
    follow_up: datetime | None = None
    priority: int = 50
    form_key: str | None = None
    lane: str | None = None
    loop_counter: int | None = None
    multi_instance: str | None = None
    documentation: str | None = None
    definition: str = ""  # ref of the definition the node belongs to (a called one inside a call activity)


@dataclass(frozen=True)
class TaskClosed:
    token: str
    outcome: Literal["completed", "cancelled"]


@dataclass(frozen=True)
class WaitOpened:
    """
    A token sleeps until something happens; wake it with `Execution.fire(token, payload)`.

    timer: `due` is set; `repeat` says how many firings of a cycle are left after this one (None: no cycle, -1: no end);
    after each firing a cycle closes its wait and opens the next one under the same token. message and signal: `name`;
    `keys` must all be equal in an incoming message. condition: `names` are the variables (or context roots) it reads;
    the execution looks again by itself when one of its own variables changes, the caller calls `fire` when the context
    (the card) changed: a condition that is still not true stays asleep.
    """

    token: str
    kind: WaitKind
    node: str
    element: str
    name: str | None = None
    due: datetime | None = None
    repeat: int | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    boundary: bool = False
    interrupting: bool = True


@dataclass(frozen=True)
class WaitClosed:
    token: str
    outcome: Literal["fired", "cancelled"]


@dataclass(frozen=True)
class CallRequested:
    """
    Work for a job; the token waits for `finish_call`, `fail_call` or `cancel`.

    operation: an operation of effect `outside`; external: a topic no operation is registered for, fetched by an outside
    worker (answer `finish_work`); continue: an asynchronous continuation (`asyncBefore`, `asyncAfter`), answer
    `finish_call(token, {})`. `retries` is Camunda's retry cycle as drawn (`R3/PT10M`), None for the office's own rule.
    `scopes`: where its variables are read, the nearest first; `definition`: ref of the definition the node belongs to.
    """

    token: str
    kind: CallKind
    node: str
    element: str
    operation: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    retries: str | None = None
    priority: int = 0
    exclusive: bool = True
    scopes: tuple[str, ...] = ()
    definition: str = ""


@dataclass(frozen=True)
class CallClosed:
    token: str
    outcome: Literal["finished", "failed", "cancelled"]


@dataclass(frozen=True)
class MessageThrown:
    """A message for somebody else: nobody inside this execution waited for it."""

    name: str
    payload: Mapping[str, Any]
    keys: Mapping[str, Any]
    element: str
    token: str


@dataclass(frozen=True)
class SignalThrown:
    """A signal; who waited inside has it already, all other executions and signal starts are still to be told."""

    name: str
    payload: Mapping[str, Any]
    element: str
    token: str


@dataclass(frozen=True)
class Step:
    """A line of history. `entered` when a token arrives, one of the others when it is gone."""

    token: str
    node: str
    element: str
    what: StepKind
    kind: str = ""  # local name of the element
    definition: str = ""
    parent: str = ""  # token of the sub-process or call it happened in, '' at the top


@dataclass(frozen=True)
class VariableWritten:
    """Write one row; `json` None deletes it. Scope '' is the instance."""

    scope: str
    name: str
    json: str | None


@dataclass(frozen=True)
class TokenBorn:
    """A token that is there since this round; `holder` is the token it hangs on, '' when it hangs on none."""

    token: str
    element: str
    holder: str = ""


@dataclass(frozen=True)
class Ended:
    outcome: EndKind
    code: str | None = None
    message: str | None = None
    element: str | None = None


@dataclass(frozen=True)
class Stuck:
    """A token that waits in vain (at a join that can never fire)."""

    token: str
    node: str
    element: str


@dataclass
class Changes:
    """
    Everything since `begin` or `restore`.

    Tasks, waits and calls that opened and closed in the same round are not in `opened` at all. `stalled` is not empty
    when the execution lives but no task, wait or call is left that could ever wake it: commit, and file an incident for
    these tokens. `dropped` are scopes whose variable rows go away; `swept` are multi-instance tokens whose sleeping
    children (state parts, tasks, variable rows of their scopes) all go away: delete by parent, the execution never
    loaded them. `born` and `gone` are tokens on drawn nodes; what came and went within the round is in neither, and swept
    children are not in `gone`.
    """

    tasks_opened: list[TaskOpened] = field(default_factory=list)
    tasks_closed: list[TaskClosed] = field(default_factory=list)
    waits_opened: list[WaitOpened] = field(default_factory=list)
    waits_closed: list[WaitClosed] = field(default_factory=list)
    calls_requested: list[CallRequested] = field(default_factory=list)
    calls_closed: list[CallClosed] = field(default_factory=list)
    messages: list[MessageThrown] = field(default_factory=list)
    signals: list[SignalThrown] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    variables: list[VariableWritten] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    born: list[TokenBorn] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    ended: Ended | None = None
    stalled: list[Stuck] = field(default_factory=list)


@dataclass(frozen=True)
class State:
    """
    The execution asleep, as text (versioned JSON; never read its inside outside `engine.runtime`).

    `parts` maps the token of a sleeping multi-instance child to (multi-instance token, text), the token of what waits inside
    such a child to (the child's token, ''), and either to None when its row is to be deleted. Only parts that changed are in
    it.
    """

    main: str
    parts: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
