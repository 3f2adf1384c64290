"""Somebody changes fields of a card, on its page or by the form of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Invalid, NotAllowed, NotFound
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import SEE, editable
from services.cards.find_card import card_id_of
from services.cards.link_cards import link_earlier_cards
from services.cards.older_cards import data_of
from services.cards.references import around as around_card
from services.cards.store_card import check_revision, lock_card, organisation_manner, save
from services.cards.values import hide_personal, missing, plain, read_values
from services.fields import Manner

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
        earlier = once(work.session, actor, "card.change")
        if earlier is not None:
            return int(earlier.result)
        card_id = card_id_of(work.session, actor, ref)
        result = change_card_in(office, work, actor, card_id, values, revision=revision, manner=manner)
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
    session = work.session
    card = lock_card(work, card_id)
    check_revision(session, card, revision)
    type = office.shelf.card_type(session, card.type)
    around = around_card(
        office, session, type.solution, manner or organisation_manner(office, session), card_id=card.id
    )
    kept, problems = read_values(office, work, actor, type, values, around)
    data = data_of(office, session, card, type)
    now_kept = plain(session, data)
    changed = {key: value for key, value in kept.items() if now_kept.get(key) != value}
    _allow(work, actor, card_id, set(changed) | set(problems), by_form, office)
    whole = {key: value for key, value in (now_kept | changed).items() if value is not None}
    emptied = {key for key, value in changed.items() if value is None}
    asked = set(kept) - by_form if actor.via != "job" else set()
    needed = missing(type, whole, card.state, whos=standing(session, actor, card, type).whos if asked else frozenset())
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
    save(office, work, actor, card, type, what)
    if card.party_id != party:
        link_earlier_cards(work, card, office.clock.now())
    return card.revision


def _allow(
    work: UnitOfWork, actor: Actor, card_id: int, keys: set[str], by_form: frozenset[str], office: Parts
) -> None:
    if not keys - by_form:
        return
    card = lock_card(work, card_id)
    type = office.shelf.card_type(work.session, card.type)
    place = standing(work.session, actor, card, type)
    if not place.mask & SEE:
        raise NotFound("card-not-found")
    forbidden = {key.partition(".")[0] for key in keys} - by_form - editable(type, place)
    if forbidden & set(type.by_key):
        raise NotAllowed("card-fields", fields=sorted(forbidden))
