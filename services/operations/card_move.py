"""`card.move`: a transition of the card's life cycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.cards.move_card import move_card_in
from services.operations.asking import card_of, text_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def card_move(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        transition = text_of(call, "transition")
        return {"state": move_card_in(office, work_of(call), call.actor, card_of(call), transition, by_process=True)}

    return Operation(
        name="card.move",
        effect="database",
        run=run,
        parameters=(Parameter("transition", "text"),),
        outputs=("state",),
        summary="Moves the card through a transition of its type and answers the new state.",
    )
