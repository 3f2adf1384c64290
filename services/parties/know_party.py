"""A new or a known applicant in one field: known by reference, by phone or by mail together with the name; else made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.audit import record
from engine.store.text import normalise
from engine.store.unit_of_work import UnitOfWork
from services.parties.models import Party, PartyContact
from services.privacy.personal import keep, mail_key, phone_key, resolved, value_of

if TYPE_CHECKING:
    from services.office import Parts

_MAIL = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\.]+(\.[^@\s<>,;:\"\\.]+)+\Z")


@dataclass(frozen=True)
class PartyFacts:
    """What is typed about a party."""

    name: str
    phone: str = ""
    mail: str = ""
    address: str = ""
    kind: str = "person"
    locale: str | None = None


def read_party(typed: Mapping[str, Any]) -> PartyFacts:
    """The facts in what a form sent. Raises Invalid with fields `name`, `phone`, `mail`."""
    text = {
        key: " ".join(str(typed.get(key) or "").split())
        for key in ("name", "phone", "mail", "address", "kind", "locale")
    }
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    if not text["name"]:
        wrong["name"] = ("required", {})
    if text["phone"] and not 7 <= len(phone_key(text["phone"])) <= 15:
        wrong["phone"] = ("phone-bad", {})
    if text["mail"] and (not _MAIL.match(text["mail"]) or len(text["mail"]) > 254):
        wrong["mail"] = ("mail-bad", {})
    for key in ("name", "address"):
        if len(text[key]) > 500:
            wrong[key] = ("too-long", {"most": 500, "length": len(text[key])})
    if wrong:
        raise Invalid("party-refused", wrong)
    kind = text["kind"] if text["kind"] in {"person", "organisation"} else "person"
    return PartyFacts(text["name"], text["phone"], text["mail"], text["address"], kind, text["locale"] or None)


def know_party_in(office: Parts, work: UnitOfWork, actor: Actor, facts: PartyFacts) -> Party:
    """The party these facts are about: a known one with the same name and phone or mail, else a new one."""
    known = _known(office, work, facts)
    if known is not None:
        return known
    session, now = work.session, office.clock.now()
    party = Party(kind=facts.kind, name="", created_at=now, locale=facts.locale)
    session.add(party)
    session.flush()
    owner = f"party:{party.id}"
    if facts.kind == "organisation":
        party.name = party.name_norm = facts.name
        party.phone, party.mail, party.address = facts.phone or None, facts.mail or None, facts.address or None
    else:
        party.name = keep(session, owner, "name", "name", facts.name, now)
        party.phone = keep(session, owner, "phone", "contact", facts.phone or None, now)
        party.mail = keep(session, owner, "mail", "contact", facts.mail or None, now)
        party.address = keep(session, owner, "address", "address", facts.address or None, now)
    party.phone_digest, party.mail_digest = _digests(office, facts)
    record(session, actor, "party.made", owner, now)
    return party


def _known(office: Parts, work: UnitOfWork, facts: PartyFacts) -> Party | None:
    phone, mail = _digests(office, facts)
    if phone is None and mail is None:
        return None
    same = [
        column == value
        for column, value in ((Party.phone_digest, phone), (Party.mail_digest, mail))
        if value is not None
    ]
    further = select(PartyContact.party_id).where(PartyContact.digest.in_([one for one in (phone, mail) if one]))
    found = work.session.scalars(
        select(Party)
        .where(or_(*same, Party.id.in_(further)), Party.kind == facts.kind, Party.merged_into_id.is_(None))
        .order_by(Party.id)
    ).all()
    names = resolved(work.session, [party.name for party in found])
    wanted = normalise(facts.name)
    return next((party for party in found if normalise(str(value_of(party.name, names) or "")) == wanted), None)


def _digests(office: Parts, facts: PartyFacts) -> tuple[str | None, str | None]:
    return (
        office.secrets.mac("party-phone", phone_key(facts.phone)) if facts.phone else None,
        office.secrets.mac("party-mail", mail_key(facts.mail)) if facts.mail else None,
    )
