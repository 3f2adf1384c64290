"""`notify.party`: the customer is told something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.cards.models import Card
from services.notifications.about_card import about_card_for_party
from services.notifications.tell import tell_party
from services.operations.asking import card_of, text_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def notify_party(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        work = work_of(call)
        card = work.session.get_one(Card, card_of(call))
        if card.party_id is None:
            return {"told": 0}
        kind = text_of(call, "kind")
        about = about_card_for_party(office, work.session, card, kind, call.solution, once=call.once_key)
        return {"told": int(tell_party(office, work, about, card.party_id) is not None)}

    return Operation(
        name="notify.party",
        effect="database",
        run=run,
        parameters=(Parameter("kind", "text"),),
        outputs=("told",),
        summary="A mail (texts notice.<kind>.*) to the card's customer in the customer's language.",
    )
