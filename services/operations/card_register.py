"""`card.register`: the card gets its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.cards.register_card import register_card_in
from services.operations.asking import card_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def card_register(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        number, suffix = (str(call.inputs.get(name) or "") for name in ("number", "suffix"))
        given = register_card_in(office, work_of(call), call.actor, card_of(call), number=number, suffix=suffix)
        return {"number": given}

    return Operation(
        name="card.register",
        effect="database",
        run=run,
        parameters=(Parameter("number", "text", required=False), Parameter("suffix", "text", required=False)),
        outputs=("number",),
        summary="Gives the card the next number of its journal, or the one typed, through the transition `register`.",
    )
