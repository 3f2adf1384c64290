"""
A card saved under an earlier version of its type, brought up to the present one whenever it is read; kept so with its next
save. New fields are simply empty; what else changed each later version says in its `[mapping]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from services.cards.values import plain
from services.fields import TYPES, FieldError, FieldSpec
from services.fields.alone import ALONE
from services.solutions.card_type import CardTypeFile, Mapped

if TYPE_CHECKING:
    from services.cards.models import Card
    from services.office import Parts


def values_of(office: Parts, session: Session, card: Card, type: CardTypeFile) -> dict[str, Any]:
    """The card's values in the present version's fields, personal ones resolved."""
    return plain(session, data_of(office, session, card, type))


def data_of(office: Parts, session: Session, card: Card, type: CardTypeFile) -> Mapping[str, Any]:
    """The card's data in the present version's fields, personal ones by reference."""
    return upgraded(office, session, card.data, type, card.type_version)


def upgraded(
    office: Parts, session: Session, data: Mapping[str, Any], type: CardTypeFile, version: int
) -> Mapping[str, Any]:
    """*data* of the given version brought up through every later one."""
    for later in range(version + 1, type.version + 1):
        step = type if later == type.version else office.shelf.older(session, type.code, later)
        if step is not None and step.mapping:
            data = mapped(data, step)
    return data


def mapped(data: Mapping[str, Any], type: CardTypeFile) -> dict[str, Any]:
    """
    What `[mapping]` of *type* makes of earlier data: renamed, dropped, converted. A value that is one of the new type
    already stays as it is, so that mapping twice changes nothing.
    """
    made = dict(data)
    for rule in type.mapping:
        table, _, column = rule.key.partition(".")
        if not column:
            _turn(made, rule, rule.key, type.by_key)
        elif table in type.by_key and isinstance(made.get(table), list):
            columns = {one.key: one for one in type.by_key[table].columns}
            made[table] = [dict(row) for row in made[table]]
            for row in made[table]:
                _turn(row, rule, column, columns)
    return made


def _turn(values: dict[str, Any], rule: Mapped, key: str, specs: Mapping[str, FieldSpec]) -> None:
    if key not in values:
        return
    value = values.pop(key)
    spec = specs.get(rule.to or key)
    if rule.drop or spec is None:
        return
    kept = value if is_personal(value) else _converted(value, rule, spec)
    if kept is not None:
        values[rule.to or key] = _together(values.get(rule.to or key), kept, spec)


def _together(before: Any, kept: Any, spec: FieldSpec) -> Any:
    """Several earlier fields may lead to one that takes several values: in the order of the mapping, each once."""
    if not spec.many or not isinstance(before, list) or not isinstance(kept, list):
        return kept
    return before + [one for one in kept if one not in before]


def is_personal(value: Any) -> bool:
    return isinstance(value, Mapping) and "$personal" in value


def _converted(value: Any, rule: Mapped, spec: FieldSpec) -> Any:
    if isinstance(value, str) and value in rule.values:
        return TYPES[spec.type].parse(rule.values[value], spec, ALONE)
    if isinstance(value, list) and spec.many and rule.values:
        return [rule.values.get(one, one) for one in value]
    if _is_of(value, spec):
        return value
    if spec.many and not isinstance(value, list):
        single = _converted(value, rule, replace(spec, many=False))
        return None if single is None else [single]
    try:
        return TYPES[spec.type].parse(_text(value), spec, ALONE)
    except FieldError:
        return rule.otherwise


def _is_of(value: Any, spec: FieldSpec) -> bool:
    try:
        TYPES[spec.type].check(spec).deserialize(value)
    except (ValidationError, TypeError, ValueError, AttributeError):  # a shape the new type knows nothing of
        return False
    return True


def _text(value: Any) -> Any:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else value
