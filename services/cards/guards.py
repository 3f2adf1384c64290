"""What the guards of transitions say of one card: the page asks before it draws a button, the move before it happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.feel import FeelLimitError
from services.cards.feel_fields import author_of, feel_fields, own_facts
from services.cards.look_up import Known
from services.cards.models import Card
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner
from services.fields import Manner
from services.solutions.card_type import CardTypeFile, Transition
from services.solutions.formulas import CARD, OWN, field_of, reads, usable

if TYPE_CHECKING:
    from services.office import Parts


def kept_back(
    office: Parts,
    session: Session,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    transitions: Iterable[Transition],
    asked: Mapping[str, Collection[str]] | None = None,
    *,
    known: Known | None = None,
) -> frozenset[str]:
    """
    The ids of those *transitions* whose guard does not hold for *values*. *asked*: the fields each asks of whoever presses
    it; a guard that reads one of them has yet to see what is answered, so it keeps nothing back.

    Only what the guards read is looked up, for all of them at once, unless it is *known*; without guards nothing is.
    """
    guarded = [one for one in transitions if one.guard and not _open(one, type, (asked or {}).get(one.id, ()))]
    if not guarded:
        return frozenset()
    manner = organisation_manner(office, session)
    names = {name for one in guarded for name in _names(one, type)}
    read = {field_of(name, type.by_key) for name in names}
    fields = tuple(spec for spec in type.fields if spec.key in read)
    around = around_card(office, session, type.solution, manner, in_full=True, card_id=card.id, known=known)
    around.references.foresee(fields, values)  # type: ignore[attr-defined]
    facts = feel_fields(replace(type, fields=fields), values, around)
    if names & OWN:
        facts |= own_facts(card, manner, author_of(session, card) if "author" in names else None)
    return frozenset(one.id for one in guarded if not _holds(one, facts, manner))


def _holds(transition: Transition, facts: Mapping[str, Any], manner: Manner) -> bool:
    """A guard that cannot be reckoned lets nobody through."""
    expression = usable(transition.guard)
    try:
        return expression is not None and expression.evaluate({CARD: facts}, now=manner.now, zone=manner.zone) is True
    except FeelLimitError:
        return False


def _names(transition: Transition, type: CardTypeFile) -> frozenset[str]:
    """What a guard reads of the card; all of it when it takes the card as a whole."""
    expression = usable(transition.guard)
    if expression is None:
        return frozenset()
    found = reads(expression)
    return found.card | (OWN | set(type.by_key) if CARD in found.whole else frozenset())


def _open(transition: Transition, type: CardTypeFile, asked: Collection[str]) -> bool:
    return bool({field_of(name, type.by_key) for name in _names(transition, type)} & set(asked))
