"""Parties as pages, letters and expressions see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.store.text import normalise
from services.parties.models import Party
from services.privacy.models import PersonalValue
from services.privacy.personal import mail_key, masked, phone_key, resolved, value_of

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class PartyView:
    """A party; contacts are masked unless they were asked for in full."""

    id: int
    ref: str
    kind: str
    name: str
    phone: str
    mail: str
    address: str
    locale: str | None
    erased: bool = False


def parties(
    session: Session, *, refs: Iterable[str] = (), ids: Iterable[int] = (), in_full: bool = False
) -> dict[str, PartyView]:
    """Parties by reference, in two statements whatever their number."""
    wanted_refs, wanted_ids = list(refs), list(ids)
    if not wanted_refs and not wanted_ids:
        return {}
    rows = session.scalars(select(Party).where(or_(Party.ref.in_(wanted_refs), Party.id.in_(wanted_ids)))).all()
    known = resolved(session, [value for row in rows for value in (row.name, row.phone, row.mail, row.address)])

    def shown(personal_class: str, value: object) -> str:
        plain = value_of(value, known)
        return str(plain or "") if in_full else masked(personal_class, plain)

    return {
        row.ref: PartyView(
            id=row.id,
            ref=row.ref,
            kind=row.kind,
            name=shown("name", row.name),
            phone=shown("contact", row.phone),
            mail=shown("contact", row.mail),
            address=shown("address", row.address),
            locale=row.locale,
            erased=value_of(row.name, known) is None,
        )
        for row in rows
    }


def find_parties(office: Parts, session: Session, words: str, *, limit: int = 10) -> list[PartyView]:
    """Parties by parts of the name, or by a whole phone number or mail address; contacts masked."""
    if not words.strip():
        return []
    names = and_(*(PersonalValue.value_norm.contains(word, autoescape=True) for word in normalise(words).split()))
    named = select(PersonalValue.owner_ref).where(PersonalValue.field == "name", names).limit(limit)
    owners = [int(ref.removeprefix("party:")) for ref in session.scalars(named) if ref.startswith("party:")]
    organisations = and_(*(Party.name_norm.contains(word, autoescape=True) for word in normalise(words).split()))
    found = select(Party.id).where(
        or_(
            Party.id.in_(owners),
            organisations,
            Party.phone_digest == office.secrets.mac("party-phone", phone_key(words)),
            Party.mail_digest == office.secrets.mac("party-mail", mail_key(words)),
        )
    )
    ids = session.scalars(found.order_by(Party.id.desc()).limit(limit)).all()
    return sorted(parties(session, ids=ids).values(), key=lambda party: normalise(party.name))
