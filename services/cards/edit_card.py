"""Somebody saves the card's edit page; what others saved meanwhile stays, and where both wrote somebody has to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed
from engine.store.requests import Answer, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.queries import standing
from services.access.rules import editable, visible_fields
from services.cards.change_card import change_locked
from services.cards.drafts import card_draft, drop_draft_in
from services.cards.models import Card, CardRevision
from services.cards.older_cards import upgraded, values_of
from services.cards.references import around as around_card
from services.cards.rules import Merge, merge, unsettled, wanted
from services.cards.store_card import lock_card_once
from services.cards.values import plain, read_values
from services.fields import TYPES, Around, FieldSpec, Manner
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Edit:
    """
    What was typed over `revision`. `choices` (theirs or mine, by field key) were made looking at revision `seen`; they hold
    for the fields nobody has changed since.
    """

    values: Mapping[str, Any]
    revision: int
    choices: Mapping[str, str] = field(default_factory=dict)
    seen: int | None = None


@dataclass(frozen=True)
class FieldMerge:
    """A field one of the two or both changed, as shown: at the start, saved by others, typed. `by`: theirs, mine, both."""

    key: str
    label: str
    before: str
    theirs: str
    mine: str
    rich: bool
    by: str


@dataclass(frozen=True)
class Edited:
    """The card's new revision; `beside`: labels of the fields others changed meanwhile, which stayed as they saved them."""

    revision: int
    who: str = ""
    beside: tuple[str, ...] = ()


class CardClash(Conflict):
    """Two people wrote different things into the same fields; `rows` are all fields one of them changed."""

    def __init__(self, code: str, rows: tuple[FieldMerge, ...], **params: Any) -> None:
        super().__init__(code, **params)
        self.rows = rows


def edit_card(office: Parts, actor: Actor, ref: str, edit: Edit, manner: Manner) -> Edited:
    """
    Save what was typed; the draft of it goes. A repeated `actor.request_id` gives the first answer.

    Raises what changing raises, and CardClash("card-changed", who=, at=, revision=) while something is to be chosen.
    """

    def act(work: UnitOfWork) -> Edited:
        card = lock_card_once(work, actor, ref, "card.change")
        if isinstance(card, Answer):
            return Edited(int(card.result))
        beside: tuple[str, ...] = ()
        values, who = edit.values, ""
        if edit.revision != card.revision:
            values, beside, who = _merged(office, work, actor, card, edit, manner)
        revision = change_locked(office, work, actor, card, values, manner=manner)
        drop_draft_in(work, actor, card_draft(ref))
        remember(work, actor, "card.change", revision, office.clock.now())
        return Edited(revision, who, beside)

    return office.database.run(act)


def _merged(
    office: Parts, work: UnitOfWork, actor: Actor, card: Card, edit: Edit, manner: Manner
) -> tuple[dict[str, Any], tuple[str, ...], str]:
    """The values to save over the present revision, and what others changed beside them."""
    session = work.session
    start_row = session.get(CardRevision, (card.id, edit.revision))
    if start_row is None:
        raise Conflict("card-changed", who="", at=card.changed_at, revision=card.revision)
    type = office.shelf.card_type(session, card.type)
    place = standing(session, actor, card, type)
    may = editable(type, place) & visible_fields(type, place)
    around = around_card(office, session, type.solution, manner, card_id=card.id)
    kept, problems = read_values(office, work, actor, type, edit.values, around)
    if problems:
        raise Invalid("card-refused", problems)
    start = plain(session, upgraded(office, session, start_row.data, type, 0))
    theirs = values_of(office, session, card, type)
    forbidden = sorted(key for key, value in kept.items() if key not in may and value != start.get(key))
    if forbidden:
        raise NotAllowed("card-fields", fields=forbidden)
    found = merge(start, theirs, {key: value for key, value in kept.items() if key in may})
    who = _who(work, card, edit.revision)
    seen_row = session.get(CardRevision, (card.id, edit.seen)) if edit.seen else None
    seen = plain(session, upgraded(office, session, seen_row.data, type, 0)) if seen_row is not None else {}
    if unsettled(found, edit.choices, seen, theirs):
        rows = _rows(type, found, (start, theirs, kept), around)
        raise CardClash("card-changed", rows, who=who, at=card.changed_at, revision=card.revision)
    values = {key: _again(type, key, edit.values[key], kept[key]) for key in wanted(found, edit.choices)}
    beside = found.theirs | (found.both - wanted(found, edit.choices))
    return values, tuple(around.label(spec.label) for spec in type.fields if spec.key in beside), who


def _again(type: CardTypeFile, key: str, typed: Any, kept: Any) -> Any:
    """The value to be read once more: a party described in words was made already and is named now."""
    return kept if type.by_key[key].type == "party" else typed


def _who(work: UnitOfWork, card: Card, since: int) -> str:
    """Everybody who saved after *since*, the latest first."""
    names = work.session.scalars(
        select(CardRevision.by_name)
        .where(CardRevision.card_id == card.id, CardRevision.revision > since)
        .order_by(CardRevision.revision.desc())
        .limit(20)
    )
    return ", ".join(dict.fromkeys(names))


def _rows(
    type: CardTypeFile, found: Merge, values: tuple[Mapping[str, Any], ...], around: Around
) -> tuple[FieldMerge, ...]:
    by = {key: name for name in ("mine", "theirs", "both") for key in getattr(found, name)}
    specs = [spec for spec in type.fields if spec.key in by]
    for one in values:
        around.references.foresee(specs, one)  # type: ignore[attr-defined]
    return tuple(_row(spec, by[spec.key], values, around) for spec in specs)


def _row(spec: FieldSpec, by: str, values: tuple[Mapping[str, Any], ...], around: Around) -> FieldMerge:
    before, theirs, mine = (TYPES[spec.type].show(one.get(spec.key), spec, around) for one in values)
    return FieldMerge(spec.key, around.label(spec.label), before, theirs, mine, spec.type == "rich", by)
