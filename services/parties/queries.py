"""Parties as pages, letters and expressions see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.text import normalise
from services.accounts.rules import AUDITOR
from services.parties.models import Party, PartyContact, PartyIdentifier
from services.parties.rules import Addressed, compact, salutation, written
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
    surname: str = ""
    given_name: str = ""
    father_name: str = ""
    short_name: str = ""
    form: str = "neutral"

    def salutation(self, locale: str) -> str:
        """How a letter to this party begins."""
        named = Addressed(self.kind, self.name, self.surname, self.given_name, self.father_name, self.form)
        return salutation(named, locale)


def parties(
    session: Session, *, refs: Iterable[str] = (), ids: Iterable[int] = (), in_full: bool = False
) -> dict[str, PartyView]:
    """
    Parties by the reference they were asked for (those asked by id: by their own), in two statements whatever their number
    and a third when some were merged into others.
    """
    wanted_refs, wanted_ids = list(refs), list(ids)
    if not wanted_refs and not wanted_ids:
        return {}
    asked = list(session.scalars(select(Party).where(or_(Party.ref.in_(wanted_refs), Party.id.in_(wanted_ids)))))
    rows = {row.id: row for row in asked}
    merged = {row.merged_into_id for row in asked if row.merged_into_id} - set(rows)
    if merged:
        rows |= {row.id: row for row in session.scalars(select(Party).where(Party.id.in_(merged)))}
    known = resolved(session, [value for row in rows.values() for value in _personal(row)])
    views = {id: party_view(row, known, in_full=in_full) for id, row in rows.items()}
    return {row.ref: views[row.merged_into_id or row.id] for row in asked}


def _personal(row: Party) -> tuple[Any, ...]:
    return row.name, row.phone, row.mail, row.address, row.surname, row.given_name, row.father_name


def party_view(row: Any, known: Mapping[int, Any], *, in_full: bool) -> PartyView:
    """A party's row (or what has the same columns) with its personal values."""

    def shown(personal_class: str, value: object) -> str:
        plain = value_of(value, known)
        return str(plain or "") if in_full else masked(personal_class, plain)

    return PartyView(
        id=row.id,
        ref=row.ref,
        kind=row.kind,
        name=shown("name", row.name),
        phone=shown("contact", row.phone),
        mail=shown("contact", row.mail),
        address=shown("address", row.address),
        locale=row.locale,
        erased=value_of(row.name, known) is None,
        surname=shown("name", row.surname),
        given_name=shown("name", row.given_name),
        father_name=shown("name", row.father_name),
        short_name=row.short_name or "",
        form=row.form,
    )


def find_parties(office: Parts, session: Session, words: str, *, limit: int = 10) -> list[PartyView]:
    """Parties by parts of the name, or by a whole phone number, mail address or identifier; contacts masked."""
    if not words.strip():
        return []
    names = and_(*(PersonalValue.value_norm.contains(word, autoescape=True) for word in normalise(words).split()))
    named = select(PersonalValue.owner_ref).where(PersonalValue.field == "name", names).limit(limit)
    owners = [int(ref.removeprefix("party:")) for ref in session.scalars(named) if ref.startswith("party:")]
    organisations = and_(*(Party.name_norm.contains(word, autoescape=True) for word in normalise(words).split()))
    phone = office.secrets.mac("party-phone", phone_key(words))
    mail = office.secrets.mac("party-mail", mail_key(words))
    number = office.secrets.mac("party-identifier", compact(words))
    found = select(Party.id).where(
        Party.merged_into_id.is_(None),
        or_(
            Party.id.in_(owners),
            organisations,
            Party.phone_digest == phone,
            Party.mail_digest == mail,
            Party.id.in_(select(PartyContact.party_id).where(PartyContact.digest.in_((phone, mail)))),
            Party.id.in_(select(PartyIdentifier.party_id).where(PartyIdentifier.digest == number)),
        ),
    )
    ids = session.scalars(found.order_by(Party.id.desc()).limit(limit)).all()
    return sorted(parties(session, ids=ids).values(), key=lambda party: normalise(party.name))


@dataclass(frozen=True)
class PartyRights:
    """What somebody may do with parties: the rule that draws the buttons and guards the acts."""

    see: bool
    change: bool


def party_rights(office: Parts, session: Session, actor: Actor) -> PartyRights:
    """Who registers documents sees parties; the right `parties` of a role changes and merges them."""
    if actor.roles & {"admin"}:
        return PartyRights(see=True, change=True)
    if AUDITOR in actor.roles:
        return PartyRights(see=True, change=False)
    rights = office.shelf.rights(session, actor.roles)
    change = "parties" in rights
    see = change or "dpo" in actor.roles or any(one.startswith("create:") for one in rights)
    return PartyRights(see=see, change=change)


