"""
From what a machine shows at the door to its actor: one indexed read a request, no writing (the last visit is noted apart).

A machine acts for itself: substitutions are for people at their pages.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.rows import ask_outside
from engine.store.unit_of_work import UnitOfWork
from services.accounts.check_password import check_password, forget_failures
from services.accounts.models import AccessToken, Account, AccountPrincipal, Principal
from services.accounts.rules import TOUCH_EVERY, login_of, roles_of
from services.secrets import digest

if TYPE_CHECKING:
    from services.office import Parts

KNOWN_FOR = timedelta(seconds=60)
_MOST_KNOWN = 1000


@dataclass(frozen=True)
class Machine:
    """A program that was let in. When `is_due_a_touch`, call `note_machine` (at most once a minute)."""

    actor: Actor
    token_id: int | None
    must_change_password: bool
    is_due_a_touch: bool


class KnownPasswords:
    """
    Passwords that were checked within the last minute, so that not every request costs argon2.

    What is kept is a keyed digest of the password together with the hash it fits: once the password is changed, the old
    one is unknown at once and in every process.
    """

    def __init__(self) -> None:
        self._until: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, office: Parts, password: str, password_hash: str) -> bool:
        with self._lock:
            until = self._until.get(self._name(office, password, password_hash))
        return until is not None and office.clock.now() < until

    def add(self, office: Parts, password: str, password_hash: str) -> None:
        with self._lock:
            self._until[self._name(office, password, password_hash)] = office.clock.now() + KNOWN_FOR
            while len(self._until) > _MOST_KNOWN:
                self._until.popitem(last=False)

    def _name(self, office: Parts, password: str, password_hash: str) -> str:
        return office.secrets.mac("known-password", f"{password_hash}\0{password}")


def machine_by_token(office: Parts, token: str, *, ip: str | None = None) -> Machine | None:
    """Whose token this is; None when nobody's, an old one, a revoked one, or its account was shut out."""
    kept = digest(token)
    rows = ask_outside(office.database.pool, _BY_TOKEN, {"kept": kept})
    if not rows:
        return None
    token_id, found, ends_at, seen_at = rows[0][:4]
    now = office.clock.now()
    if not hmac.compare_digest(found, kept) or ends_at <= now:
        return None
    is_due = seen_at is None or now - seen_at >= TOUCH_EVERY
    return Machine(_actor(rows, 4, ip), token_id, False, is_due)


def machine_by_password(
    office: Parts, session: Session, known: KnownPasswords, login: str, password: str, *, ip: str | None = None
) -> Machine:
    """
    The account of *login* when the password fits; argon2 once, then a minute on trust.

    Raises NotAllowed("sign-in-refused"), NotAllowed("sign-in-delayed", until=).
    """
    asked = _with_principals(Account.password_hash, Account.must_change_password, Account.last_seen_at)
    rows = session.execute(asked.where(Account.login == login_of(login)[:200], Account.active)).all()
    kept = rows[0][0] if rows else None
    if kept is None or not known.has(office, password, kept):
        account = check_password(office, login, password, ip=ip, via="api")
        if account.failures:
            office.database.run(lambda work: forget_failures(office, work, account.login))
        known.add(office, password, account.password_hash or "")
    if not rows:
        raise NotAllowed("sign-in-refused")
    _hash, must_change, seen_at = rows[0][:3]
    is_due = seen_at is None or office.clock.now() - seen_at >= TOUCH_EVERY
    return Machine(_actor(rows, 3, ip), None, must_change, is_due)


def note_machine(office: Parts, machine: Machine) -> None:
    """Note that the account, and the token it came with, was used now."""

    def act(work: UnitOfWork) -> None:
        now, account_id = office.clock.now(), machine.actor.account_id
        work.session.execute(update(Account).where(Account.id == account_id).values(last_seen_at=now))
        if machine.token_id is not None:
            work.session.execute(update(AccessToken).where(AccessToken.id == machine.token_id).values(seen_at=now))

    office.database.run(act)


def _with_principals(*columns: Any) -> Select[*tuple[Any, ...]]:
    """One row for each principal the account counts as, *columns* first."""
    asked: Select[*tuple[Any, ...]] = select(
        *columns, Account.id, Account.name, Account.is_admin, Principal.id, Principal.kind, Principal.code
    )
    own = (AccountPrincipal.account_id == Account.id) & (AccountPrincipal.for_account_id == 0)
    asked = asked.select_from(Account).outerjoin(AccountPrincipal, own)
    return asked.outerjoin(Principal, Principal.id == AccountPrincipal.principal_id)


_BY_TOKEN = (
    _with_principals(AccessToken.id, AccessToken.token_sha256, AccessToken.ends_at, AccessToken.seen_at)
    .join(AccessToken, AccessToken.account_id == Account.id)
    .where(AccessToken.token_sha256 == bindparam("kept"), AccessToken.revoked_at.is_(None), Account.active)
)


def _actor(rows: Sequence[Sequence[Any]], at: int, ip: str | None) -> Actor:
    account_id, name, is_admin = rows[0][at : at + 3]
    principals = [row[at + 3 :] for row in rows if row[at + 3] is not None]
    return Actor(
        account_id=account_id,
        name=name,
        via="api",
        principals=frozenset(id for id, _, _ in principals),
        ip=ip,
        roles=roles_of([(kind, code, 0) for _, kind, code in principals], is_admin=is_admin),
    )
