"""People as the engine asks about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account, Principal

MOST_KEPT = 10_000


class AccountPeople:
    """The engine's `People`, answered from accounts and principals; a principal's id never changes, so it is kept."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], tuple[int, ...]] = {}

    def account_id(self, session: Session, login: str) -> int | None:
        """The active account of that login."""
        return session.scalar(select(Account.id).where(Account.login == login.casefold(), Account.active))

    def principal_ids(self, session: Session, kind: Literal["user", "group"], codes: Sequence[str]) -> list[int]:
        """The principals of these codes; a code nobody has is left out. Groups are looked for among roles too."""
        wanted = [code.casefold() for code in codes] if kind == "user" else list(codes)
        if unknown := {code for code in wanted if (kind, code) not in self._ids}:
            self._look_up(session, kind, unknown)
        return sorted({id for code in wanted for id in self._ids.get((kind, code), ())})

    def _look_up(self, session: Session, kind: str, codes: set[str]) -> None:
        kinds = ("group", "role") if kind == "group" else (kind,)
        asked = select(Principal.id, Principal.code).where(Principal.kind.in_(kinds), Principal.code.in_(codes))
        found: dict[str, list[int]] = {}
        for id, code in session.execute(asked):
            found.setdefault(code, []).append(id)
        if len(self._ids) > MOST_KEPT:
            self._ids.clear()
        self._ids |= {(kind, code): tuple(ids) for code, ids in found.items()}

    def account_name(self, session: Session, account_id: int) -> str | None:
        """The name to show for an account."""
        return session.scalar(select(Account.name).where(Account.id == account_id))

    def login(self, session: Session, account_id: int) -> str | None:
        """The login of an account."""
        return session.scalar(select(Account.login).where(Account.id == account_id))
