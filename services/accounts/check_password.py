"""Does this password belong to this login? Asked the same way of members and strangers, and slower after failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from engine.actor import Actor, Via
from engine.errors import NotAllowed
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, SignInDelay
from services.accounts.passwords import fits
from services.accounts.rules import LONGEST_PASSWORD, login_of, wait_after

if TYPE_CHECKING:
    from services.office import Parts


class Known(NamedTuple):
    """An account as it is read before the slow part. `failures`: wrong tries since the last good one."""

    id: int
    login: str
    name: str
    password_hash: str | None
    must_change_password: bool
    failures: int = 0


def check_password(
    office: Parts,
    login: str,
    password: str,
    *,
    ip: str | None = None,
    via: Via = "web",
    failed: str = "account.sign-in-failed",
) -> Known:
    """
    The active account of *login*. Slow on purpose; never call it inside a unit of work. *failed*: what the audit calls it.

    Raises NotAllowed("sign-in-refused") for anything wrong, NotAllowed("sign-in-delayed", until=) after failures.
    """
    name = login_of(login)[:200]
    with office.database.reading() as session:
        found = session.execute(
            select(Account.id, Account.login, Account.name, Account.password_hash, Account.must_change_password).where(
                Account.login == name, Account.active
            )
        ).one_or_none()
        delay = session.get(SignInDelay, mac_of(office, name))
        account = Known(*found, failures=delay.failures if delay else 0) if found else None
    if delay is not None and delay.blocked_until and delay.blocked_until > office.clock.now():
        raise NotAllowed("sign-in-delayed", until=delay.blocked_until)
    good = fits(password[: LONGEST_PASSWORD + 1], account.password_hash if account else None)
    if account is None or not password or not good:
        office.database.run(lambda work: _count_failure(office, work, name, account, failed, via, ip))
        raise NotAllowed("sign-in-refused")
    return account


def note(office: Parts, work: UnitOfWork, account: Known, action: str, via: Via, ip: str | None) -> None:
    """Record what happened at the door."""
    actor = Actor(account_id=account.id, name=account.name, via=via, ip=ip)
    record(work.session, actor, action, f"account:{account.id}", office.clock.now())


def mac_of(office: Parts, login: str) -> str:
    """The name failures are counted under."""
    return office.secrets.mac("sign-in", login)


def forget_failures(office: Parts, work: UnitOfWork, login: str) -> None:
    """A good try ends the waiting."""
    work.session.execute(delete(SignInDelay).where(SignInDelay.login_mac == mac_of(office, login)))


def _count_failure(
    office: Parts, work: UnitOfWork, name: str, account: Known | None, failed: str, via: Via, ip: str | None
) -> None:
    now = office.clock.now()
    delay = work.session.get(SignInDelay, mac_of(office, name), with_for_update=True)
    if delay is None:
        delay = SignInDelay(login_mac=mac_of(office, name), failures=0, failed_at=now)
        work.session.add(delay)
    delay.failures += 1
    delay.failed_at = now
    delay.blocked_until = now + wait_after(delay.failures)
    if account is not None:
        note(office, work, account, failed, via, ip)
