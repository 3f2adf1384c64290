"""People as the engine asks about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account, Principal


class AccountPeople:
    """The engine's `People`, answered from accounts and principals."""

    def account_id(self, session: Session, login: str) -> int | None:
        """The active account of that login."""
        return session.scalar(select(Account.id).where(Account.login == login.casefold(), Account.active))

    def principal_ids(self, session: Session, kind: Literal["user", "group"], codes: Sequence[str]) -> list[int]:
        """The principals of these codes; a code nobody has is left out. Groups are looked for among roles too."""
        kinds = ("group", "role") if kind == "group" else (kind,)
        wanted = [code.casefold() for code in codes] if kind == "user" else list(codes)
        asked = select(Principal.id).where(Principal.kind.in_(kinds), Principal.code.in_(wanted))
        return list(session.scalars(asked.order_by(Principal.id)))

    def account_name(self, session: Session, account_id: int) -> str | None:
        """The name to show for an account."""
        return session.scalar(select(Account.name).where(Account.id == account_id))

    def login(self, session: Session, account_id: int) -> str | None:
        """The login of an account."""
        return session.scalar(select(Account.login).where(Account.id == account_id))