@dataclass(frozen=True)
class Detail:
    """A further contact or an identifier."""

    id: int
    kind: str
    purpose: str
    value: str  # as it is written, or masked


@dataclass(frozen=True)
class PartyPage:
    """A party with everything its page shows."""

    view: PartyView
    contacts: tuple[Detail, ...]
    identifiers: tuple[Detail, ...]
    note: str
    revision: int
    rights: PartyRights


def party_page(office: Parts, session: Session, actor: Actor, ref: str, *, in_full: bool = False) -> PartyPage:
    """Raises NotFound for a missing party and for whoever may not see parties. A merged one answers as what it became."""
    rights = party_rights(office, session, actor)
    row = session.scalar(select(Party).where(Party.ref == ref)) if rights.see else None
    if row is not None and row.merged_into_id is not None:
        row = session.get(Party, row.merged_into_id)
    if row is None:
        raise NotFound("party-not-found")
    contacts = session.scalars(
        select(PartyContact).where(PartyContact.party_id == row.id).order_by(PartyContact.kind, PartyContact.id)
    ).all()
    identifiers = session.scalars(
        select(PartyIdentifier).where(PartyIdentifier.party_id == row.id).order_by(PartyIdentifier.id)
    ).all()
    known = resolved(session, [*_personal(row), *(one.value for one in contacts), *(one.value for one in identifiers)])

    def shown(kind: str, value: Any) -> str:
        plain = value_of(value, known)
        return str(plain or "") if in_full else masked("address" if kind == "address" else "contact", plain)

    return PartyPage(
        view=party_view(row, known, in_full=in_full),
        contacts=tuple(Detail(one.id, one.kind, one.purpose, shown(one.kind, one.value)) for one in contacts),
        identifiers=tuple(
            Detail(
                one.id,
                one.kind,
                "",
                written(one.kind, shown(one.kind, one.value)) if in_full else shown(one.kind, one.value),
            )
            for one in identifiers
        ),
        note=row.note,
        revision=row.revision,
        rights=rights,
    )


@dataclass(frozen=True)
class Duplicate:
    """Another party that may be the same: `why` names what they share."""

    view: PartyView
    why: tuple[str, ...]  # name phone mail identifier


def duplicates_of(session: Session, party_id: int, *, limit: int = 10) -> list[Duplicate]:
    """Parties of the same kind with the same name, phone, mail address or identifier."""
    row = session.get_one(Party, party_id)
    digests = {one for one in (row.phone_digest, row.mail_digest) if one}
    digests |= set(
        session.scalars(
            select(PartyContact.digest).where(PartyContact.party_id == party_id, PartyContact.digest.is_not(None))
        )
    )
    numbers = select(PartyIdentifier.digest).where(
        PartyIdentifier.party_id == party_id, PartyIdentifier.digest.is_not(None)
    )
    reasons: dict[int, set[str]] = {}

    def note(why: str, ids: Iterable[int]) -> None:
        for id in ids:
            reasons.setdefault(id, set()).add(why)

    most = limit * 3
    note("phone", session.scalars(select(Party.id).where(Party.phone_digest.in_(digests)).limit(most)))
    note("mail", session.scalars(select(Party.id).where(Party.mail_digest.in_(digests)).limit(most)))
    shared = select(PartyContact.party_id, PartyContact.kind).where(PartyContact.digest.in_(digests)).limit(most)
    for id, kind in session.execute(shared):
        note(kind, [id])
    note(
        "identifier",
        session.scalars(select(PartyIdentifier.party_id).where(PartyIdentifier.digest.in_(numbers)).limit(most)),
    )
    note("name", _namesakes(session, row, most))
    reasons.pop(party_id, None)
    still = select(Party.id).where(Party.id.in_(reasons), Party.merged_into_id.is_(None), Party.kind == row.kind)
    views = parties(session, ids=session.scalars(still.order_by(Party.id.desc()).limit(limit)).all())
    found = [Duplicate(view, tuple(sorted(reasons[view.id]))) for view in views.values() if not view.erased]
    return sorted(found, key=lambda one: (-len(one.why), -one.view.id))


def _namesakes(session: Session, row: Party, most: int) -> Iterable[int]:
    if row.kind == "organisation":
        return session.scalars(select(Party.id).where(Party.name_norm == row.name_norm).limit(most)).all()
    own = select(PersonalValue.value_norm).where(
        PersonalValue.owner_ref == f"party:{row.id}",
        PersonalValue.field == "name",
        PersonalValue.value_norm.is_not(None),
    )
    refs = session.scalars(
        select(PersonalValue.owner_ref)
        .where(PersonalValue.field == "name", PersonalValue.value_norm.in_(own), PersonalValue.value_norm != "")
        .limit(most)
    )
    return [int(ref.removeprefix("party:")) for ref in refs if ref.startswith("party:")]
