"""Somebody writes what is known of a party: names, form of address, contacts, identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.parties.know_party import read_party
from services.parties.models import Party, PartyContact, PartyIdentifier
from services.parties.queries import party_rights
from services.parties.rules import FORMS, IDENTIFIERS, guessed_form, read_identifier, whole_name
from services.privacy.personal import keep, mail_key, phone_key, resolved, value_of

if TYPE_CHECKING:
    from services.office import Parts

PURPOSES = ("home", "work", "legal", "postal", "other")
MOST_DETAILS = 30
LONGEST = 500


@dataclass(frozen=True)
class Contact:
    """A phone, mail address or postal address beside the first one of its kind."""

    kind: str
    value: str
    purpose: str = "other"


@dataclass(frozen=True)
class PartyCard:
    """Everything typed on a party's page. `name` is the organisation's full name, or a person's when the parts are empty."""

    kind: str = "person"
    name: str = ""
    surname: str = ""
    given_name: str = ""
    father_name: str = ""
    short_name: str = ""
    form: str = ""
    phone: str = ""
    mail: str = ""
    address: str = ""
    locale: str | None = None
    note: str = ""
    contacts: tuple[Contact, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)


_PERSONAL = {
    "name": "name",
    "surname": "text",
    "given_name": "text",
    "father_name": "text",
    "phone": "contact",
    "mail": "contact",
    "address": "address",
}


def add_party(office: Parts, actor: Actor, card: PartyCard) -> str:
    """Make a party and give its reference. Raises NotAllowed("parties-change"), Invalid("party-refused")."""
    card = checked(card)

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, "party.add")) is not None:
            return str(earlier.result)
        _must_change(office, work, actor)
        now = office.clock.now()
        row = Party(kind=card.kind, name="", created_at=now, locale=card.locale)
        work.session.add(row)
        work.session.flush()
        _write(office, work, row, card, now)
        record(work.session, actor, "party.made", f"party:{row.id}", now)
        remember(work, actor, "party.add", row.ref, now)
        return row.ref

    return office.database.run(act)


def change_party(office: Parts, actor: Actor, ref: str, card: PartyCard, revision: int) -> int:
    """Write the party anew; gives its revision. Raises NotFound, NotAllowed, Invalid, Conflict("party-changed")."""
    card = checked(card)

    def act(work: UnitOfWork) -> int:
        if (earlier := once(work.session, actor, "party.change")) is not None:
            return int(earlier.result)
        _must_change(office, work, actor)
        row = locked_party(work, ref)
        if row.revision != revision:
            raise Conflict("party-changed", revision=row.revision)
        now = office.clock.now()
        changed = _write(office, work, row, card, now)
        if changed:
            row.revision += 1
            record(work.session, actor, "party.changed", f"party:{row.id}", now, changed=sorted(changed))
        remember(work, actor, "party.change", row.revision, now)
        return row.revision

    return office.database.run(act)


def locked_party(work: UnitOfWork, ref: str) -> Party:
    """The party's row, or that of the one it was merged into, locked until the transaction ends. Raises NotFound."""
    found = work.session.execute(select(Party.id, Party.merged_into_id).where(Party.ref == ref)).one_or_none()
    if found is None:
        raise NotFound("party-not-found")
    return work.session.get_one(Party, found.merged_into_id or found.id, with_for_update=True, populate_existing=True)


def checked(card: PartyCard) -> PartyCard:
    """The card as it is kept. Raises Invalid beside every field that is wrong; identifiers are `identifier.<kind>`."""
    kind = card.kind if card.kind in {"person", "organisation"} else "person"
    text = {name: " ".join(str(getattr(card, name)).split()) for name in (*_PERSONAL, "short_name")}
    if kind == "person":
        text["name"] = whole_name(text["surname"], text["given_name"], text["father_name"]) or text["name"]
        text["short_name"] = ""
    else:
        text |= {"surname": "", "given_name": "", "father_name": ""}
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    try:
        read_party(text | {"kind": kind})
    except Invalid as error:
        wrong |= error.fields
    if "name" in wrong and kind == "person" and not text["name"]:
        wrong["surname"] = wrong.pop("name")
    for name, value in (text | {"note": card.note}).items():
        if len(value) > (LONGEST if name != "note" else LONGEST * 10):
            wrong[name] = ("too-long", {"most": LONGEST, "length": len(value)})
    contacts = tuple(_contact(one, at, wrong) for at, one in enumerate(card.contacts) if one.value.strip())
    identifiers: dict[str, str] = {}
    for one, typed in card.identifiers.items():
        if not typed.strip():
            continue
        number = read_identifier(one, typed) if one in IDENTIFIERS and kind in IDENTIFIERS[one].of else None
        if number is None:
            wrong[f"identifier.{one}"] = ("identifier-wrong", {"value": typed[:40]})
        else:
            identifiers[one] = number
    if len(contacts) > MOST_DETAILS:
        wrong["contacts"] = ("too-large", {"most": MOST_DETAILS})
    if wrong:
        raise Invalid("party-refused", wrong)
    form = card.form if card.form in FORMS else guessed_form(text["father_name"])
    return PartyCard(
        kind=kind,
        form=form if kind == "person" else "neutral",
        locale=card.locale if card.locale in {"ru", "en", "fa"} else None,
        note=card.note.strip(),
        contacts=contacts,
        identifiers=identifiers,
        **text,
    )


