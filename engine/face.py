"""The engine as one value: what a command needs, made once at bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from engine.cache import Caches
from engine.clock import Clock
from engine.jobs.kinds import JobKinds
from engine.office import Checker, ContextProvider, NobodyElse, NoContext, People, StepListener
from engine.operations import Operations
from engine.store.unit_of_work import Database


@dataclass(frozen=True)
class Engine:
    """
    Everything a command needs, made once at bootstrap and shared by threads.

    `functions` are registered FEEL functions, `zone` is where naive dates of a diagram are read, `checkers` add the
    office's own findings at deploy.
    """

    database: Database
    clock: Clock
    zone: tzinfo = UTC
    operations: Operations = field(default_factory=Operations)
    people: People = field(default_factory=NobodyElse)
    context: ContextProvider = field(default_factory=NoContext)
    listeners: tuple[StepListener, ...] = ()
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    checkers: tuple[Checker, ...] = ()
    job_kinds: JobKinds = field(default_factory=JobKinds)
    caches: Caches = field(default_factory=Caches)

    def __post_init__(self) -> None:
        from engine.runtime.commands.job_kinds import engine_kinds  # it needs everything else

        if "operation" not in self.job_kinds.by_name:
            self.job_kinds.register(*engine_kinds())
