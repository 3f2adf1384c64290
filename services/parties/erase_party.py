"""A person is forgotten: values and the digests they were found by are blanked; cards keep referring to somebody erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from engine.actor import Actor
from engine.errors import NotAllowed
from engine.store.unit_of_work import UnitOfWork
from services.parties.models import PartyContact, PartyIdentifier
from services.parties.save_party import locked_party
from services.privacy.personal import erase_in

if TYPE_CHECKING:
    from services.office import Parts


def erase_party(office: Parts, actor: Actor, ref: str, reason: str) -> int:
    """Blank a party's personal values for good; gives how many. Raises NotFound("party-not-found")."""
    if not actor.roles & {"admin", "dpo"}:
        raise NotAllowed("erase-party")

    def act(work: UnitOfWork) -> int:
        party = locked_party(work, ref)
        party.phone_digest = party.mail_digest = None
        party.note, party.form = "", "neutral"
        for model in (PartyContact, PartyIdentifier):
            work.session.execute(update(model).where(model.party_id == party.id).values(digest=None))
        return erase_in(office, work, actor, f"party:{party.id}", reason)

    return office.database.run(act)
