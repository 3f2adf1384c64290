"""One person's data are handed out: as JSON for programs and as a page for people; that it was done is written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.fields import Manner
from services.parties.save_party import locked_party
from services.privacy.person import Person, person
from services.privacy.rules import must_keep_personal_data

if TYPE_CHECKING:
    from services.office import Parts

FORMAT = 1


def export_person(office: Parts, actor: Actor, ref: str, manner: Manner, *, form: str) -> Person:
    """
    Everything kept of a person; *form* (`json`, `page`) is noted in the audit beside who asked.

    Raises NotAllowed("personal-data"), NotFound.
    """
    must_keep_personal_data(actor)

    def note(work: UnitOfWork) -> None:
        party = locked_party(work, ref)
        record(work.session, actor, "personal.exported", f"party:{party.id}", office.clock.now(), form=form)

    with office.database.reading() as session:
        found = person(office, session, actor, ref, manner)
    office.database.run(note)
    return found


def as_json(found: Person) -> str:
    """The machine-readable form: UTF-8, keys in the order of the page, moments with their zone."""
    view = found.party.view
    told: dict[str, Any] = {
        "format": FORMAT,
        "person": {
            "ref": view.ref,
            "name": view.name,
            "surname": view.surname,
            "given_name": view.given_name,
            "father_name": view.father_name,
            "phone": view.phone,
            "mail": view.mail,
            "address": view.address,
            "locale": view.locale,
            "note": found.party.note,
            "contacts": [
                {"kind": one.kind, "purpose": one.purpose, "value": one.value} for one in found.party.contacts
            ],
            "identifiers": [{"kind": one.kind, "value": one.value} for one in found.party.identifiers],
        },
        "cards": [
            {
                "number": card.number,
                "type": card.type,
                "title": card.title,
                "state": card.state,
                "created_at": card.created_at.isoformat(),
                "registered_at": card.registered_at.isoformat() if card.registered_at else None,
                "fields": {
                    fact.key: {"label": fact.label, "value": fact.value, "text": fact.shown} for fact in card.fields
                },
                "files": [dict(one) for one in card.files],
            }
            for card in found.cards
        ],
        "read_by": [{"at": one.at.isoformat(), "who": one.who, "what": one.what} for one in found.reads],
        "cut": found.cut,
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"
