"""`approval.open`: a round of approval begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.approval.open_round import open_round
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.operations.asking import accounts_named, card_of, work_of
from services.signing.subject import subject_digest

if TYPE_CHECKING:
    from services.office import Parts


def approval_open(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        work, card_id = work_of(call), card_of(call)
        card = work.session.get_one(Card, card_id)
        type = office.shelf.card_type(work.session, card.type)
        reply = type.reply_field
        text = values_of(office, work.session, card, type).get(reply) if reply else None
        made = open_round(
            work,
            call.now,
            card_id=card_id,
            instance_id=call.instance_id,
            approvers=accounts_named(work.session, call.inputs.get("approvers")),
            subject_digest=subject_digest(work.session, card_id, text, call.now),
        )
        return {"round": made.number}

    return Operation(
        name="approval.open",
        effect="database",
        run=run,
        parameters=(Parameter("approvers", "list"),),
        outputs=("round",),
        summary="Opens the card's next round of approval for a list of logins or groups and answers its number.",
    )