def _contact(one: Contact, at: int, wrong: dict[str, tuple[str, dict[str, Any]]]) -> Contact:
    value = " ".join(one.value.split())
    kind = one.kind if one.kind in {"phone", "mail", "address"} else "address"
    try:
        read_party({"name": "-", kind: value})
    except Invalid as error:
        wrong[f"contact.{at}"] = error.fields[kind]
    return Contact(kind, value, one.purpose if one.purpose in PURPOSES else "other")


def _must_change(office: Parts, work: UnitOfWork, actor: Actor) -> None:
    rights = party_rights(office, work.session, actor)
    if not rights.see:
        raise NotFound("party-not-found")
    if not rights.change:
        raise NotAllowed("parties-change")


def _write(office: Parts, work: UnitOfWork, row: Party, card: PartyCard, now: datetime) -> set[str]:
    """Write what differs; gives the names of what did. A person's values are kept apart."""
    session, owner = work.session, f"party:{row.id}"
    row.kind = card.kind
    known = resolved(session, [getattr(row, name) for name in _PERSONAL])
    changed: set[str] = set()
    for name, personal_class in _PERSONAL.items():
        wanted = getattr(card, name) or None
        if (value_of(getattr(row, name), known) or None) == wanted:
            continue
        changed.add(name)
        kept = keep(session, owner, name, personal_class, wanted, now) if card.kind == "person" else wanted
        setattr(row, name, kept if kept is not None or name != "name" else "")
    row.name_norm = card.name if card.kind == "organisation" else None
    for name in ("form", "locale", "note"):
        if getattr(row, name) != getattr(card, name):
            changed.add(name)
            setattr(row, name, getattr(card, name))
    if (row.short_name or "") != card.short_name:
        changed.add("short_name")
        row.short_name = card.short_name or None
    row.phone_digest = contact_digest(office, "phone", card.phone)
    row.mail_digest = contact_digest(office, "mail", card.mail)
    changed |= _write_contacts(office, work, row, card, now)
    return changed | _write_identifiers(office, work, row, card.identifiers, now)


def contact_digest(office: Parts, kind: str, value: str) -> str | None:
    """The keyed hash a phone or mail address is found by; None for what is not looked for."""
    if not value or kind not in {"phone", "mail"}:
        return None
    return office.secrets.mac(f"party-{kind}", phone_key(value) if kind == "phone" else mail_key(value))


def _write_contacts(office: Parts, work: UnitOfWork, row: Party, card: PartyCard, now: datetime) -> set[str]:
    session = work.session
    there = session.scalars(select(PartyContact).where(PartyContact.party_id == row.id)).all()
    known = resolved(session, [one.value for one in there])
    now_there = {(one.kind, one.purpose, value_of(one.value, known)): one for one in there}
    wanted = {(one.kind, one.purpose, one.value) for one in card.contacts}
    for key in set(now_there) - wanted:
        session.delete(now_there[key])
    for kind, purpose, value in _in_order(card.contacts, wanted - set(now_there)):
        session.add(
            PartyContact(
                party_id=row.id,
                kind=kind,
                purpose=purpose,
                value=_kept(work, row, kind, "address" if kind == "address" else "contact", value, now),
                digest=contact_digest(office, kind, value),
            )
        )
    return {"contacts"} if set(now_there) != wanted else set()


def _in_order(contacts: Iterable[Contact], wanted: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    keys = [(one.kind, one.purpose, one.value) for one in contacts]
    return [key for key in dict.fromkeys(keys) if key in wanted]


def _write_identifiers(
    office: Parts, work: UnitOfWork, row: Party, wanted: Mapping[str, str], now: datetime
) -> set[str]:
    session = work.session
    there = session.scalars(select(PartyIdentifier).where(PartyIdentifier.party_id == row.id)).all()
    known = resolved(session, [one.value for one in there])
    now_there = {(one.kind, value_of(one.value, known)): one for one in there}
    for key in set(now_there) - set(wanted.items()):
        session.delete(now_there[key])
    for kind, number in wanted.items():
        if (kind, number) not in now_there:
            session.add(
                PartyIdentifier(
                    party_id=row.id,
                    kind=kind,
                    value=_kept(work, row, kind, "code", number, now),
                    digest=office.secrets.mac("party-identifier", number),
                )
            )
    return {"identifiers"} if set(now_there) != set(wanted.items()) else set()


def _kept(work: UnitOfWork, row: Party, field: str, personal_class: str, value: str, now: datetime) -> Any:
    return keep(work.session, f"party:{row.id}", field, personal_class, value, now) if row.kind == "person" else value
