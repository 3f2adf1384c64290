"""`notify.people`: employees are told something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.cards.models import Card
from services.notifications.about_card import about_card
from services.notifications.tell import tell_people
from services.operations.asking import accounts_named, card_of, text_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def notify_people(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        work = work_of(call)
        card = work.session.get_one(Card, card_of(call))
        about = about_card(office, card, text_of(call, "kind"), call.solution, once=call.once_key)
        return {"told": tell_people(office, work, about, accounts_named(work.session, call.inputs.get("people")))}

    return Operation(
        name="notify.people",
        effect="database",
        run=run,
        parameters=(Parameter("kind", "text"), Parameter("people", "list")),
        outputs=("told",),
        summary="A notice and a mail (texts notice.<kind>.*) to logins and groups, each in their own language.",
    )
