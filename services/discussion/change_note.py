"""The author of a note mends it or takes it back within ten minutes; both leave a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.cards.models import Card
from services.discussion.models import Note
from services.discussion.rules import may_mend
from services.discussion.write_note import call, card_of_employee, judged

if TYPE_CHECKING:
    from services.office import Parts


def change_note(office: Parts, actor: Actor, ref: str, note_ref: str, text: str) -> None:
    """
    Put other words in place. Raises NotFound for somebody else's note, Conflict("note-too-old"), Invalid("note-refused").
    """

    def act(work: UnitOfWork) -> None:
        card, note = _mine(office, work, actor, ref, note_ref)
        words, logins = judged(work, card, text)
        if words == note.text:
            return
        note.text, note.mentions, note.changed_at = words, sorted(logins), office.clock.now()
        _note(office, work, actor, card, note, "note.changed")
        call(office, work, actor, card, note, logins.values())

    office.database.run(act)


def delete_note(office: Parts, actor: Actor, ref: str, note_ref: str) -> None:
    """Take the words away; that there was a note stays. Raises as changing does."""

    def act(work: UnitOfWork) -> None:
        card, note = _mine(office, work, actor, ref, note_ref)
        note.text, note.mentions, note.deleted_at = "", [], office.clock.now()
        _note(office, work, actor, card, note, "note.deleted")

    office.database.run(act)


def _mine(office: Parts, work: UnitOfWork, actor: Actor, ref: str, note_ref: str) -> tuple[Card, Note]:
    card = card_of_employee(work, actor, ref)
    note = work.session.scalar(
        select(Note)
        .where(Note.ref == note_ref, Note.card_id == card.id, Note.account_id == actor.account_id)
        .with_for_update()
    )
    if note is None:
        raise NotFound("note-not-found")
    if not may_mend(note.account_id, actor.account_id, note.at, note.deleted_at, office.clock.now()):
        raise Conflict("note-too-old")
    return card, note


def _note(office: Parts, work: UnitOfWork, actor: Actor, card: Card, note: Note, action: str) -> None:
    record(work.session, actor, action, f"card:{card.id}", office.clock.now(), unit_id=card.unit_id, note=note.ref)
