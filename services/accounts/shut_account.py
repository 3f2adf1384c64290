"""An account is closed: it counts as nobody, its sessions end, its tokens open nothing. Twice is harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from engine.actor import Actor
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import AccessToken, Account, PasswordReset, Session
from services.accounts.principals import recompute

if TYPE_CHECKING:
    from services.office import Parts


def shut_account_in(office: Parts, work: UnitOfWork, actor: Actor, account: Account) -> None:
    """Close the account in an open unit of work."""
    session, now = work.session, office.clock.now()
    session.execute(delete(Session).where(Session.account_id == account.id))
    session.execute(
        delete(PasswordReset).where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
    )
    session.execute(
        update(AccessToken)
        .where(AccessToken.account_id == account.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if not account.active:
        return
    account.active = False
    recompute(session, [account.id])
    record(session, actor, "account.let-out", f"account:{account.id}", now)
