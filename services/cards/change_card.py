"""Somebody changes fields of a card, on its page or by the form of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.requests import Answer, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import Relations, standing
from services.access.rules import SEE, Standing, editable
from services.cards.link_cards import link_earlier_cards
from services.cards.models import Card
from services.cards.older_cards import data_of
from services.cards.references import around as around_card
from services.cards.store_card import Read, check_revision, lock_card, lock_card_once, organisation_manner, save
from services.cards.values import hide_personal, missing, read_values
from services.fields import Manner
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


def change_card(
    office: Parts, actor: Actor, ref: str, values: Mapping[str, Any], revision: int, *, manner: Manner | None = None
) -> int:
    """
    Change fields by key; gives the new revision (the same one when nothing differs).

    Raises NotFound, Conflict("card-changed", who=, at=), NotAllowed("card-fields", fields=), Invalid("card-refused").
    """

    def act(work: UnitOfWork) -> int:
        card = lock_card_once(work, actor, ref, "card.change")
        if isinstance(card, Answer):
            return int(card.result)
        result = change_locked(office, work, actor, card, values, revision=revision, manner=manner)
        remember(work, actor, "card.change", result, office.clock.now())
        return result

    return office.database.run(act)


def change_card_in(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    by_form: frozenset[str] = frozenset(),
    manner: Manner | None = None,
    what: str = "changed",
) -> int:
    """
    The same in an open unit of work. *by_form*: keys of card fields a task's form shows; whoever may complete the task
    may change these, whatever the card type's access says. The machine may change everything.
    """
    card = lock_card(work, card_id)
    return change_locked(
        office, work, actor, card, values, revision=revision, by_form=by_form, manner=manner, what=what
    )


def change_locked(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    card: Card,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    by_form: frozenset[str] = frozenset(),
    manner: Manner | None = None,
    what: str = "changed",
) -> int:
    """The same for a card whose row is locked already."""
    session = work.session
    check_revision(session, card, revision)
    type = office.shelf.card_type(session, card.type)
    read = Read(relations=Relations(session, card, type))
    manner = manner or organisation_manner(office, session)
    around = around_card(office, session, type.solution, manner, card_id=card.id, known=read.known)
    data = data_of(office, session, card, type)
    now_kept = around.references.resolved(type.fields, data, values)  # type: ignore[attr-defined]
    kept, problems = read_values(office, work, actor, type, values, around)
    changed = {key: value for key, value in kept.items() if now_kept.get(key) != value}
    asked = set(kept) - by_form if actor.via != "job" else set()
    keys = (set(changed) | set(problems)) - by_form
    place = standing(session, actor, card, type, read.relations) if asked or keys else None
    if keys:
        _allow(type, place, keys)
    whole = {key: value for key, value in (now_kept | changed).items() if value is not None}
    emptied = {key for key, value in changed.items() if value is None}
    needed = missing(type, whole, card.state, whos=place.whos if asked and place else frozenset())
    problems = {key: problem for key, problem in needed.items() if key in emptied or key in asked} | problems
    if problems:
        raise Invalid("card-refused", problems)
    if not changed:
        return card.revision
    hidden = hide_personal(session, type, card.id, changed, office.clock.now())
    card.data = {key: value for key, value in ({**data} | hidden).items() if value is not None}
    card.type_version = type.version
    card.revision += 1
    party = card.party_id
    save(office, work, actor, card, type, what, read=read)
    if card.party_id != party:
        link_earlier_cards(work, card, office.clock.now())
    return card.revision


def _allow(type: CardTypeFile, place: Standing | None, keys: set[str]) -> None:
    if place is None or not place.mask & SEE:
        raise NotFound("card-not-found")
    forbidden = {key.partition(".")[0] for key in keys} - editable(type, place)
    if forbidden & set(type.by_key):
        raise NotAllowed("card-fields", fields=sorted(forbidden))
