"""`card.change`: the process writes into the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import ScriptFailed
from engine.operations import Call, Operation, Parameter
from services.cards.change_card import change_card_in
from services.operations.asking import card_of, typed, work_of

if TYPE_CHECKING:
    from services.office import Parts


def card_change(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        fields = call.inputs.get("fields")
        if not isinstance(fields, Mapping):
            raise ScriptFailed("operation-input-missing", element=call.element, input="fields")
        values = {str(key): typed(value) for key, value in fields.items()}
        change_card_in(office, work_of(call), call.actor, card_of(call), values, by_form=frozenset(values))
        return {}

    return Operation(
        name="card.change",
        effect="database",
        run=run,
        parameters=(Parameter("fields", "context"),),
        summary="Writes the values of a context into the card's fields of these names.",
    )
