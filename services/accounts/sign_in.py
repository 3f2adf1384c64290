"""Somebody signs in with login and password; strangers and members get the same answer in the same time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.store.unit_of_work import UnitOfWork
from services.accounts.check_password import Known, check_password, forget_failures, note
from services.accounts.models import Account, Session
from services.accounts.passwords import hashed, is_outdated
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


def sign_in(office: Parts, login: str, password: str, *, ip: str | None = None) -> SignedIn:
    """
    Open a session.

    Raises NotAllowed("sign-in-refused") for anything wrong, NotAllowed("sign-in-delayed", until=) after failures.
    """
    account = check_password(office, login, password, ip=ip)
    newer = hashed(password) if is_outdated(account.password_hash or "") else None
    return office.database.run(lambda work: _open(office, work, account, newer, ip))


def _open(office: Parts, work: UnitOfWork, account: Known, newer_hash: str | None, ip: str | None) -> SignedIn:
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
    forget_failures(office, work, account.login)
    row = work.session.get_one(Account, account.id)
    row.last_seen_at = now
    if newer_hash:
        row.password_hash = newer_hash
    note(office, work, account, "account.signed-in", "web", ip)
    return SignedIn(token, account.id, account.must_change_password)
