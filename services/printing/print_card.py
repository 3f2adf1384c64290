"""The card on paper, for one reader: what this person may not see is not in the file at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from services.access.queries import standing
from services.access.rules import shown_fields
from services.cards.find_card import card_id_of
from services.cards.models import Card
from services.files.rules import kept_name
from services.printing.context import print_context
from services.printing.fill import fill_template
from services.printing.print_document import template_of

if TYPE_CHECKING:
    from services.office import Parts

MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Paper:
    """A printed card: how the file is called and its bytes."""

    name: str
    content: bytes


def print_card(office: Parts, actor: Actor, ref: str) -> Paper:
    """
    The card on its type's newest printed form, without its history, discussion and files; nothing is kept.

    Raises NotFound("card-not-found" | "page-not-found") for a foreign card and a type that is not printed,
    SolutionError("template-missing", "template-failed"), ScriptFailed("sandbox-limit"), Invalid("paper-too-large").
    """
    with office.database.reading() as session:
        card = session.get_one(Card, card_id_of(session, actor, ref))
        type = office.shelf.card_type(session, card.type)
        if type.card_template is None:
            raise NotFound("page-not-found")
        seen = shown_fields(type, standing(session, actor, card, type))
        template = template_of(session, office.shelf.solution(session, type.solution).deployment_id, type.card_template)
        context = print_context(office, session, card, seen=seen)
    content = fill_template(office, template, context)
    if len(content) > MOST_BYTES:
        raise Invalid("paper-too-large", limit=MOST_BYTES)
    return Paper(kept_name(f"{(card.number or ref).replace('/', '-')}.docx"), content)
