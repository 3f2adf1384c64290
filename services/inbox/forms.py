"""
A task's form: form-js JSON whose keys are bound to card fields (`card.x`) or process variables. Pure but for what the
field types look up through `Around`.

A card field brings type, label, options and limits itself; the form only says where it stands. A variable's type is its
component's. Texts that begin with `$` are text keys. A component whose `conditional.hide` is true is not asked and not
checked; values for keys the form has not are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression
from services.fields import TYPES, Around, FieldError, FieldSpec

CARD = "card."
Wrong = dict[str, tuple[str, dict[str, Any]]]
_COMPONENT_TYPES: Mapping[str, str] = {
    component: field.name for field in TYPES.values() for component in (field.component, *field.components)
} | {"checklist": "choice", "taglist": "choice", "datetime": "date", "filepicker": "file"}
_TEXTS = ("label", "description", "text", "title", "content", "placeholder", "prefix", "suffix")


@dataclass(frozen=True)
class FormField:
    """One asked value. `of_card`: the key without `card.` is a field of the card."""

    key: str
    spec: FieldSpec
    of_card: bool
    required: bool
    readonly: bool
    hide: str = ""
    default: Any = None
    truth: bool = False  # a tick: yes or no

    @property
    def card_field(self) -> str:
        return self.key.removeprefix(CARD)


@dataclass(frozen=True)
class Answers:
    """
    What a form's values come to: the card's fields as typed (the card's own use case parses them again, and makes a new
    party) and as they will be kept, and variables.
    """

    card: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


def fields_of(form: Mapping[str, Any], card_fields: Mapping[str, FieldSpec]) -> tuple[FormField, ...]:
    """The fields a form asks, in order; a key of a card field the card has not is left out (`chancery check` finds it)."""
    found = (_field(component, card_fields) for component in _components(form))
    return tuple(one for one in found if one is not None)


def read_values(
    fields: tuple[FormField, ...],
    values: Mapping[str, Any],
    around: Around,
    facts: Mapping[str, Any],
    *,
    check_required: bool = True,
) -> tuple[Answers, Wrong]:
    """
    The typed *values* in kept forms and everything wrong with them by key. *facts* are what conditions may read beside
    the values themselves. A key that was not sent changes nothing, unless it is required and empty in *facts* too.
    """
    known = {one.key: one for one in fields}
    wrong: Wrong = {key: ("field-not-in-form", {}) for key in values if key not in known}
    card: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    shown = _facts_with(values, facts)
    for one in fields:
        if one.readonly or (one.hide and _true(one.hide, shown)):
            continue
        try:
            sent, value = one.key in values, _kept(one, values.get(one.key), around)
        except FieldError as error:
            wrong |= error.beside(one.key)
            continue
        stands = value if sent else _look(facts, one.key)
        if one.required and check_required and (stands in (None, "", []) or (one.truth and stands is False)):
            wrong[one.key] = ("required", {})
        elif sent and one.of_card:
            card[one.card_field], kept[one.card_field] = values[one.key], value
        elif sent:
            variables[one.key] = value
    return Answers(card, kept, variables), wrong


def schema_for(form: Mapping[str, Any], fields: tuple[FormField, ...], around: Around) -> dict[str, Any]:
    """The form as its reader's browser gets it: card fields filled in, every text said in the reader's language."""
    known = {one.key: one for one in fields}
    return _said(form, around) | {"components": [_component(raw, known, around) for raw in form.get("components", [])]}


def initial_values(
    fields: tuple[FormField, ...], kept: Mapping[str, Any], variables: Mapping[str, Any], around: Around
) -> dict[str, Any]:
    """What the fields show at first: the card's values, the variables, else the form's defaults."""
    shown = {}
    for one in fields:
        value = kept.get(one.card_field) if one.of_card else variables.get(one.key)
        shown[one.key] = one.default if value is None else _typed(one, value, around)
    return shown


def _components(form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for component in form.get("components", []):
        if isinstance(component, Mapping):
            yield component
            yield from _components(component)


def _field(raw: Mapping[str, Any], card_fields: Mapping[str, FieldSpec]) -> FormField | None:
    key = str(raw.get("key") or "")
    rules = raw.get("validate") or {}
    truth = raw.get("type") == "checkbox"
    spec = card_fields.get(key.removeprefix(CARD)) if key.startswith(CARD) else _variable(key, raw, truth)
    if not key or spec is None:
        return None
    return FormField(
        key=key,
        spec=spec,
        of_card=key.startswith(CARD),
        required=bool(rules.get("required")) or (key.startswith(CARD) and spec.required),
        readonly=bool(raw.get("readonly") or raw.get("disabled")) or TYPES[spec.type].read_only,
        hide=str((raw.get("conditional") or {}).get("hide") or ""),
        default=raw.get("defaultValue"),
        truth=truth,
    )


def _variable(key: str, raw: Mapping[str, Any], truth: bool) -> FieldSpec | None:
    type_ = "text" if truth else _COMPONENT_TYPES.get(str(raw.get("type")))
    if type_ is None:
        return None
    rules = raw.get("validate") or {}
    return FieldSpec(
        key=key,
        type=type_,
        multiline=raw.get("type") == "textarea",
        most=rules.get("maxLength") or rules.get("max"),
        least=rules.get("minLength") or rules.get("min"),
        options=tuple(str(option["value"]) for option in raw.get("values") or () if "value" in option),
        directory=raw.get("directory"),
        leaf=bool(raw.get("leaf")),
        group=raw.get("group"),
        kind=raw.get("fileClass") or raw.get("kind"),
        many=bool(raw.get("multiple")) or raw.get("type") in {"checklist", "taglist"},
        currencies=(str(raw["currency"]),) if raw.get("currency") else (),
        label=str(raw.get("label") or key).removeprefix("$"),
    )


def _kept(one: FormField, typed: Any, around: Around) -> Any:
    if one.truth:
        return typed in (True, "true", "on", "1")
    if one.spec.type == "party" and one.of_card and isinstance(typed, Mapping) and not typed.get("ref"):
        return typed if any(typed.values()) else None  # a new party: the card's use case makes it
    return TYPES[one.spec.type].parse(typed, one.spec, around)


def _typed(one: FormField, value: Any, around: Around) -> Any:
    if one.truth:
        return bool(value)
    return TYPES[one.spec.type].typed_value(value, one.spec, around)


def _component(raw: Mapping[str, Any], known: Mapping[str, FormField], around: Around) -> dict[str, Any]:
    said = _said(raw, around)
    one = known.get(str(raw.get("key") or ""))
    if one is not None and one.of_card:
        own = TYPES[one.spec.type].form(one.spec, around)
        rules = (own.get("validate") or {}) | (raw.get("validate") or {}) | {"required": False}
        said = own | {name: value for name, value in said.items() if name not in ("validate", "values")}
        said["validate"] = rules | ({"required": True} if one.required else {})
    elif one is not None:
        details = TYPES[one.spec.type].form_details(one.spec, around) if not one.truth else {}
        said = {name: value for name, value in details.items() if name != "values"} | said
    if "components" in raw:
        said["components"] = [_component(inner, known, around) for inner in raw["components"]]
    return said


def _said(raw: Mapping[str, Any], around: Around) -> dict[str, Any]:
    said = dict(raw)
    for name in _TEXTS:
        if isinstance(said.get(name), str):
            said[name] = _say(said[name], around)
    if isinstance(raw.get("values"), list):
        said["values"] = [option | {"label": _say(str(option.get("label", "")), around)} for option in raw["values"]]
    return said


def _say(text: str, around: Around) -> str:
    return around.label(text[1:]) if text.startswith("$") else text


def _facts_with(values: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    card = dict(facts.get("card") or {})
    card.update({key.removeprefix(CARD): value for key, value in values.items() if key.startswith(CARD)})
    own = {key: value for key, value in values.items() if not key.startswith(CARD)}
    return {**facts, **own, "card": card}


def _look(facts: Mapping[str, Any], key: str) -> Any:
    return (facts.get("card") or {}).get(key.removeprefix(CARD)) if key.startswith(CARD) else facts.get(key)


@lru_cache(512)
def _compiled(text: str) -> Any:
    return compile_expression(text)


def _true(text: str, facts: Mapping[str, Any]) -> bool:
    """A condition that cannot be evaluated hides nothing: the field is asked and checked."""
    try:
        return _compiled(text).evaluate(facts) is True
    except (FeelSyntaxError, FeelLimitError, TypeError, KeyError):
        return False
