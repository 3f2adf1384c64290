"""An administrator gives a machine its key to the REST interfaces."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import AccessToken, Account
from services.accounts.rules import LONGEST_TOKEN_DAYS, login_of, must_administer
from services.secrets import digest

if TYPE_CHECKING:
    from services.office import Parts

PREFIX = "chancery_"
"""Lets scanners for lost secrets recognise one."""


@dataclass(frozen=True)
class IssuedToken:
    """`token` is shown this once and kept nowhere."""

    id: int
    token: str
    ends_at: datetime


def issue_token(office: Parts, actor: Actor, login: str, name: str, *, days: int = 365) -> IssuedToken:
    """
    Make a token that acts as the account *login*; *name* says which machine it is for. Raises NotFound, Invalid.
    """
    must_administer(actor)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Invalid("token-refused", {"days": ("out-of-range", {"low": 1, "high": LONGEST_TOKEN_DAYS})})
    if not name.strip() or len(name.strip()) > 100:
        raise Invalid("token-refused", {"name": ("required", {}) if not name.strip() else ("too-long", {"most": 100})})
    token, now = PREFIX + secrets.token_urlsafe(32), office.clock.now()
    ends_at = now + timedelta(days=days)

    def act(work: UnitOfWork) -> int:
        account = work.session.scalar(select(Account).filter_by(login=login_of(login), active=True))
        if account is None:
            raise NotFound("account-not-found", login=login)
        row = AccessToken(
            token_sha256=digest(token),
            account_id=account.id,
            name=name.strip(),
            created_at=now,
            created_by=actor.account_id,
            ends_at=ends_at,
        )
        work.session.add(row)
        work.session.flush()
        record(work.session, actor, "token.issued", f"account:{account.id}", now, token=row.id)
        return row.id

    return IssuedToken(office.database.run(act), token, ends_at)
