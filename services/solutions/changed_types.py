"""What a new version of a card type would lose of the cards there are, unless its `[mapping]` says what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.findings import Finding, rule
from services.cards.models import Card, CardType
from services.fields import TYPES, FieldSpec
from services.solutions.card_type import CardTypeFile
from services.solutions.read_card_type import read_card_type

FIELD_GONE = rule(
    "card-field-gone",
    "Cards of the type hold «{key}», which the new version has not.",
    'Say what becomes of it: [mapping] {key} = {{ to = "…" }} or {{ drop = true }}.',
)
FIELD_CHANGED = rule(
    "card-field-changed",
    "Cards of the type hold «{key}» as {before}; the new version has {after}.",
    'Say how its values turn: [mapping] {key} = {{ values = {{ … }}, otherwise = "…" }}, or give the field another key.',
)
OPTION_GONE = rule(
    "card-option-gone",
    "Cards of the type may hold the option «{option}» of «{key}», which the new version has not.",
    'Keep the option, or map it: [mapping] {key} = {{ values = {{ … }}, otherwise = "…" }}.',
)


def lost_values(session: Session, types: Iterable[CardTypeFile]) -> Iterator[Finding]:
    """The findings about the newest deployed version of each of these types that has cards."""
    for after in types:
        newest = select(CardType.body).where(CardType.code == after.code).order_by(CardType.version.desc()).limit(1)
        body = session.scalar(newest)
        lived = session.scalar(select(Card.id).where(Card.type == after.code).limit(1)) is not None
        before = read_card_type(body)[0] if body is not None and lived else None
        if before is not None:
            yield from lost(before, after)


def lost(before: CardTypeFile, after: CardTypeFile) -> Iterator[Finding]:
    """What cards of *before* would lose in *after*. Pure."""
    mapped = {one.key for one in after.mapping}
    for place, old in _typed(before.fields):
        found = _in(after, place)
        if place in mapped or place.partition(".")[0] in mapped:
            continue
        path = f"cards/{after.code}.toml"
        if found is None:
            yield Finding(FIELD_GONE, file=path, element=place, params={"key": place})
        elif not _goes_over(old, found):
            params = {"key": place, "before": _named(old), "after": _named(found)}
            yield Finding(FIELD_CHANGED, file=path, element=place, params=params)
        elif old.type == "choice":
            for option in sorted(set(old.options) - set(found.options)):
                yield Finding(OPTION_GONE, file=path, element=place, params={"key": place, "option": option})


def _typed(specs: Iterable[FieldSpec]) -> Iterator[tuple[str, FieldSpec]]:
    """Fields and columns that somebody typed: what was computed is computed anew."""
    for spec in specs:
        if not TYPES[spec.type].read_only:
            yield spec.key, spec
        yield from ((f"{spec.key}.{column.key}", column) for column in spec.columns if not TYPES[column.type].read_only)


def _in(type: CardTypeFile, place: str) -> FieldSpec | None:
    key, _, column = place.partition(".")
    spec = type.by_key.get(key)
    if spec is None or not column:
        return spec
    return next((one for one in spec.columns if one.key == column), None)


def _goes_over(old: FieldSpec, new: FieldSpec) -> bool:
    same = old.type == new.type and (old.many == new.many or not old.many)
    return same and (old.directory or "") == (new.directory or "")


def _named(spec: FieldSpec) -> str:
    return f"{spec.type}{' (many)' if spec.many else ''}{f' ({spec.directory})' if spec.directory else ''}"
