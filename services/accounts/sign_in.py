"""Somebody signs in with login and password; strangers and members get the same answer in the same time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, Session, SignInDelay
from services.accounts.passwords import fits, hashed, is_outdated
from services.accounts.rules import LONGEST_PASSWORD, login_of, wait_after
from services.policies.queries import policies
from services.secrets import digest

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class SignedIn:
    """`token` goes into the cookie and nowhere else."""

    token: str
    account_id: int
    must_change_password: bool


class _Known(NamedTuple):
    """What is read before the slow part."""

    id: int
    login: str
    name: str
    password_hash: str | None
    must_change_password: bool


def sign_in(office: Parts, login: str, password: str, *, ip: str | None = None) -> SignedIn:
    """
    Open a session.

    Raises NotAllowed("sign-in-refused") for anything wrong, NotAllowed("sign-in-delayed", until=) after failures.
    """
    name = login_of(login)[:200]
    with office.database.reading() as session:
        found = session.execute(
            select(Account.id, Account.login, Account.name, Account.password_hash, Account.must_change_password).where(
                Account.login == name, Account.active
            )
        ).one_or_none()
        account = _Known(*found) if found else None
        delay = select(SignInDelay.blocked_until).where(SignInDelay.login_mac == _mac(office, name))
        blocked_until = session.scalar(delay)
    if blocked_until and blocked_until > office.clock.now():
        raise NotAllowed("sign-in-delayed", until=blocked_until)
    good = fits(password[: LONGEST_PASSWORD + 1], account.password_hash if account else None)
    if account is None or not password or not good:
        office.database.run(lambda work: _count_failure(office, work, name, account, ip))
        raise NotAllowed("sign-in-refused")
    newer = hashed(password) if is_outdated(account.password_hash or "") else None
    return office.database.run(lambda work: _open(office, work, account, newer, ip))


def _open(office: Parts, work: UnitOfWork, account: _Known, newer_hash: str | None, ip: str | None) -> SignedIn:
    now, token = office.clock.now(), secrets.token_urlsafe(32)
    in_force = policies(work.session)
    work.session.add(
        Session(
            token_sha256=digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=in_force["session.hours"]),
            ip=ip,
        )
    )
    work.session.execute(delete(SignInDelay).where(SignInDelay.login_mac == _mac(office, account.login)))
    row = work.session.get_one(Account, account.id)
    row.last_seen_at = now
    if newer_hash:
        row.password_hash = newer_hash
    _note(office, work, account, "account.signed-in", ip)
    return SignedIn(token, account.id, account.must_change_password)


def _count_failure(office: Parts, work: UnitOfWork, name: str, account: _Known | None, ip: str | None) -> None:
    now = office.clock.now()
    delay = work.session.get(SignInDelay, _mac(office, name), with_for_update=True)
    if delay is None:
        delay = SignInDelay(login_mac=_mac(office, name), failures=0, failed_at=now)
        work.session.add(delay)
    delay.failures += 1
    delay.failed_at = now
    delay.blocked_until = now + wait_after(delay.failures)
    if account is not None:
        _note(office, work, account, "account.sign-in-failed", ip)


def _note(office: Parts, work: UnitOfWork, account: _Known, action: str, ip: str | None) -> None:
    actor = Actor(account_id=account.id, name=account.name, via="web", ip=ip)
    record(work.session, actor, action, f"account:{account.id}", office.clock.now())


def _mac(office: Parts, login: str) -> str:
    return office.secrets.mac("sign-in", login)
