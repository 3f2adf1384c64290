"""`approval.close`: what a round of approval came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import ScriptFailed
from engine.operations import Call, Operation
from services.approval.close_round import close_round
from services.operations.asking import card_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def approval_close(_: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        ended = close_round(work_of(call), call.now, card_of(call))
        if ended is None:
            raise ScriptFailed("approval-not-open", element=call.element)
        return {"agreed": ended.agreed, "round": ended.number}

    return Operation(
        name="approval.close",
        effect="database",
        run=run,
        outputs=("agreed", "round"),
        summary="Closes the card's open round: agreed when everybody agreed, with or without remarks.",
    )
