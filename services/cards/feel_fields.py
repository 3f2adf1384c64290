"""A card as expressions see it, and what formulas give over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.feel import Expression, FeelLimitError
from services.accounts.models import Account
from services.cards.models import Card
from services.fields import TYPES, Around, FieldError, FieldSpec, Manner
from services.fields.table import Table
from services.solutions.card_type import CardTypeFile
from services.solutions.formulas import Formula


def feel_fields(type: CardTypeFile, values: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """Every field as a FEEL value (None for empty ones), with what its type knows beside it (`subject_item`)."""
    made: dict[str, Any] = {}
    for spec in type.fields:
        made |= _known(spec, values.get(spec.key), around)
    return made


def _known(spec: FieldSpec, value: Any, around: Around) -> dict[str, Any]:
    field = TYPES[spec.type]
    known = field.feel_value(value, spec, around) if value is not None or spec.type == "table" else None
    return {spec.key: known, **field.feel_facts(value, spec, around)}


def author_of(session: Session, card: Card) -> str | None:
    """The author's login."""
    asked = select(Account.login).where(Account.id == card.author_id)
    return session.scalar(asked) if card.author_id else None


def own_facts(card: Card, manner: Manner, author: str | None) -> dict[str, Any]:
    """What a card has beside its fields, as expressions see it."""
    registered = card.registered_at.astimezone(manner.zone).date() if card.registered_at else None
    return {
        "number": card.number,
        "state": card.state,
        "title": card.title,
        "ref": card.ref,
        "type": card.type,
        "author": author,
        "registered_on": registered,
    }


def reckoned(type: CardTypeFile, values: Mapping[str, Any], own: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """
    *values* with every computed field and column as its formula gives it now; one that gives nothing is left out. *own* is
    what the card has beside its fields.
    """
    made = dict(values)
    facts = feel_fields(type, made, around) | dict(own)
    for formula in type.formulas:
        if formula.column is None:
            made[formula.key] = _result(formula.expression, formula.spec, {"card": facts}, around)
        else:
            made[formula.key] = _column(type.by_key[formula.key], formula, made.get(formula.key), facts, around)
        facts |= _known(type.by_key[formula.key], made[formula.key], around)
    return {key: value for key, value in made.items() if value is not None}


def _column(
    table: FieldSpec, formula: Formula, rows: Any, facts: Mapping[str, Any], around: Around
) -> list[dict[str, Any]] | None:
    field = TYPES[table.type]
    if not isinstance(field, Table):
        return None
    made = []
    for row in rows or ():
        scope = {"card": facts, "row": field.feel_row(row, table, around)}
        value = _result(formula.expression, formula.spec, scope, around)
        kept = {key: cell for key, cell in row.items() if key != formula.column}
        made.append(kept | ({formula.column or "": value} if value is not None else {}))
    return made or None


def _result(expression: Expression, spec: FieldSpec, scope: Mapping[str, Any], around: Around) -> Any:
    """What cannot be the field's value, or cannot be reckoned within the limits, is nothing."""
    manner = around.manner
    try:
        return TYPES[spec.type].from_feel(expression.evaluate(scope, now=manner.now, zone=manner.zone), spec, around)
    except (FieldError, FeelLimitError):
        return None
