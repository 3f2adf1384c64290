"""Passwords set by their owners: the first one, a change, a reset. Every other session of the account ends."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, PasswordReset, Session
from services.accounts.passwords import fits, hashed
from services.accounts.rules import checked_password, login_of
from services.policies.queries import policies
from services.secrets import digest

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class ResetLink:
    """A token to be mailed to `mail`; it works once, until `minutes` from now."""

    token: str
    account_id: int
    mail: str
    name: str
    locale: str
    minutes: int


def set_password(office: Parts, actor: Actor, old: str, new: str, *, keep_session: int | None = None) -> None:
    """The signed-in person changes the password (also the first one). Raises Invalid beside `old` or `password`."""
    with office.database.reading() as session:
        login, hash_now = session.execute(
            select(Account.login, Account.password_hash).where(Account.id == actor.account_id)
        ).one()
        least = policies(session)["password.least_length"]
    if not fits(old, hash_now):
        raise Invalid("password-refused", {"old": ("password-wrong", {})})
    if old == new:
        raise Invalid("password-refused", {"password": ("password-same", {})})
    kept = hashed(checked_password(new, least, login))
    office.database.run(lambda work: _keep(office, work, actor, kept, keep_session))


def ask_password_reset(office: Parts, login_or_mail: str) -> ResetLink | None:
    """
    Make a reset token for the account of that login or mail address; the caller mails it and answers the same anyway.

    Returns None when nobody has it, or the account has no mail address.
    """
    return office.database.run(lambda work: ask_password_reset_in(office, work, login_or_mail))


def ask_password_reset_in(office: Parts, work: UnitOfWork, login_or_mail: str) -> ResetLink | None:
    """The same in an open unit of work, so that the mail is a row of the same transaction."""
    name, now, session = login_of(login_or_mail), office.clock.now(), work.session
    wanted = select(Account).where(Account.active, or_(Account.login == name, Account.mail == login_or_mail.strip()))
    account = session.scalars(wanted.order_by(Account.id)).first()
    if account is None or not account.mail:
        return None
    in_force = policies(session)
    token, minutes = secrets.token_urlsafe(32), in_force["password.reset_minutes"]
    session.execute(
        delete(PasswordReset).where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
    )
    ends_at = now + timedelta(minutes=minutes)
    session.add(PasswordReset(token_sha256=digest(token), account_id=account.id, ends_at=ends_at))
    actor = Actor(account_id=None, name="chancery", via="web")
    record(session, actor, "password.reset-asked", f"account:{account.id}", now)
    return ResetLink(token, account.id, account.mail, account.name, account.locale or in_force.locale, minutes)


def reset_password(office: Parts, token: str, new: str, *, ip: str | None = None) -> None:
    """Set a new password by a mailed token. Raises NotFound("reset-link-dead") for a used, old or made-up one."""
    with office.database.reading() as session:
        reset = session.get(PasswordReset, digest(token))
        if reset is None or reset.used_at is not None or reset.ends_at <= office.clock.now():
            raise NotFound("reset-link-dead")
        account = session.get_one(Account, reset.account_id)
        actor = Actor(account_id=account.id, name=account.name, via="web", ip=ip)
        login, least = account.login, policies(session)["password.least_length"]
    kept = hashed(checked_password(new, least, login))
    office.database.run(lambda work: _use(office, work, actor, token, kept))


def _use(office: Parts, work: UnitOfWork, actor: Actor, token: str, kept: str) -> None:
    used = work.session.execute(
        update(PasswordReset)
        .where(PasswordReset.token_sha256 == digest(token), PasswordReset.used_at.is_(None))
        .values(used_at=office.clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("reset-link-dead")
    _keep(office, work, actor, kept, None)


def _keep(office: Parts, work: UnitOfWork, actor: Actor, kept: str, keep_session: int | None) -> None:
    account = work.session.get_one(Account, actor.account_id)
    account.password_hash = kept
    account.must_change_password = False
    ended = delete(Session).where(Session.account_id == account.id)
    work.session.execute(ended.where(Session.id != keep_session) if keep_session else ended)
    record(work.session, actor, "password.set", f"account:{account.id}", office.clock.now())
