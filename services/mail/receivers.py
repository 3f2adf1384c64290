"""
Who a mail goes to, by reference: `account:3`, `party:5`, or an address typed by an admin (`mailto:x@example.org`).

The outbox keeps the reference, never the address of a person: erasing a party or changing an address reaches mail that
has not left yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account
from services.parties.models import Party
from services.privacy.models import PersonalValue


@dataclass(frozen=True)
class Receiver:
    """Where a mail goes; `address` None when there is none (any more)."""

    name: str
    address: str | None


def receivers(session: Session, refs: Iterable[str]) -> dict[str, Receiver]:
    """All receivers at once: at most three statements."""
    wanted = set(refs)
    found = {ref: Receiver("", ref.removeprefix("mailto:")) for ref in wanted if ref.startswith("mailto:")}
    found |= _accounts(session, _ids(wanted, "account:"))
    return found | _parties(session, _ids(wanted, "party:"))


def receiver(session: Session, ref: str) -> Receiver:
    """One receiver; a reference to nobody has no address."""
    return receivers(session, [ref]).get(ref, Receiver("", None))


def _ids(refs: set[str], prefix: str) -> list[int]:
    return [int(ref.removeprefix(prefix)) for ref in refs if ref.startswith(prefix)]


def _accounts(session: Session, ids: list[int]) -> dict[str, Receiver]:
    if not ids:
        return {}
    rows = session.execute(select(Account.id, Account.name, Account.mail).where(Account.id.in_(ids), Account.active))
    return {f"account:{id}": Receiver(name, mail) for id, name, mail in rows}


def _parties(session: Session, ids: list[int]) -> dict[str, Receiver]:
    if not ids:
        return {}
    rows = session.execute(select(Party.id, Party.name, Party.mail).where(Party.id.in_(ids))).all()
    personal = _values(session, [value for _, *values in rows for value in values])
    return {f"party:{id}": Receiver(_plain(name, personal) or "", _plain(mail, personal)) for id, name, mail in rows}


def _values(session: Session, kept: list[Any]) -> dict[int, Any]:
    ids = [value["$personal"] for value in kept if isinstance(value, dict) and "$personal" in value]
    if not ids:
        return {}
    asked = select(PersonalValue.id, PersonalValue.value).where(PersonalValue.id.in_(ids))
    return dict(session.execute(asked).all())


def _plain(kept: Any, personal: dict[int, Any]) -> str | None:
    value = personal.get(kept["$personal"]) if isinstance(kept, dict) else kept
    return str(value) if value else None
