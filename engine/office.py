"""
What the engine asks of the office around it. `services/bootstrap.py` gives the real ones; every method is called inside
the step's transaction, with its session or unit of work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.findings import Finding
from engine.store.models import Instance, Task
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine.deployment.bundle import Bundle

Checker = Callable[["Bundle"], Iterable[Finding]]
"""The office's own findings about a bundle (cards, texts, forms); errors among them refuse it like the engine's."""


class People(Protocol):
    """Who stands behind the names a diagram uses."""

    def account_ids(self, session: Session, logins: Collection[str]) -> Mapping[str, int]:
        """The accounts of these logins; a login nobody has is left out."""

    def principal_ids(
        self, session: Session, kind: Literal["user", "group"], codes: Collection[str]
    ) -> Mapping[str, Sequence[int]]:
        """The principals behind each of these logins or group codes; unknown ones are left out."""

    def account_name(self, session: Session, account_id: int) -> str | None:
        """The name to show for an account («who was faster»)."""

    def login(self, session: Session, account_id: int) -> str | None:
        """The login of an account: what `camunda:initiator` holds."""


class ContextProvider(Protocol):
    """The truth outside the instance that expressions may read."""

    def roots(self, work: UnitOfWork, actor: Actor, subject_ref: str | None) -> Mapping[str, Any]:
        """
        Extra root names (`card`) of the subject, as FEEL values: load lazily, by name. Asked when a step first needs
        them, and again after an operation of the step, which may have changed the subject.
        """

    def revision(self, work: UnitOfWork, subject_ref: str) -> int | None:
        """The subject's revision now, for history."""

    def unit_id(self, work: UnitOfWork, subject_ref: str) -> int | None:
        """The unit the subject belongs to, for its tasks."""


@dataclass(frozen=True)
class StepOutcome:
    """What one step did: `opened` and `closed` tasks (rows of this session), `ended` when the instance is over."""

    instance: Instance
    solution: str
    opened: tuple[Task, ...]
    closed: tuple[Task, ...]
    ended: bool


class StepListener(Protocol):
    """Told of each step in its transaction: card access of candidates, visas, notices (rows only, nothing slow)."""

    def after_step(self, work: UnitOfWork, actor: Actor, step: StepOutcome) -> None: ...


class NobodyElse:
    """`People` of an engine that runs alone: knows no names."""

    def account_ids(self, session: Session, logins: Collection[str]) -> Mapping[str, int]:
        return {}

    def principal_ids(
        self, session: Session, kind: Literal["user", "group"], codes: Collection[str]
    ) -> Mapping[str, Sequence[int]]:
        return {}

    def account_name(self, session: Session, account_id: int) -> str | None:
        return None

    def login(self, session: Session, account_id: int) -> str | None:
        return None


class NoContext:
    """`ContextProvider` of an engine that runs alone: instances have no subject."""

    def roots(self, work: UnitOfWork, actor: Actor, subject_ref: str | None) -> Mapping[str, Any]:
        return {}

    def revision(self, work: UnitOfWork, subject_ref: str) -> int | None:
        return None

    def unit_id(self, work: UnitOfWork, subject_ref: str) -> int | None:
        return None
