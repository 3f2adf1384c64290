"""What is known of each node of a process when it runs: the drawing's words, compiled. Made once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine import feel
from engine.bpmn.expressions import Evaluate, Text

EventKind = Literal[
    "none",
    "message",
    "signal",
    "timer",
    "error",
    "escalation",
    "conditional",
    "compensation",
    "cancel",
    "terminate",
]


@dataclass(frozen=True)
class Flow:
    """A sequence flow out of a node; `element` is the drawn flow."""

    id: str
    element: str
    target: str
    condition: feel.Expression | None = None
    default: bool = False
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Listener:
    """An execution or task listener: calls a registered operation, or computes (a context's entries become variables)."""

    event: str
    operation: str = ""
    inputs: tuple[Parameter, ...] = ()
    expression: feel.Expression | None = None


@dataclass(frozen=True)
class Value:
    """A parameter's value: a text, or a list or map of values."""

    text: Text | None = None
    expression: feel.Expression | None = None
    items: tuple[Value, ...] | None = None
    entries: tuple[tuple[str, Value], ...] | None = None

    def evaluate(self, evaluate: Evaluate) -> Any:
        if self.expression is not None:
            return evaluate(self.expression)
        if self.items is not None:
            return [item.evaluate(evaluate) for item in self.items]
        if self.entries is not None:
            return {key: value.evaluate(evaluate) for key, value in self.entries}
        return self.text.evaluate(evaluate) if self.text is not None else None


@dataclass(frozen=True)
class Parameter:
    name: str
    value: Value


@dataclass(frozen=True)
class Data:
    """
    BPMN's own data of a node: names it has for itself, what its associations bring in (`inputs`, also what a thrown event
    carries and a called process gets) and what they take out.
    """

    own: tuple[str, ...] = ()
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    objects: tuple[Parameter, ...] = ()


NO_DATA = Data()


@dataclass(frozen=True)
class Timer:
    """A timer's time as drawn; `text` gives an ISO string, a FEEL value or a cron line."""

    kind: Literal["date", "duration", "cycle"]
    text: Text
    expression: feel.Expression | None = None

    def evaluate(self, evaluate: Evaluate) -> Any:
        return evaluate(self.expression) if self.expression is not None else self.text.evaluate(evaluate)


@dataclass(frozen=True)
class Event:
    """One event definition. `name` of a message or signal, `code` of an error or escalation (None catches all)."""

    kind: EventKind
    name: Text | None = None
    code: Text | None = None
    error_message: str | None = None
    timer: Timer | None = None
    condition: feel.Expression | None = None
    condition_variable: str | None = None
    activity: str | None = None
    wait_for_completion: bool = True
    code_variable: str | None = None
    message_variable: str | None = None
    keys: tuple[tuple[str, feel.Expression], ...] = ()
    """Correlation properties of a message and where it carries them."""
    conversation: tuple[tuple[str, feel.Expression | None], ...] = ()
    """Those of them that a conversation settles, and how a process that subscribes computes its own value."""
    payload: tuple[DataMapping, ...] = ()
    operation: Operation | None = None


@dataclass(frozen=True)
class DataMapping:
    """A camunda:in or camunda:out: from a name or expression to a name, or all variables."""

    target: str | None = None
    expression: feel.Expression | None = None
    all: bool = False
    business_key: Text | None = None
    local: bool = False
    """In: only the caller's own local variables. Out: into the call activity's own scope."""


@dataclass(frozen=True)
class Operation:
    """What a service task calls. `external` is a topic for outside workers unless an operation of that name exists."""

    name: str
    external: bool = False
    inputs: tuple[Parameter, ...] = ()
    result_variable: str | None = None
    errors: tuple[tuple[str, feel.Expression], ...] = ()  # error code, condition


@dataclass(frozen=True)
class UserTask:
    assignee: Text | None = None
    candidate_users: tuple[Text, ...] = ()
    candidate_groups: tuple[Text, ...] = ()
    due: Text | None = None
    follow_up: Text | None = None
    priority: Text | None = None
    form_key: Text | None = None


@dataclass(frozen=True)
class Decision:
    ref: Text
    binding: str = "latest"
    version: Text | None = None
    result_variable: str | None = None
    map_result: str = "resultList"


@dataclass(frozen=True)
class Call:
    key: Text
    binding: str = "latest"
    version: Text | None = None
    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()
    mapper: str | None = None
    """An operation that says what goes in and comes back: called with event `mapInput` and `mapOutput`."""


@dataclass(frozen=True)
class Script:
    format: str
    text: str
    expression: feel.Expression | None = None  # None: a registered script handler runs the text
    result_variable: str | None = None


@dataclass(frozen=True)
class Loop:
    """Multi-instance or standard loop of an activity."""

    kind: Literal["parallel", "sequential", "standard"]
    cardinality: feel.Expression | None = None
    collection: feel.Expression | None = None
    element_variable: str | None = None
    output_collection: str | None = None
    output_variable: str | None = None
    output_element: feel.Expression | None = None
    completion: feel.Expression | None = None
    condition: feel.Expression | None = None
    maximum: feel.Expression | None = None
    test_before: bool = False
    behavior: Literal["none", "one", "all", "complex"] = "all"
    one_event: Event | None = None
    none_event: Event | None = None
    complex_events: tuple[tuple[feel.Expression, Event], ...] = ()
    async_before: bool = False
    """Each instance begins with a job of its own."""
    retries: Text | None = None


@dataclass(frozen=True)
class Node:
    """A flow node. `id` is its id in the compiled text, `element` the drawn element, `kind` the drawn local name."""

    id: str
    element: str
    kind: str
    name: str = ""
    lane: str | None = None
    documentation: str | None = None
    flows: tuple[Flow, ...] = ()
    events: tuple[Event, ...] = ()
    loop: Loop | None = None
    user_task: UserTask | None = None
    operation: Operation | None = None
    decision: Decision | None = None
    call: Call | None = None
    script: Script | None = None
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    data: Data = field(default_factory=lambda: NO_DATA)
    listeners: tuple[Listener, ...] = ()
    task_listeners: tuple[Listener, ...] = ()
    async_before: bool = False
    async_after: bool = False
    exclusive: bool = True
    retries: Text | None = None
    job_priority: Text | None = None
    task_priority: Text | None = None  # of an external task
    interrupting: bool = True
    parallel: bool = False
    attached_to: str | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    for_compensation: bool = False
    compensation_handler: str | None = None
    triggered_by_event: bool = False
    activation: feel.Expression | None = None
    ad_hoc_completion: feel.Expression | None = None
    ad_hoc_sequential: bool = False
    cancel_remaining: bool = True
    active_elements: feel.Expression | None = None
    """Ids of the elements of an ad-hoc sub-process that are offered; all when nothing is said."""
    collects: Collected | None = None
    instantiate: bool = False
    initiator: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def event(self) -> Event:
        """The one thing a catching event waits for."""
        return self.events[0] if self.events else NO_EVENT

    @property
    def label(self) -> str:
        return self.name or self.element


@dataclass(frozen=True)
class Collected:
    """What an ad-hoc sub-process gathers from its finished elements."""

    variable: str
    element: feel.Expression


NO_EVENT = Event("none")
