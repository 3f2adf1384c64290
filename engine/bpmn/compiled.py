"""What compiling a BPMN file gives: findings, counted elements, and one artefact per process that can be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.findings import Finding

Binding = Literal["latest", "deployment", "version", "versionTag"]
StartKind = Literal["none", "timer", "message", "signal", "conditional"]


@dataclass(frozen=True)
class OperationOffer:
    """An operation the office registers: which parameters it takes and what it touches."""

    parameters: tuple[str, ...] = ()
    effect: Literal["database", "outside"] = "database"
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """
    What the deployment around a file offers, so that references out of the file can be checked.

    `None` in a field means: do not check references of this kind. `functions` are registered FEEL functions and
    `roots` names every expression may read beside the variables (`card`).
    """

    operations: Mapping[str, OperationOffer] | None = None
    forms: frozenset[str] | None = None
    decisions: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    functions: frozenset[str] | None = None
    roots: frozenset[str] = frozenset({"card"})
    scripts: Callable[[str, str], bool] | None = None
    """Says of a script (language, text) whether a registered handler runs it."""
    files: Callable[[str], bytes | None] | None = None
    """What a file beside the diagram holds, by its path or name."""
    rewrite: Callable[[str], str] | None = None
    """Turns an expression of a registered dialect into FEEL, and leaves every other text as it is."""


@dataclass(frozen=True)
class CalledProcess:
    """A call activity's target; `key` is None when it is an expression and only known at run time."""

    element: str
    key: str | None
    binding: Binding = "latest"
    version: str | None = None


@dataclass(frozen=True)
class UsedDecision:
    """A business rule task's decision; `ref` is None when it is an expression."""

    element: str
    ref: str | None
    binding: Binding = "latest"
    version: str | None = None


@dataclass(frozen=True)
class Uses:
    """What a process needs from outside its file; element ids are drawn ids."""

    processes: tuple[CalledProcess, ...] = ()
    decisions: tuple[UsedDecision, ...] = ()
    operations: tuple[tuple[str, str], ...] = ()  # (element, operation)
    forms: tuple[tuple[str, str], ...] = ()  # (element, form key); literal keys only
    user_tasks: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()  # names this process waits for or starts on
    signals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """
    One way to start the process; rows of the deployment (DESIGN §3.5).

    `node` is what `Execution.begin(start=…)` takes. `name` is the message or signal name, `expression` the timer's text
    or the condition; `timer` says how to read the timer's text.
    """

    kind: StartKind
    element: str
    node: str
    name: str | None = None
    expression: str | None = None
    timer: Literal["date", "duration", "cycle"] | None = None
    form_key: str | None = None
    initiator: str | None = None


@dataclass(frozen=True)
class CompiledDefinition:
    """
    One process of a file, ready to be stored.

    `compiled` is the lowered text: the same file gives the same text byte for byte; an instance runs it for ever.
    `source_map` leads generated node ids back to drawn ids (ids not in it are drawn ids themselves).
    `draft` means it is stored and shown but not run: `isExecutable="false"`, or something it needs is missing.
    """

    key: str
    name: str
    executable: bool
    compiled: str
    compiler_version: int
    source_map: Mapping[str, str] = field(default_factory=dict)
    starts: tuple[Start, ...] = ()
    uses: Uses = field(default_factory=Uses)
    version_tag: str | None = None
    time_to_live: str | None = None
    candidate_starter_groups: tuple[str, ...] = ()
    candidate_starter_users: tuple[str, ...] = ()
    documentation: str | None = None
    correlations: tuple[tuple[str, str, str], ...] = ()
    """Where messages this process waits for carry their keys: (message name, property, path)."""

    @property
    def draft(self) -> bool:
        return not self.executable


@dataclass(frozen=True)
class CompiledFile:
    """
    The whole answer for one file.

    `findings` are all at once. With an error among them nothing of the file may be deployed and `definitions` is empty.
    `elements` counts what is drawn by local name (`userTask`: 3), decoration and what is only shown included.
    """

    file: str
    findings: tuple[Finding, ...]
    definitions: tuple[CompiledDefinition, ...]
    elements: Mapping[str, int]

    @property
    def refused(self) -> bool:
        return any(found.severity == "error" for found in self.findings)
