"""An administrator's program gives a task to somebody, or takes it from everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import MACHINE, Actor
from engine.errors import NotFound
from engine.runtime import commands
from engine.store.models import Task
from engine.store.unit_of_work import UnitOfWork
from services.access.rewrite_access import rewrite_access_in
from services.accounts.rules import login_of, must_administer
from services.cards.find_card import card_id_in

if TYPE_CHECKING:
    from services.office import Office


def give_task(office: Office, actor: Actor, ref: str, login: str | None) -> None:
    """The account *login* holds the task from now on; None: nobody. Raises NotAllowed for others than administrators."""
    must_administer(actor)

    def act(work: UnitOfWork) -> str:
        row = work.session.execute(select(Task.id, Task.subject_ref).where(Task.ref == ref)).one_or_none()
        if row is None:
            raise NotFound("task-not-found", task=ref)
        if login is None:
            commands.release_task(office.engine, work, MACHINE, row.id)
        else:
            found = office.people.account_ids(work.session, [name := login_of(login)])
            if name not in found:
                raise NotFound("account-not-found", login=login)
            commands.reassign_task(office.engine, work, actor, row.id, found[name])
        card_id = card_id_in(row.subject_ref)
        if card_id is not None:
            rewrite_access_in(office, work, card_id)  # whoever holds its task sees the card
        return ref

    commands.perform(office.engine, actor, "task.give", act)
