"""Somebody writes a note on a card; who is mentioned and sees the card is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.discussion.models import Note
from services.discussion.queries import who_sees
from services.discussion.rules import MOST_CHARACTERS, MOST_MENTIONS, mentions_in
from services.notifications.about_card import about_card
from services.notifications.tell import tell_people

if TYPE_CHECKING:
    from services.office import Parts

MENTION = "mention"


def write_note(office: Parts, actor: Actor, ref: str, text: str) -> str:
    """
    Add a note at the end; gives its reference. A repeated `actor.request_id` writes nothing more.

    Raises NotFound for a foreign card and for customers, Invalid("note-refused", beside `text`).
    """

    def act(work: UnitOfWork) -> str:
        earlier = once(work.session, actor, "note.write")
        if earlier is not None:
            return str(earlier.result)
        card = card_of_employee(work, actor, ref)
        words, logins = judged(work, card, text)
        now = office.clock.now()
        note = Note(card_id=card.id, account_id=actor.account_id, text=words, mentions=sorted(logins), at=now)
        work.session.add(note)
        work.session.flush()
        record(work.session, actor, "note.added", f"card:{card.id}", now, unit_id=card.unit_id, note=note.ref)
        call(office, work, actor, card, note, logins.values())
        remember(work, actor, "note.write", note.ref, now)
        return note.ref

    return office.database.run(act)


def card_of_employee(work: UnitOfWork, actor: Actor, ref: str) -> Card:
    """The card for an employee who sees it; for customers there is no discussion. Raises NotFound."""
    if actor.account_id is None or actor.via == "portal":
        raise NotFound("card-not-found")
    return work.session.get_one(Card, card_id_of(work.session, actor, ref))


def judged(work: UnitOfWork, card: Card, text: str) -> tuple[str, dict[str, int]]:
    """The note's words and the accounts it calls, by login. An `@` before what is no login calls nobody."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Invalid("note-refused", {"text": ("required", {})})
    if len(words) > MOST_CHARACTERS:
        raise Invalid("note-refused", {"text": ("too-long", {"most": MOST_CHARACTERS, "length": len(words)})})
    called = mentions_in(words)
    if len(called) > MOST_MENTIONS:
        raise Invalid("note-refused", {"text": ("too-many-values", {"most": MOST_MENTIONS})})
    asked = select(Account.login, Account.id).where(Account.login.in_(called), Account.active)
    known = dict(work.session.execute(asked).all()) if called else {}
    blind = set(known.values()) - set(work.session.scalars(who_sees(card.id).where(Account.id.in_(known.values()))))
    if blind:
        names = sorted(login for login, id in known.items() if id in blind)
        raise Invalid("note-refused", {"text": ("mention-does-not-see", {"names": ", ".join(names)})})
    return words, known


def call(office: Parts, work: UnitOfWork, actor: Actor, card: Card, note: Note, accounts: Iterable[int]) -> None:
    """Tell the mentioned, each once a note; nobody tells oneself."""
    solution = office.shelf.card_type(work.session, card.type).solution
    about = about_card(office, card, MENTION, solution, once=f"note:{note.id}")
    told = replace(about, params={**about.params, "who": actor.name})
    tell_people(office, work, told, set(accounts) - {actor.account_id or 0})
