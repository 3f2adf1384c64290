"""
What `chancery verify` is made of: a rule, the function that looks for what breaks it, and how it may look.

To add a rule: declare it with `rule(…)` in a module of `services/upkeep/rules/` and write one function under
`@looks_for(RULE)` that yields a `Found` for each object that breaks it. Everything is read in batches, each in a snapshot
of its own, so that a check of any size costs little memory, holds nobody up and never sees half a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.findings import Rule

if TYPE_CHECKING:
    from services.office import Parts

BATCH = 500
SETTLING = timedelta(minutes=10)
"""What the sweep mends by itself is only wrong when it is older than this."""


@dataclass(frozen=True)
class Found:
    """An object that breaks a rule: `task:7`, `card:12`, `instance:3`…; the params fill the rule's sentences."""

    object_ref: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Look:
    """How a check reads. `whole_files`: contents are hashed, not only looked for; `read` counts what was looked at."""

    office: Parts
    now: datetime
    whole_files: bool = True
    batch: int = BATCH
    read: int = 0

    @property
    def settled(self) -> datetime:
        """Before this moment nothing is on its way any more."""
        return self.now - SETTLING

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session in which everything is as it was at one moment."""
        with self.office.database.reading() as session:
            if not self.office.database.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def pages(
        self, asked: Select[*tuple[Any, ...]], *keys: InstrumentedAttribute[Any] | ColumnElement[Any]
    ) -> Iterator[tuple[Session, list[Any]]]:
        """The rows of *asked* by their key (whose columns come first in it), a batch at a time, each in its snapshot."""
        after: tuple[Any, ...] | None = None
        while True:
            with self.snapshot() as session:
                page = asked.order_by(*keys).limit(self.batch)
                if after is not None:
                    page = page.where(_behind(keys, after))
                rows = list(session.execute(page).all())
                self.read += len(rows)
                if rows:
                    yield session, rows
            if len(rows) < self.batch:
                return
            after = tuple(rows[-1][: len(keys)])

    def rows(
        self, asked: Select[*tuple[Any, ...]], *keys: InstrumentedAttribute[Any] | ColumnElement[Any]
    ) -> Iterator[Any]:
        """The same row by row, for checks that are one statement."""
        for _, rows in self.pages(asked, *keys):
            yield from rows


Check = Callable[[Look], Iterator[Found]]
CHECKS: dict[str, tuple[Rule, Check]] = {}
"""Every check by the code of its rule, in the order they are made."""


def looks_for(broken: Rule) -> Callable[[Check], Check]:
    """Register the function that looks for what breaks a rule."""

    def register(check: Check) -> Check:
        if broken.code in CHECKS:
            raise ValueError(f"rule {broken.code} is checked twice")
        CHECKS[broken.code] = (broken, check)
        return check

    return register


def _behind(keys: tuple[Any, ...], after: tuple[Any, ...]) -> ColumnElement[bool]:
    """Whether a key of one or two columns comes after another."""
    first: ColumnElement[bool] = keys[0] > after[0]
    if len(keys) == 1:
        return first
    behind: ColumnElement[bool] = first | ((keys[0] == after[0]) & (keys[1] > after[1]))
    return behind
