"""A program completes a task for the account it acts as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.runtime.commands.complete_task import complete_locked
from engine.runtime.commands.perform import perform
from engine.store.repositories import locked_task
from engine.store.unit_of_work import UnitOfWork
from services.inbox.complete_task import Completed, complete_task
from services.inbox.rules import PLAIN

if TYPE_CHECKING:
    from services.office import Office


class _HasPage(Exception):
    """The task is more than its variables."""


def complete_by_program(office: Office, actor: Actor, ref: str, values: Mapping[str, Any]) -> Completed:
    """
    A plain task without a card takes any variables and costs no more than the engine's completion. A task about a card,
    a visa, a signature goes the way of its page, with its form, outcomes and rules: *values* are then the form's.

    To an administrator a task without a card counts as one it may take. A repeated request id gives the first answer.
    """

    def act(work: UnitOfWork) -> dict[str, Any]:
        found = locked_task(work.session, actor, ref)
        if found.task.subject_ref is not None or found.task.kind != PLAIN:
            raise _HasPage
        if "admin" in actor.roles:
            found = replace(found, candidate=True)
        instance = complete_locked(office.engine, work, actor, found, values)
        return vars(Completed(ref, instance.ref, instance.ended_at is not None))

    try:
        return Completed(**perform(office.engine, actor, "task.complete", act))
    except _HasPage:
        return complete_task(office, actor, ref, values)
