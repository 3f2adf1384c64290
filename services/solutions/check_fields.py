"""What can be wrong with the fields of a card type beyond its words: limits, patterns, currencies, formulas. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.feel import FeelLimitError, FeelSyntaxError
from engine.feel.inference import kind_of_node
from engine.feel.regexes import matches
from engine.feel.run import Null
from engine.findings import Finding, rule
from services.fields import TYPES, FieldSpec
from services.fields.date import is_day_limit
from services.fields.money import is_currency
from services.privacy.personal import CLASSES
from services.solutions.card_type import CardTypeFile
from services.solutions.formulas import CARD, OWN, ROW, CycleError, compiled, field_of, in_order, reads

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
