"""The row of the card index: what lists filter and sort by (decision 0059)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.text import normalise, sort_key
from services.cards.models import KEYS, NORMS, WORDS, Card, CardIndex, CardSlot
from services.fields import TYPES, Around, FieldSpec, IndexForm
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

MOST_KEY = 200
MARK = "\x1f"
_WHOLE_DIGITS = 24
_DECIMALS = 6


@dataclass(frozen=True)
class Slot:
    """
    The columns of a flagged field: `norm` only for one of words or of several values; not `ready` while older cards are
    being indexed.
    """

    key: str
    norm: str | None
    ready: bool


def slots_of(session: Session, type_code: str) -> dict[str, Slot]:
    """The columns of a type's flagged fields by field key; one statement."""
    asked = select(CardSlot).where(CardSlot.type == type_code, CardSlot.state != "emptying")
    return {row.field: Slot(row.key, row.norm, row.state == "ready") for row in session.scalars(asked)}


def settled_slots(office: Parts, session: Session, type: CardTypeFile) -> dict[str, Slot]:
    """The same; read once a deployment as soon as every flagged field has its column and all older cards are in it."""

    def read() -> tuple[dict[str, Slot], bool]:
        slots = slots_of(session, type.code)
        flagged = (spec.key for spec in type.fields if spec.index)
        return slots, all(key in slots for key in flagged) and all(slot.ready for slot in slots.values())

    return office.shelf.kept(session, ("slots", type.code), read)


def assign_slots(session: Session, type: CardTypeFile, *, filling: bool) -> bool:
    """
    Give every flagged field of *type* a column and take those away which no field has any more; gives whether anything
    changed. *filling*: there are cards, whose rows must follow before the column may be trusted.
    """
    rows = {row.field: row for row in session.scalars(select(CardSlot).where(CardSlot.type == type.code))}
    flagged = {spec.key: spec for spec in type.fields if spec.index}
    changed = False
    for field, row in rows.items():
        if field in flagged and bool(row.norm) == has_norm(flagged[field]):
            if row.state == "emptying":
                row.state, changed = "filling", True
        elif row.state != "emptying":
            changed = True
            if filling:
                row.state = "emptying"
            else:
                session.delete(row)
    session.flush()
    rows = {row.field: row for row in session.scalars(select(CardSlot).where(CardSlot.type == type.code))}
    keys = _free(KEYS, (row.key for row in rows.values()))
    norms = _free(NORMS, (row.norm for row in rows.values()))
    for field, spec in flagged.items():
        if field in rows or not keys or (has_norm(spec) and not norms):
            continue
        norm = norms.pop(0) if has_norm(spec) else None
        state = "filling" if filling else "ready"
        session.add(CardSlot(type=type.code, field=field, key=keys.pop(0), norm=norm, state=state))
        changed = True
    session.flush()
    return changed


def index_card(
    session: Session,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    around: Around,
    slots: Mapping[str, Slot] | None = None,
) -> None:
    """Bring the card's row in line with the card; only columns that changed are written. A card in the bin has no row."""
    wanted = own_columns(card) | field_columns(
        type, values, around, slots_of(session, type.code) if slots is None else slots
    )
    row = session.get(CardIndex, card.id)
    if card.deleted_at is not None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        session.add(CardIndex(card_id=card.id, type=card.type, **wanted))
        return
    for column in (*own_columns(card), *KEYS, *NORMS):
        if getattr(row, column) != wanted.get(column):
            setattr(row, column, wanted.get(column))


def own_columns(card: Card) -> dict[str, Any]:
    """What every card has beside its fields."""
    return {
        "state": card.state,
        "unit_id": card.unit_id,
        "author_id": card.author_id,
        "executor_id": card.executor_id,
        "party_id": card.party_id,
        "due": moment_key(card.due_at),
        "registered": moment_key(card.registered_at),
        "number": sort_key(card.number)[:MOST_KEY] if card.number else None,
        "title": sort_key(card.title)[:MOST_KEY],
        "words": normalise(f"{card.number or ''} {card.title}")[:WORDS],
    }


def field_columns(
    type: CardTypeFile, values: Mapping[str, Any], around: Around, slots: Mapping[str, Slot]
) -> dict[str, str]:
    """The columns of the flagged fields; a field without a value is an empty text."""
    made: dict[str, str] = {}
    for key, slot in slots.items():
        spec = type.by_key.get(key)
        if spec is None:
            continue
        forms = forms_of(spec, values.get(key), around)
        made[slot.key] = key_of(spec, forms[0]) if forms else ""
        if slot.norm is not None and spec.many:
            made[slot.norm] = "".join(among(key_of(spec, form)) for form in forms)[:WORDS].replace(MARK * 2, MARK)
        elif slot.norm is not None:
            made[slot.norm] = normalise(forms[0].text or "")[:WORDS] if forms else ""
    return made


def forms_of(spec: FieldSpec, value: Any, around: Around) -> tuple[IndexForm, ...]:
    """The value as it is indexed, several when it has several; a personal one stays in its one place."""
    if value is None or (spec.personal and spec.type != "party"):
        return ()
    return TYPES[spec.type].index_forms(value, spec, around)


def among(key: str) -> str:
    """One of several values as it stands among them."""
    return f"{MARK}{key}{MARK}"


def key_of(spec: FieldSpec, form: IndexForm) -> str:
    """What is compared and sorted by: byte order is the order of the values."""
    if form.number is not None:
        return number_key(form.number)
    if form.day is not None:
        return form.day.isoformat()
    text = form.text or ""
    return (sort_key(text) if TYPES[spec.type].asks_for(spec) == "words" else text)[:MOST_KEY]


def number_key(number: Decimal) -> str:
    """
    A number as text of one length whose byte order is the numbers' order.

    >>> sorted([Decimal("10"), Decimal("-3"), Decimal("9.5"), Decimal("-20")], key=number_key)
    [Decimal('-20'), Decimal('-3'), Decimal('9.5'), Decimal('10')]
    """
    most = 10 ** (_WHOLE_DIGITS + _DECIMALS) - 1
    shifted = min(int(abs(number).scaleb(_DECIMALS).to_integral_value()), most)
    signed = shifted if number >= 0 else most - shifted
    return f"{int(number >= 0)}{signed:0{_WHOLE_DIGITS + _DECIMALS}}"


def number_of(key: str) -> Decimal:
    """The number of such a text."""
    shifted = int(key[1:])
    whole = shifted if key[0] == "1" else shifted - (10 ** (_WHOLE_DIGITS + _DECIMALS) - 1)
    return Decimal(whole).scaleb(-_DECIMALS)


def moment_key(moment: datetime | None) -> str | None:
    """A moment as text whose byte order is the order of time."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def has_norm(spec: FieldSpec) -> bool:
    """Whether it needs the second column: its words, or every one of its several values."""
    return spec.many or TYPES[spec.type].asks_for(spec) == "words"


def _free(all: tuple[str, ...], taken: Iterable[str | None]) -> list[str]:
    used = set(taken)
    return [one for one in all if one not in used]
