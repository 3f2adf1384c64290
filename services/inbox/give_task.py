"""An administrator's program gives a task to somebody, or takes it from everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import MACHINE, Actor
from engine.errors import NotFound
from engine.runtime import commands
from engine.store.models import Task
from engine.store.unit_of_work import UnitOfWork
from services.accounts.rules import login_of, must_administer

if TYPE_CHECKING:
    from services.office import Office


def give_task(office: Office, actor: Actor, ref: str, login: str | None) -> None:
    """The account *login* holds the task from now on; None: nobody. Raises NotAllowed for others than administrators."""
    must_administer(actor)

    def act(work: UnitOfWork) -> str:
        task_id = work.session.scalar(select(Task.id).where(Task.ref == ref))
        if task_id is None:
            raise NotFound("task-not-found", task=ref)
        if login is None:
            commands.release_task(office.engine, work, MACHINE, task_id)
            return ref
        found = office.people.account_ids(work.session, [name := login_of(login)])
        if name not in found:
            raise NotFound("account-not-found", login=login)
        commands.reassign_task(office.engine, work, actor, task_id, found[name])
        return ref

    commands.perform(office.engine, actor, "task.give", act)
