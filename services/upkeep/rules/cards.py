"""Cards: what is derived from them (revisions, index, access, claimed values) is what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.findings import rule
from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.access.rewrite_access import access_of
from services.cards.index_card import field_columns, own_columns, slots_of
from services.cards.models import KEYS, NORMS, Card, CardIndex, CardRefresh, CardRevision, CardUnique
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.cards.store_card import organisation_manner
from services.cards.unique_values import keys_of
from services.privacy.models import PersonalValue
from services.signing.models import Signature
from services.signing.queries import holds
from services.upkeep.checking import Found, Look, looks_for

if TYPE_CHECKING:
    from services.office import Parts

REVISION = rule(
    "card-revision",
    "The card stands at revision {revision}, but its kept revisions do not lead there ({kept} kept, the last {last}).",
    "Restore card and revisions from the same backup.",
)
REVISION_DIFFERS = rule(
    "card-differs-from-revision",
    "The card is not what its last revision says: somebody changed the row without a save.",
    "Compare the two and save the card once by its page, or restore the row from a backup.",
)
INDEX = rule(
    "card-index",
    "The list's row of the card is wrong in: {columns}.",
    "Save the card once, or deploy its solution again: all its cards are indexed anew.",
)
ACCESS = rule(
    "card-access",
    "The stored rights to the card are not what the rules give: too much for {more}, too little for {less}.",
    "Save the card once, or deploy its solution again: access is rewritten.",
)
UNIQUE = rule(
    "card-unique",
    "The values the card claims for itself are not those of its unique fields: {fields}.",
    "Save the card once.",
)
PERSONAL = rule(
    "personal-value-lost",
    "The field {field} refers to the personal value {value}, which is not there.",
    "Restore the personal values from a backup.",
)
SIGNATURE = rule(
    "signature-broken",
    "A signature was not written as it stands under this installation's secret key.",
    "See that the secret key is the one of this data; otherwise the row was changed: ask the signer.",
)


@looks_for(REVISION)
def revision(look: Look) -> Iterator[Found]:
    kept = (
        select(
            CardRevision.card_id.label("card_id"),
            func.count().label("kept"),
            func.max(CardRevision.revision).label("last"),
        )
        .group_by(CardRevision.card_id)
        .subquery()
    )
    asked = (
        select(Card.id, Card.revision, func.coalesce(kept.c.kept, 0), func.coalesce(kept.c.last, 0))
        .join(kept, kept.c.card_id == Card.id, isouter=True)
        .where(func.coalesce(kept.c.last, 0) != Card.revision)
    )
    for id, stands, count, last in look.rows(asked, Card.id):
        yield Found(f"card:{id}", {"revision": stands, "kept": count, "last": last})


@looks_for(REVISION_DIFFERS)
def differs(look: Look) -> Iterator[Found]:
    same = (CardRevision.card_id == Card.id) & (CardRevision.revision == Card.revision)
    other = or_(
        CardRevision.state != Card.state,
        func.coalesce(CardRevision.number, "") != func.coalesce(Card.number, ""),
    )
    asked = select(Card.id, Card.data, CardRevision.data, other).join(CardRevision, same)
    for id, data, kept, differs_otherwise in look.rows(asked, Card.id):
        if differs_otherwise or data != kept:
            yield Found(f"card:{id}")


@looks_for(INDEX)
def index(look: Look) -> Iterator[Found]:
    yield from _by_type(look, _index)


@looks_for(ACCESS)
def access(look: Look) -> Iterator[Found]:
    yield from _by_type(look, _access)


@looks_for(UNIQUE)
def unique(look: Look) -> Iterator[Found]:
    yield from _by_type(look, _unique)


def _by_type(look: Look, check: Any) -> Iterator[Found]:
    """The cards of each type whose cards are not just being gone through by a job."""
    with look.snapshot() as session:
        codes = list(session.scalars(select(Card.type).distinct().order_by(Card.type)))
    for code in codes:
        for session, rows in look.pages(select(Card.id, Card).where(Card.type == code), Card.id):
            if session.get(CardRefresh, code) is None:
                yield from check(look.office, session, code, [card for _, card in rows])


def _index(office: Parts, session: Session, code: str, cards: list[Card]) -> Iterator[Found]:
    type = office.shelf.card_type(session, code)
    slots = slots_of(session, code)
    around = around_card(office, session, type.solution, organisation_manner(office, session))
    ids = [card.id for card in cards]
    indexed: Any = CardIndex
    kept = {row.card_id: row for row in session.scalars(select(indexed).where(indexed.card_id.in_(ids)))}
    values = {card.id: values_of(office, session, card, type) for card in cards}
    around.references.foresee_all(type.fields, values.values())  # type: ignore[attr-defined]
    for card in cards:
        row = kept.get(card.id)
        if card.deleted_at is not None or row is None:
            if (row is None) != (card.deleted_at is not None):
                yield Found(f"card:{card.id}", {"columns": "the whole row"})
            continue
        wanted = own_columns(card) | field_columns(type, values[card.id], around, slots) | {"type": code}
        wrong = [name for name in (*own_columns(card), *KEYS, *NORMS, "type") if getattr(row, name) != wanted.get(name)]
        if wrong:
            yield Found(f"card:{card.id}", {"columns": ", ".join(wrong)})


def _access(office: Parts, session: Session, code: str, cards: list[Card]) -> Iterator[Found]:
    ids = [card.id for card in cards]
    kept: dict[int, dict[int, int]] = defaultdict(dict)
    asked = select(CardAccess.card_id, CardAccess.principal_id, CardAccess.mask, CardAccess.type)
    for card_id, principal, mask, type in session.execute(asked.where(CardAccess.card_id.in_(ids))):
        kept[card_id][principal] = mask if type == code else -1
    for card in cards:
        wanted, now = access_of(office, UnitOfWork(session), card), kept[card.id]
        if wanted != now:
            everybody = sorted({*wanted, *now})
            more = [one for one in everybody if now.get(one, 0) & ~wanted.get(one, 0)]
            less = [one for one in everybody if wanted.get(one, 0) & ~now.get(one, 0)]
            yield Found(f"card:{card.id}", {"more": _listed(more), "less": _listed(less)})


def _unique(office: Parts, session: Session, code: str, cards: list[Card]) -> Iterator[Found]:
    type = office.shelf.card_type(session, code)
    around = around_card(office, session, type.solution, organisation_manner(office, session))
    kept: dict[int, set[str]] = defaultdict(set)
    ids = [card.id for card in cards]
    for key, card_id in session.execute(select(CardUnique.key, CardUnique.card_id).where(CardUnique.card_id.in_(ids))):
        kept[card_id].add(key)
    if not kept and not any(spec.unique for spec in type.fields):
        return
    for card in cards:
        values = values_of(office, session, card, type) if card.deleted_at is None else {}  # the bin claims nothing
        wanted = keys_of(office, type, values, around)
        if set(wanted) != kept[card.id]:
            fields = sorted({spec.key for key, spec in wanted.items() if key not in kept[card.id]})
            yield Found(f"card:{card.id}", {"fields": ", ".join(fields) or "-"})


def _listed(principals: list[int]) -> str:
    return ", ".join(f"principal:{one}" for one in principals[:20]) or "-"


@looks_for(PERSONAL)
def personal(look: Look) -> Iterator[Found]:
    for session, rows in look.pages(select(Card.id, Card.data), Card.id):
        wanted = {id: dict(_references(data)) for id, data in rows}
        ids = {value for by_value in wanted.values() for value in by_value}
        there = set(session.scalars(select(PersonalValue.id).where(PersonalValue.id.in_(ids)))) if ids else set()
        for id, by_value in wanted.items():
            for value, field in by_value.items():
                if value not in there:
                    yield Found(f"card:{id}", {"field": field, "value": value})


def _references(data: Mapping[str, Any]) -> Iterable[tuple[int, str]]:
    for field, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and "$personal" in one:
                yield int(one["$personal"]), field


@looks_for(SIGNATURE)
def signature(look: Look) -> Iterator[Found]:
    for id, row in look.rows(select(Signature.id, Signature), Signature.id):
        if not holds(look.office, row):
            yield Found(f"card:{row.card_id}", {"signature": id})
