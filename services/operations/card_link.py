"""`card.link`: the process links the card with another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine.errors import Invalid, ScriptFailed
from engine.operations import Call, Operation, Parameter
from services.cards.link_cards import link_cards_in
from services.cards.models import Card
from services.operations.asking import card_of, text_of, work_of

if TYPE_CHECKING:
    from services.office import Parts


def card_link(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        work, name = work_of(call), text_of(call, "to")
        found = work.session.scalars(
            select(Card.id).where(or_(Card.ref == name, Card.number == name), Card.deleted_at.is_(None)).limit(2)
        ).all()
        if len(found) != 1:
            raise ScriptFailed("card-named-unknown", element=call.element, card=name)
        try:
            link_cards_in(office, work, call.actor, card_of(call), found[0], text_of(call, "kind"))
        except Invalid as error:
            if error.fields.get("other") != ("link-exists", {}):
                raise
        return {}

    return Operation(
        name="card.link",
        effect="database",
        run=run,
        parameters=(Parameter("to", "text"), Parameter("kind", "text")),
        summary="Links the card with the one of this number or reference; a link that exists stays.",
    )
