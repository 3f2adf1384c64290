"""`card.register`: the card gets its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation
from services.cards.register_card import register_card_in
from services.operations.asking import card_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def card_register(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        return {"number": register_card_in(office, work_of(call), call.actor, card_of(call))}

    return Operation(
        name="card.register",
        effect="database",
        run=run,
        outputs=("number",),
        summary="Gives the card the next number of its journal through the transition `register`.",
    )
