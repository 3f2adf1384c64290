"""The notes of a card, and who may be called to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.store.text import normalise
from services.access.models import CardAccess
from services.access.rules import SEE
from services.accounts.models import Account, AccountPrincipal
from services.cards.find_card import card_id_of
from services.discussion.models import Note
from services.discussion.rules import may_mend

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class NoteView:
    """A note for reading; a deleted one has no words. `names`: the mentioned, by login."""

    id: int
    ref: str
    author: str
    mine: bool
    text: str
    names: dict[str, str]
    at: datetime
    changed_at: datetime | None
    deleted_at: datetime | None
    may_mend: bool


@dataclass(frozen=True)
class Discussion:
    """A stretch of notes in the order they were written; `earlier` leads back."""

    notes: tuple[NoteView, ...]
    earlier: int | None


@dataclass(frozen=True)
class Reader:
    """Somebody who sees the card and may be mentioned."""

    login: str
    name: str
    post: str


def discussion(
    office: Parts, session: Session, actor: Actor, ref: str, *, before: int | None = None, limit: int = 50
) -> Discussion:
    """The latest notes, or those before one. Raises NotFound for a foreign card and for customers."""
    if actor.account_id is None or actor.via == "portal":
        raise NotFound("card-not-found")
    card_id = card_id_of(session, actor, ref)
    asked = select(Note, Account.name).join(Account, Account.id == Note.account_id).where(Note.card_id == card_id)
    if before is not None:
        asked = asked.where(Note.id < before)
    rows = session.execute(asked.order_by(Note.id.desc()).limit(limit + 1)).all()
    logins = {login for note, _ in rows for login in note.mentions}
    people = select(Account.login, Account.name).where(Account.login.in_(logins))
    names = dict(session.execute(people).all()) if logins else {}
    now = office.clock.now()
    found = [
        NoteView(
            id=note.id,
            ref=note.ref,
            author=author,
            mine=note.account_id == actor.account_id,
            text=note.text,
            names={login: names[login] for login in note.mentions if login in names},
            at=note.at,
            changed_at=note.changed_at,
            deleted_at=note.deleted_at,
            may_mend=may_mend(note.account_id, actor.account_id, note.at, note.deleted_at, now),
        )
        for note, author in rows[:limit]
    ]
    return Discussion(tuple(reversed(found)), found[-1].id if len(rows) > limit else None)


def who_sees(card_id: int) -> Select[int]:
    """The ids of active accounts that see a card by their own principals."""
    opened = (
        select(AccountPrincipal.account_id)
        .join(CardAccess, CardAccess.principal_id == AccountPrincipal.principal_id)
        .where(CardAccess.card_id == card_id, CardAccess.mask.op("&")(SEE) != 0, AccountPrincipal.for_account_id == 0)
    )
    return select(Account.id).where(Account.active, Account.id.in_(opened))


def find_readers(session: Session, actor: Actor, ref: str, words: str, *, limit: int = 20) -> list[Reader]:
    """People who see the card and are called so, for an actor who sees it too."""
    card_id = card_id_of(session, actor, ref)
    asked = select(Account.login, Account.name, Account.post).where(Account.id.in_(who_sees(card_id)))
    for word in normalise(words).split():
        inside = Account.name_norm.contains(word, autoescape=True)
        asked = asked.where(or_(inside, Account.login.startswith(word, autoescape=True)))
    rows = session.execute(asked.order_by(Account.name_sort, Account.id).limit(limit))
    return [Reader(login, name, post or "") for login, name, post in rows]
