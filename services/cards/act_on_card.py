"""Somebody presses a transition on the card's page and fills in what it asks: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import may_move, may_press
from services.cards.annul_registration import annul_registration_in
from services.cards.change_card import change_card_in
from services.cards.enter_card import start_for_card
from services.cards.find_card import card_id_of
from services.cards.move_card import asked_by, move_card_in
from services.cards.older_cards import values_of
from services.cards.register_card import register_card_in
from services.cards.store_card import check_revision, lock_card
from services.fields import Manner
from services.processes.whereabouts import running_processes
from services.registration.rules import ANNUL, REGISTER

if TYPE_CHECKING:
    from services.office import Office

_ACTION = "card.act"


def act_on_card(
    office: Office,
    actor: Actor,
    ref: str,
    transition_id: str,
    values: Mapping[str, Any],
    revision: int | None,
    *,
    number: str = "",
    suffix: str = "",
    reason: str = "",
    manner: Manner | None = None,
) -> str:
    """
    Change the asked fields and move the card; gives its new state. `register` takes a number (*number*: one typed by
    hand), `annul` gives one up with a *reason*. Whoever may press a transition may fill in what it asks and requires.

    Without a *revision* it is pressed on the card as it stands. The process a transition starts begins in the same
    transaction.

    Raises NotFound, NotAllowed("card-move" | "card-register"), Conflict("card-changed" | "card-state" |
    "card-process-runs"), Invalid("card-refused" | "card-move-refused" | "card-guard" | "number-refused").
    """

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, _ACTION)) is not None:
            return str(earlier.result)
        card = lock_card(work, card_id_of(work.session, actor, ref))
        type = office.shelf.card_type(work.session, card.type)
        transition, place = type.transition(transition_id), standing(work.session, actor, card, type)
        if transition is None:
            raise NotFound("transition-not-found", transition=transition_id)
        check_revision(work.session, card, revision)
        if not may_move(transition, place):
            raise NotAllowed("card-move", transition=transition_id)
        if not may_press(type, transition, place):
            raise NotAllowed("card-register")
        if transition.starts and transition.starts in running_processes(work.session, card.id):
            raise Conflict("card-process-runs", transition=transition_id)
        asked = asked_by(type, transition, values_of(office, work.session, card, type))
        problems: dict[str, Any] = {key: ("required", {}) for key in transition.asks if key not in values}
        if problems:
            raise Invalid("card-move-refused", problems, transition=transition_id)
        if values:
            change_card_in(office, work, actor, card.id, values, by_form=frozenset(asked), manner=manner)
        if transition_id == REGISTER and type.journal is not None:
            register_card_in(office, work, actor, card.id, number=number, suffix=suffix, by_process=False)
        elif transition_id == ANNUL and type.journal is not None:
            annul_registration_in(office, work, actor, card, reason=reason)
        else:
            move_card_in(office, work, actor, card.id, transition_id)
        if transition.starts:
            start_for_card(office, work, actor, card, transition.starts)
        remember(work, actor, _ACTION, card.state, office.clock.now())
        return card.state

    return office.database.run(act)
