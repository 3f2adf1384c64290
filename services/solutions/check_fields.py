"""What can be wrong with the fields of a card type beyond its words: limits, patterns, currencies, formulas. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.feel import FeelLimitError, FeelSyntaxError
from engine.feel.inference import kind_of_node
from engine.feel.regexes import matches
from engine.feel.run import Null
from engine.findings import Finding, rule
from services.fields import TYPES, FieldSpec
from services.fields.alone import ALONE
from services.fields.date import is_day_limit
from services.fields.money import is_currency
from services.privacy.personal import CLASSES
from services.solutions.card_type import CardTypeFile, Mapped, Transition
from services.solutions.formulas import (
    CARD,
    OWN,
    ROW,
    USER,
    CycleError,
    compiled,
    default_of,
    field_of,
    in_order,
    is_formula,
    reads,
    usable,
)

BAD_LIMIT = rule(
    "field-limit",
    "«{key}» says {word} = {value}, which a {type} cannot have.",
    "Days are written like 2026-01-31 or today, amounts as numbers, counts as whole numbers; other types have no limits.",
)
LIMITS_CROSSED = rule("field-limits-crossed", "«{key}»: min is above max.", "Exchange or correct them.")
BAD_PATTERN = rule("field-pattern", "The pattern of «{key}» cannot be used: {reason}.", "Correct the pattern.")
NO_PATTERN = rule("field-pattern-place", "«{key}» is a {type} and has a pattern.", "Patterns are for texts: remove it.")
BAD_CURRENCY = rule("field-currency", "«{key}» names the currency «{currency}».", "Use a code of ISO 4217, or IRT.")
BAD_CLASS = rule("field-personal-class", "«{key}» has the personal class «{personal}».", "Classes: {known}.")
BAD_FORMULA = rule("formula-broken", "The formula of «{key}» cannot be read: {reason}.", "Mend the expression.")
FORMULA_NAME = rule(
    "formula-name-unknown",
    "The formula of «{key}» reads «{name}», which is not there.",
    "Read card.<field>, in a column also row.<column>.",
)
FORMULA_WHOLE = rule(
    "formula-reads-whole",
    "The formula of «{key}» reads «{name}» as a whole, so its order cannot be known.",
    "Name the fields: {name}.<field>.",
)
FORMULA_CIRCLE = rule("formula-circle", "These are computed from each other: {circle}.", "Break the circle.")
FORMULA_RESULT = rule(
    "formula-result",
    "The formula of «{key}» gives a {kind}; its result is {result}.",
    "Correct the formula or `result`.",
)
COMPUTED_REQUIRED = rule(
    "computed-required", "«{key}» is computed; nobody can fill it in.", "Remove required and required_in."
)
COMPUTED_PERSONAL = rule(
    "computed-personal",
    "«{key}» is computed from the personal field «{source}» and would show it.",
    "Give it a personal class too.",
)
BAD_DEFAULT = rule(
    "field-default",
    "The default of «{key}» ({value}) cannot be a {type}.",
    "Write it as somebody would type it, or = and FEEL.",
)
DEFAULT_NAME = rule(
    "field-default-name", "The default of «{key}» reads «{name}».", "A default reads today(), now() and user.{known}."
)
NO_DEFAULT = rule("field-default-place", "«{key}» is a {type} and has a default.", "Remove the default.")
HIDDEN_REQUIRED = rule(
    "field-hidden-required",
    "«{key}» may not be empty in the state «{state}» and stands there in {how}.",
    "Ask for it in an earlier state, or leave one of the two out.",
)
REQUIRED_OF = rule(
    "field-required-of", "«{key}» says of whom it is required, but not where.", "Add required = true or required_in."
)
NOT_UNIQUE = rule("field-unique", "«{key}» cannot be unique: it is {what}.", "Remove unique.")
ASKS_COMPUTED = rule(
    "transition-asks", "The transition «{transition}» asks for «{key}», which is computed.", "Ask for another field."
)
BAD_GUARD = rule(
    "guard-broken", "The guard of the transition «{transition}» cannot be read: {reason}.", "Mend the expression."
)
GUARD_NAME = rule(
    "guard-name-unknown",
    "The guard of the transition «{transition}» reads «{name}», which is not there.",
    "Read card.<field>.",
)
DUPLICATE_UNFLAGGED = rule(
    "duplicate-not-indexed",
    "A [[duplicate]] looks by «{key}», which is not in the index.",
    "Add index = true to the field, or leave it out of the rule.",
)
MAPPING_FIELD = rule(
    "mapping-target", "[mapping] leads «{key}» to «{to}», which the card has not.", "Name a field, or say drop = true."
)
MAPPING_OTHERWISE = rule(
    "mapping-otherwise",
    "[mapping] of «{key}» does not say what becomes of values that fit nothing.",
    'Add otherwise = "…" (empty text: nothing).',
)
MAPPING_VALUE = rule(
    "mapping-value",
    "[mapping] of «{key}» gives «{value}», which its type «{type}» does not take.",
    "Correct the value.",
)
_KINDS: Mapping[str, str] = {
    "number": "number",
    "money": "number",
    "date": "date",
    "moment": "date and time",
    "yes_no": "boolean",
}
_COUNTED = frozenset({"text", "rich", "file", "table"})


def check_fields(path: str, made: CardTypeFile) -> Iterator[Finding]:
    """The findings about the fields and columns of one card type."""

    def say(broken: Any, element: str, **params: Any) -> Finding:
        return Finding(broken, file=path, element=element, params=params)

    for place, spec in places(made):
        yield from _limits(place, spec, say)
        yield from _pattern(place, spec, say)
        for code in spec.currencies:
            if not is_currency(code):
                yield say(BAD_CURRENCY, place, key=place, currency=code)
        if spec.personal is not None and spec.personal not in CLASSES:
            yield say(BAD_CLASS, place, key=place, personal=spec.personal, known=", ".join(CLASSES))
        if spec.type == "computed":
            yield from _formula(made, place, spec, say)
        yield from _unique(place, spec, say)
        yield from _by_state(made, place, spec, say)
        if spec.default is not None:
            yield from _default(place, spec, say)
    for template in made.templates:
        given = [(made.by_key[key], value) for key, value in template.values.items() if key in made.by_key]
        for spec, value in given:
            yield from _default(spec.key, replace(spec, default=value), say)
    for transition in made.transitions:
        for key in transition.asks:
            if key in made.by_key and TYPES[made.by_key[key].type].read_only:
                yield say(ASKS_COMPUTED, transition.id, transition=transition.id, key=key)
        if transition.guard:
            yield from _guard(made, transition, say)
    for key in sorted({key for one in made.duplicates for key in one.fields if key in made.by_key}):
        if not made.by_key[key].index and made.by_key[key].type != "party":
            yield say(DUPLICATE_UNFLAGGED, key, key=key)
    for rule_ in made.mapping:
        yield from _mapping(made, rule_, say)
    try:
        in_order(made.fields)
    except CycleError as error:
        circle = [".".join(part for part in place if part) for place in error.args[1]]
        yield say(FORMULA_CIRCLE, circle[0], circle=" → ".join(circle))


def places(made: CardTypeFile) -> Iterator[tuple[str, FieldSpec]]:
    """Every field, and every column as `<table>.<column>`."""
    for spec in made.fields:
        yield spec.key, spec
        yield from ((f"{spec.key}.{column.key}", column) for column in spec.columns)


def _unique(place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    if not spec.unique:
        return
    if spec.many:
        yield say(NOT_UNIQUE, place, key=place, what="many")
    elif spec.type in {"rich", "file", "table", "yes_no", "period"}:
        yield say(NOT_UNIQUE, place, key=place, what=spec.type)


def _by_state(made: CardTypeFile, place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    """Somebody must be able to fill in what may not be empty: in the first state at once, in others before it."""
    if spec.required_of and not (spec.required or spec.required_in):
        yield say(REQUIRED_OF, place, key=place)
    if "." in place or not made.states:
        return
    for how, states in (("hidden_in", spec.hidden_in), ("readonly_in", spec.readonly_in)):
        for state in states:
            wanted = state in spec.required_in or spec.required
            fillable = state != made.first_state or spec.default is not None
            if wanted and not (how == "readonly_in" and fillable):
                yield say(HIDDEN_REQUIRED, place, key=place, how=how, state=state)


def _default(place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    if TYPES[spec.type].read_only or spec.type in {"file", "table", "party"}:
        yield say(NO_DEFAULT, place, key=place, type=spec.type)
        return
    wrong = say(BAD_DEFAULT, place, key=place, value=str(spec.default)[:100], type=spec.type)
    if not is_formula(spec.default):
        if spec.type not in {"person", "unit", "directory"} and default_of(spec, {}, ALONE) is None:
            yield wrong
        return
    expression = usable(spec.default)
    if expression is None:
        yield wrong
        return
    for name in sorted(expression.certain_names - {"user"}):
        yield say(DEFAULT_NAME, place, key=place, name=name, known=", user.".join(USER))
    kind, wanted = kind_of_node(expression.node, {}), _KINDS.get(spec.type)
    if kind is not None and wanted is not None and kind != wanted:
        yield wrong


def _guard(made: CardTypeFile, transition: Transition, say: Any) -> Iterator[Finding]:
    try:
        read = reads(compiled(transition.guard))
    except (FeelSyntaxError, FeelLimitError) as error:
        yield say(BAD_GUARD, transition.id, transition=transition.id, reason=str(error)[:200])
        return
    names = {*read.others, *({ROW} if read.row or ROW in read.whole else ())}
    names |= {f"card.{name}" for name in read.card if name not in OWN and field_of(name, made.by_key) is None}
    for name in sorted(names):
        yield say(GUARD_NAME, transition.id, transition=transition.id, name=name)


def _mapping(made: CardTypeFile, rule_: Mapped, say: Any) -> Iterator[Finding]:
    table, _, column = rule_.key.partition(".")
    target = rule_.to or column or table
    if column:
        owner = made.by_key.get(table)
        spec = next((one for one in owner.columns if one.key == target), None) if owner is not None else None
    else:
        spec = made.by_key.get(target)
    if rule_.drop:
        return
    if spec is None:
        yield say(MAPPING_FIELD, rule_.key, key=rule_.key, to=target)
        return
    given = [*rule_.values.values(), *([rule_.otherwise] if rule_.otherwise is not None else [])]
    for value in given:
        if (
            spec.type not in {"person", "unit", "directory", "party"}
            and default_of(replace(spec, default=value, many=False), {}, ALONE) is None
        ):
            yield say(MAPPING_VALUE, rule_.key, key=rule_.key, value=str(value)[:100], type=spec.type)
    if rule_.values and not rule_.says_otherwise:
        yield say(MAPPING_OTHERWISE, rule_.key, key=rule_.key)


def _limits(place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    for word, value in (("min", spec.least), ("max", spec.most)):
        if value is not None and not _limit_fits(spec, value):
            yield say(BAD_LIMIT, place, key=place, word=word, value=value, type=spec.type)
            return
    if spec.decimals is not None and not (isinstance(spec.decimals, int) and 0 <= spec.decimals <= 6):
        yield say(BAD_LIMIT, place, key=place, word="decimals", value=spec.decimals, type=spec.type)
    if spec.least is not None and spec.most is not None and _above(spec.least, spec.most):
        yield say(LIMITS_CROSSED, place, key=place)


def _limit_fits(spec: FieldSpec, value: Any) -> bool:
    if spec.type in {"date", "moment", "period"}:
        return is_day_limit(value)
    if isinstance(value, bool):
        return False
    if spec.type in _COUNTED or spec.many:
        return isinstance(value, int) and value >= 0
    return spec.type in {"number", "money"} and isinstance(value, int | float)


def _above(least: Any, most: Any) -> bool:
    return type(least) is type(most) and least != "today" and most != "today" and least > most


def _pattern(place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    if spec.pattern is None:
        return
    if spec.type != "text":
        yield say(NO_PATTERN, place, key=place, type=spec.type)
        return
    try:
        matches("", f"^({spec.pattern})$", "")
    except (Null, FeelLimitError, ValueError) as error:
        yield say(BAD_PATTERN, place, key=place, reason=str(error)[:200])


def _formula(made: CardTypeFile, place: str, spec: FieldSpec, say: Any) -> Iterator[Finding]:
    if spec.required or spec.required_in:
        yield say(COMPUTED_REQUIRED, place, key=place)
    try:
        expression = compiled(spec.formula)
    except (FeelSyntaxError, FeelLimitError) as error:
        yield say(BAD_FORMULA, place, key=place, reason=str(error)[:200])
        return
    read, table = reads(expression), made.by_key.get(place.partition(".")[0]) if "." in place else None
    columns = [column.key for column in table.columns] if table else []
    roots = {CARD} | ({ROW} if table else set())
    unknown = {name for name in read.others | ({ROW} if read.row and not table else set()) if name not in roots}
    unknown |= {f"card.{name}" for name in read.card if name not in OWN and field_of(name, made.by_key) is None}
    unknown |= {f"row.{name}" for name in read.row if table and field_of(name, columns) is None}
    for name in sorted(unknown):
        yield say(FORMULA_NAME, place, key=place, name=name)
    for name in sorted(read.whole & roots):
        yield say(FORMULA_WHOLE, place, key=place, name=name)
    kind, wanted = kind_of_node(expression.node, {}), _KINDS.get(spec.result)
    if kind is not None and wanted is not None and kind != wanted:
        yield say(FORMULA_RESULT, place, key=place, kind=kind, result=spec.result)
    owner = table or spec
    sources = {key for name in read.card if (key := field_of(name, made.by_key))}
    for source in sorted(sources):
        if made.by_key[source].personal and not owner.personal and TYPES[made.by_key[source].type].name != "party":
            yield say(COMPUTED_PERSONAL, place, key=place, source=source)
