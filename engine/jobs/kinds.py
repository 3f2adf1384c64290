"""Which work the machine can do, by name; the registry of an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine


@dataclass(frozen=True)
class JobView:
    """A claimed job as its handler sees it. `attempt` counts from 1; `once_key` is the same on every try."""

    id: int
    kind: str
    payload: Any
    once_key: str
    instance_id: int | None
    token: str | None
    element: str | None
    attempt: int
    max_attempts: int
    fence: int
    result: Any | None = None  # what `outside` gave on an earlier try whose `act` failed


@dataclass(frozen=True)
class JobKind:
    """
    How a kind of job is done.

    `outside(engine, job)` touches the world: no transaction is open, it may take long (the lease is prolonged
    meanwhile) and may run more than once, so what it does must be harmless done twice. It returns plain JSON.
    `act(engine, work, job, result)` changes rows, in the very transaction that marks the job done: it counts once, or
    not at all when the lease was lost. `result` is what `outside` returned. `gave_up` runs in the transaction that
    makes the incident after the last try.
    """

    name: str
    outside: Callable[[Engine, JobView], Any] | None = None
    act: Callable[[Engine, UnitOfWork, JobView, Any], None] | None = None
    gave_up: Callable[[Engine, UnitOfWork, JobView], None] | None = None


@dataclass
class JobKinds:
    """The engine's own kinds and those the office registers at bootstrap."""

    by_name: dict[str, JobKind] = field(default_factory=dict)

    def register(self, *kinds: JobKind) -> None:
        """Add kinds; a name is registered once."""
        for kind in kinds:
            if kind.name in self.by_name:
                raise ValueError(f"job kind {kind.name} is registered twice")
            self.by_name[kind.name] = kind
