"""People as the engine asks about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from services.accounts.models import Account, Principal


class AccountPeople:
    """The engine's `People`, answered from accounts and principals."""

    def __init__(self) -> None:
        self._groups: dict[str, list[int]] = {}

    def account_ids(self, session: Session, logins: Collection[str]) -> Mapping[str, int]:
        """The active accounts of these logins."""
        asked = select(Account.login, Account.id).where(Account.login.in_(_folded(logins)), Account.active)
        found = dict(session.execute(asked).all())
        return {login: found[login.casefold()] for login in logins if login.casefold() in found}

    def principal_ids(
        self, session: Session, kind: Literal["user", "group"], codes: Collection[str]
    ) -> Mapping[str, Sequence[int]]:
        """
        The principals of these codes; a code nobody has is left out. Groups are looked for among roles too, and
        remembered once what was read is committed: a group keeps its id for ever.
        """
        if kind == "user":
            found = _principals(session, ("user",), _folded(codes))
            return {login: found[login.casefold()] for login in codes if login.casefold() in found}
        known = self._groups
        unknown = [code for code in codes if code not in known]
        found = _principals(session, ("group", "role"), unknown) if unknown else {}
        if found:
            event.listen(session, "after_commit", lambda _: known.update(found), once=True)
        return {code: ids for code in codes if (ids := known.get(code) or found.get(code))}

    def account_name(self, session: Session, account_id: int) -> str | None:
        """The name to show for an account."""
        return session.scalar(select(Account.name).where(Account.id == account_id))

    def login(self, session: Session, account_id: int) -> str | None:
        """The login of an account."""
        return session.scalar(select(Account.login).where(Account.id == account_id))


def _folded(logins: Collection[str]) -> set[str]:
    return {login.casefold() for login in logins}


def _principals(session: Session, kinds: tuple[str, ...], codes: Collection[str]) -> dict[str, list[int]]:
    asked = select(Principal.code, Principal.id).where(Principal.kind.in_(kinds), Principal.code.in_(codes))
    found: dict[str, list[int]] = {}
    for code, id in session.execute(asked.order_by(Principal.id)):
        found.setdefault(code, []).append(id)
    return found
