"""An administrator puts somebody into a role, or takes them out of it; what they may do follows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, Membership, Principal
from services.accounts.principals import principal_id, recompute
from services.accounts.rules import ADMIN, AUDITOR, RESERVED, login_of, must_administer

if TYPE_CHECKING:
    from services.office import Parts


def include_in_role(office: Parts, actor: Actor, role: str, login: str) -> None:
    """
    Give the account the role of a solution, or one of the platform's own; twice is harmless.

    Raises NotFound("role-not-found"), Invalid("role-refused"): nobody of that name, or an administrator who is to audit.
    """
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        principal, account = _role(work, role), _account(work, login)
        if role == AUDITOR and account.is_admin:
            raise Invalid("role-refused", {"login": ("auditor-is-admin", {})})
        if work.session.get(Membership, (account.id, principal)) is None:
            work.session.add(Membership(account_id=account.id, principal_id=principal))
            _changed(office, work, actor, account, "role.included", role)

    office.database.run(act)


def exclude_from_role(office: Parts, actor: Actor, role: str, login: str) -> None:
    """Take the role away; from whoever has it not, harmless. Raises as `include_in_role`."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        principal, account = _role(work, role), _account(work, login)
        held = work.session.get(Membership, (account.id, principal))
        if held is not None:
            work.session.delete(held)
            _changed(office, work, actor, account, "role.excluded", role)

    office.database.run(act)


def _role(work: UnitOfWork, role: str) -> int:
    if role in RESERVED - {ADMIN}:
        return principal_id(work.session, "role", role)
    found = work.session.scalar(select(Principal.id).where(Principal.kind == "group", Principal.code == role))
    if found is None or role in RESERVED:
        raise NotFound("role-not-found")
    return found


def _account(work: UnitOfWork, login: str) -> Account:
    found = work.session.scalar(select(Account).where(Account.login == login_of(login)))
    if found is None:
        raise Invalid("role-refused", {"login": ("no-such-person", {"value": login})})
    return found


def _changed(office: Parts, work: UnitOfWork, actor: Actor, account: Account, action: str, role: str) -> None:
    recompute(work.session, [account.id])
    record(work.session, actor, action, f"account:{account.id}", office.clock.now(), role=role)
