"""An admin (or the installer) makes an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, Membership
from services.accounts.passwords import hashed
from services.accounts.principals import principal_id, recompute
from services.accounts.rules import checked_login, checked_password, must_administer
from services.organisation.models import Appointment, Unit
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class NewAccount:
    """
    An account to make; `password` None: none yet, the first one is set through a reset link. `roles` are rights of the
    product itself (`engine`: the REST interface of the engine), `groups` those of solutions.
    """

    login: str
    name: str
    mail: str | None = None
    post: str = ""
    unit: str | None = None
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    password: str | None = None
    must_change_password: bool = True
    is_admin: bool = False
    locale: str | None = None


def create_account(office: Parts, actor: Actor, new: NewAccount) -> str:
    """Make the account and give its public reference. Raises Invalid, Conflict("login-taken")."""
    must_administer(actor)
    login = checked_login(new.login)
    with office.database.reading() as session:
        least = policies(session)["password.least_length"]
    kept = hashed(checked_password(new.password, least, login)) if new.password is not None else None
    return office.database.run(lambda work: create_account_in(office, work, actor, new, kept).ref)


def create_account_in(
    office: Parts, work: UnitOfWork, actor: Actor, new: NewAccount, password_hash: str | None
) -> Account:
    """The same in an open unit of work, with the password already hashed."""
    login, now, session = checked_login(new.login), office.clock.now(), work.session
    if not new.name.strip():
        raise Invalid("account-refused", {"name": ("required", {})})
    if session.scalar(select(Account.id).filter_by(login=login)) is not None:
        raise Conflict("login-taken", login=login)
    account = Account(
        login=login,
        name=new.name.strip(),
        name_norm=new.name,
        name_sort=new.name,
        mail=new.mail,
        post=new.post,
        unit_id=_unit_id(work, new.unit),
        password_hash=password_hash,
        must_change_password=new.must_change_password,
        is_admin=new.is_admin,
        locale=new.locale,
        created_at=now,
    )
    session.add(account)
    session.flush()
    principal_id(session, "user", login)
    for kind, codes in (("group", new.groups), ("role", new.roles)):
        for code in codes:
            session.add(Membership(account_id=account.id, principal_id=principal_id(session, kind, code)))
    if account.unit_id is not None:
        today = now.astimezone(policies(session).zone).date()
        held = {"account_id": account.id, "unit_id": account.unit_id, "post": account.post, "from_on": today}
        session.add(Appointment(**held, main=True, active=True))
    recompute(session, [account.id])
    record(session, actor, "account.created", f"account:{account.id}", now, unit_id=account.unit_id)
    return account


def _unit_id(work: UnitOfWork, code: str | None) -> int | None:
    if code is None:
        return None
    found = work.session.scalar(select(Unit.id).filter_by(code=code))
    if found is None:
        raise Invalid("account-refused", {"unit": ("no-such-unit", {"value": code})})
    return found
