"""Typed values become kept ones: parsed all at once, every error beside its field; personal ones by reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.cards.references import OfficeReferences
from services.fields import TYPES, Around, FieldError, FieldSpec
from services.parties.know_party import know_party_in, read_party
from services.privacy.personal import is_reference, keep, resolved, value_of
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

Problems = dict[str, tuple[str, dict[str, Any]]]


def read_values(
    office: Parts, work: UnitOfWork, actor: Actor, type: CardTypeFile, typed: Mapping[str, Any], around: Around
) -> tuple[dict[str, Any], Problems]:
    """
    The kept values of what was typed, and the problems by field key. A new party is made in this unit of work.

    Keys the card type does not have are a problem too (`no-such-field`).
    """
    problems: Problems = {}
    known: dict[str, Any] = {}
    for key, value in typed.items():
        spec = type.by_key.get(key)
        if spec is None:
            problems[key] = ("no-such-field", {})
        elif TYPES[spec.type].read_only:
            if value not in (None, ""):
                problems[key] = ("field-computed", {})
        elif spec.type == "party" and value and actor.via == "portal" and _known_ref(value):
            problems[key] = ("no-such-party", {})  # a customer says who they are, never who somebody else is
        elif spec.type == "party" and isinstance(value, Mapping) and not value.get("ref"):
            known[key] = _party(office, work, actor, spec, value, problems)
        else:
            known[key] = value
    cast(OfficeReferences, around.references).foresee([type.by_key[key] for key in known], known)
    kept: dict[str, Any] = {}
    for key, value in known.items():
        try:
            kept[key] = TYPES[type.by_key[key].type].parse(value, type.by_key[key], around)
        except FieldError as error:
            problems |= error.beside(key)
    return kept, problems


def _known_ref(value: Any) -> bool:
    return not isinstance(value, Mapping) or bool(value.get("ref"))


def _party(
    office: Parts, work: UnitOfWork, actor: Actor, spec: FieldSpec, typed: Mapping[str, Any], problems: Problems
) -> str | None:
    if not any(str(value or "").strip() for key, value in typed.items() if key not in {"kind", "locale"}):
        return None
    try:
        return know_party_in(office, work, actor, read_party(typed)).ref
    except Invalid as error:
        problems.update({f"{spec.key}.{name}": problem for name, problem in error.fields.items()})
        return None


def missing(
    type: CardTypeFile,
    data: Mapping[str, Any],
    state: str,
    further: Iterable[str] = (),
    *,
    whos: frozenset[str] | None = None,
) -> Problems:
    """The fields that must not be empty in *state* (of everybody, and of *whos*), and *further* ones, and are."""
    needed = {spec.key for spec in type.fields if spec.needed(state, whos)} | set(further)
    return {key: ("required", {}) for key in type.by_key if key in needed and data.get(key) is None}


def hide_personal(
    session: Session, type: CardTypeFile, card_id: int, values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """*values* with those of personal fields replaced by references. Parties are references already."""
    return {
        key: keep(session, f"card:{card_id}", key, type.by_key[key].personal or "", value, now)
        if type.by_key[key].personal and type.by_key[key].type != "party"
        else value
        for key, value in values.items()
    }


def erased_keys(data: Mapping[str, Any], values: Mapping[str, Any]) -> frozenset[str]:
    """The fields of *data* whose personal value is gone; *values* are the same resolved."""
    return frozenset(key for key, value in data.items() if is_reference(value) and values.get(key) is None)


def plain(session: Session, data: Mapping[str, Any]) -> dict[str, Any]:
    """The card's values with personal references resolved; erased ones are None."""
    known = resolved(session, data.values())
    return {key: value_of(value, known) for key, value in data.items()}
