"""The reading of a card type file, with everything wrong in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.findings import Finding, rule
from services.fields import TYPES, FieldSpec
from services.registration.masks import PARTS, Journal, MaskError, read_journal
from services.solutions.card_type import (
    CATEGORIES,
    EVERYBODY,
    KEY,
    RIGHTS,
    WHO,
    AccessRule,
    Basis,
    CardTemplate,
    CardTypeFile,
    Duplicate,
    FileClass,
    Group,
    Mapped,
    State,
    Tab,
    Transition,
    View,
)
from services.solutions.check_card_type import Reading, check_card_type, once

NO_CODE = rule(
    "card-type-code", "The card type has no usable `type` ({value}).", "Give it small Latin letters, digits, _."
)
BAD_KEY = rule("card-key-bad", "{what} «{key}» is not a usable key.", "Use small Latin letters, digits and _.")
UNKNOWN_TYPE = rule(
    "field-type-unknown", "Field «{key}» has the type «{type}», which does not exist.", "Types: {known}."
)
UNKNOWN_OPTION = rule("card-word-unknown", "«{word}» is not known in {place}.", "Known words: {known}.")
NO_OPTIONS = rule("field-options-missing", "Choice «{key}» lists no options.", 'Add options = ["…"].')
NO_DIRECTORY = rule("field-directory-missing", "Field «{key}» names no directory.", 'Add directory = "…".')
NO_COLUMNS = rule("table-columns-missing", "Table «{key}» has no columns.", "Add [[field.column]] below it.")
NOT_A_TABLE = rule("column-outside-table", "Field «{key}» has columns and is no table.", 'Say type = "table".')
NOT_A_COLUMN = rule("column-type", "Column «{key}» has the type «{type}», which no table takes.", "Types: {known}.")
NO_TOTAL = rule("column-total", "Column «{key}» has a total; a {type} cannot be summed up.", "Remove total.")
NO_RESULT = rule("computed-result", "Computed «{key}» says result «{result}».", "Say what the formula gives: {known}.")
BAD_CATEGORY = rule("card-state-category", "State «{state}» has the category «{category}».", "Categories: {known}.")
BAD_WHO = rule(
    "card-who-unknown",
    "{place} names «{who}».",
    "Say role:<group>, relation:author|executor|participant|approver|signer|registrar|unit, relation:unit:<group>, "
    "relation:head:unit|author|executor, relation:field:<key>, party, "
    "machine or *.",
)
BAD_RIGHT = rule("card-right-unknown", "{place} gives the right «{right}».", "Rights: {known}.")
RIGHT_ELSEWHERE = rule(
    "card-right-elsewhere",
    "{place} gives the right «{right}», which an access does not give.",
    "Say who presses a button in `who` of its [[transition]], who makes cards in [roles] of solution.toml (create:<type>).",
)
IDLE_WHO = rule(
    "card-who-idle",
    "{place} names «{who}», which gives nothing there.",
    "A customer presses no button of a card: name people, or machine for the route. A field required of everybody says "
    "required or required_in alone.",
)
BAD_MASK = rule(
    "journal-mask", "The mask «{mask}» cannot be used: {reason}.", "A mask needs {{seq}} and knows {known}."
)


def read_card_type(raw: Mapping[str, Any], path: str = "") -> tuple[CardTypeFile | None, list[Finding]]:
    """The card type in a parsed TOML file with its findings; None when it is too broken to speak of."""
    reading = Reading(path)
    code = str(raw.get("type", ""))
    if not KEY.match(code):
        reading.say(NO_CODE, value=code)
        return None, reading.findings
    _words(raw, _TOP, "the card type", reading)
    made = CardTypeFile(
        code=code,
        title=str(raw.get("title", f"card.{code}.title")),
        caption=str(raw.get("caption", "{number}")),
        process=raw.get("process") or None,
        journal=_journal(raw.get("journal"), reading),
        party_field=raw.get("party_field"),
        unit_field=raw.get("unit_field"),
        executor_field=raw.get("executor_field"),
        due_field=raw.get("due_field"),
        reply_field=raw.get("reply_field"),
        reply_file_class=raw.get("reply_file_class"),
        reply_template=raw.get("reply_template"),
        card_template=raw.get("card_template"),
        tabs=tuple(_tab(one, reading) for one in _tables(raw, "tab")),
        groups=tuple(Group(str(one.get("id", "")), _texts(one.get("fields"))) for one in _tables(raw, "group")),
        fields=tuple(_field(one, code, reading) for one in _tables(raw, "field")),
        duplicates=tuple(_duplicate(one, reading) for one in _tables(raw, "duplicate")),
        mapping=tuple(_mapped(key, one, reading) for key, one in _mapping(raw, "mapping").items()),
        states=tuple(_state(one, reading) for one in _tables(raw, "state")),
        transitions=tuple(_transition(one, reading) for one in _tables(raw, "transition")),
        access=tuple(_access(one, reading) for one in _tables(raw, "access")),
        file_classes=tuple(_file_class(id, one, reading) for id, one in _mapping(raw, "file_class").items()),
        views=tuple(_view(id, one, reading) for id, one in _mapping(raw, "view").items()),
        templates=tuple(_template(id, one, reading) for id, one in _mapping(raw, "template").items()),
        bases=tuple(_basis(id, one, reading) for id, one in _mapping(raw, "basis").items()),
        solution=str(raw.get("solution", "")),
        version=int(raw.get("version", 0) or 0),
    )
    check_card_type(made, reading)
    return (made if made.states and made.fields else None), reading.findings


_TOP = frozenset(
    "type title caption process journal party_field unit_field executor_field due_field reply_field reply_file_class "  # noqa: SIM905
    "reply_template card_template tab group duplicate mapping field state transition access file_class view template "
    "basis solution version".split()
)
_FIELD = frozenset(
    "key type required required_in index filter sort personal multiline min max decimals options directory leaf group kind many "  # noqa: SIM905, E501
    "pattern currency column formula result default hidden_in readonly_in required_of unique".split()
)
_NOT_OF_COLUMNS = frozenset(
    "required_in index filter sort personal column default hidden_in readonly_in required_of unique".split()  # noqa: SIM905
)
_COLUMN = _FIELD - _NOT_OF_COLUMNS | {"total"}


def _field(raw: Mapping[str, Any], code: str, reading: Reading) -> FieldSpec:
    key, type_ = str(raw.get("key", "")), str(raw.get("type", ""))
    if not KEY.match(key):
        reading.say(BAD_KEY, key, what="Field", key=key)
    _words(raw, _FIELD, f"the field «{key}»", reading, key)
    _check_who(_texts(raw.get("required_of")), f"`required_of` of «{key}»", reading, key, idle=(EVERYBODY,))
    columns = tuple(_column(one, key, code, reading) for one in _tables(raw, "column"))
    once([f"{key}.{column.key}" for column in columns], "Column", reading)
    if type_ == "table" and not columns:
        reading.say(NO_COLUMNS, key, key=key)
    if type_ != "table" and columns:
        reading.say(NOT_A_TABLE, key, key=key, type=type_)
    return replace(_spec(raw, type_, key, reading), columns=columns, label=f"card.{code}.field.{key}")


def _column(raw: Mapping[str, Any], table: str, code: str, reading: Reading) -> FieldSpec:
    key, type_ = str(raw.get("key", "")), str(raw.get("type", ""))
    place = f"{table}.{key}"
    if not KEY.match(key):
        reading.say(BAD_KEY, place, what="Column", key=key)
    _words(raw, _COLUMN, f"the column «{place}»", reading, place)
    if type_ in TYPES and not TYPES[type_].in_tables:
        known = ", ".join(name for name, field in TYPES.items() if field.in_tables)
        reading.say(NOT_A_COLUMN, place, key=place, type=type_, known=known)
    made = _spec(raw, type_, place, reading)
    total = bool(raw.get("total", False))
    if total and TYPES[made.result or made.type].index_column(made) != "number":
        reading.say(NO_TOTAL, place, key=place, type=made.type)
        total = False
    return replace(made, key=key, total=total, label=f"card.{code}.column.{place}")


def _spec(raw: Mapping[str, Any], type_: str, place: str, reading: Reading) -> FieldSpec:
    if type_ not in TYPES:
        reading.say(UNKNOWN_TYPE, place, key=place, type=type_, known=", ".join(TYPES))
    result = str(raw.get("result", ""))
    shape = result if type_ == "computed" else type_
    if shape == "choice" and not raw.get("options"):
        reading.say(NO_OPTIONS, place, key=place)
    if shape == "directory" and not raw.get("directory"):
        reading.say(NO_DIRECTORY, place, key=place)
    if type_ == "computed" and not (result in TYPES and TYPES[result].computable):
        known = ", ".join(name for name, field in TYPES.items() if field.computable)
        reading.say(NO_RESULT, place, key=place, result=result, known=known)
        result = "text"
    return FieldSpec(
        key=place,
        type=type_ if type_ in TYPES else "text",
        required=bool(raw.get("required", False)),
        required_in=_texts(raw.get("required_in")),
        filter=bool(raw.get("filter", raw.get("index", False))),
        sort=bool(raw.get("sort", raw.get("index", False))),
        personal=raw.get("personal"),
        multiline=bool(raw.get("multiline", False)),
        least=raw.get("min"),
        most=raw.get("max"),
        decimals=raw.get("decimals"),
        pattern=raw.get("pattern"),
        options=_texts(raw.get("options")),
        directory=raw.get("directory"),
        leaf=bool(raw.get("leaf", False)),
        group=raw.get("group"),
        kind=raw.get("kind"),
        many=bool(raw.get("many", False)),
        currencies=_texts(raw.get("currency")),
        formula=str(raw.get("formula", "")),
        result=result if type_ == "computed" else "",
        default=raw.get("default"),
        hidden_in=_texts(raw.get("hidden_in")),
        readonly_in=_texts(raw.get("readonly_in")),
        required_of=_texts(raw.get("required_of")),
        unique=bool(raw.get("unique", False)),
        unique_within=raw["unique"] if isinstance(raw.get("unique"), str) else None,
    )


def _tab(raw: Mapping[str, Any], reading: Reading) -> Tab:
    id = str(raw.get("id", ""))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="Tab", key=id)
    _words(raw, frozenset({"id", "groups"}), f"the tab «{id}»", reading, id)
    return Tab(id, _texts(raw.get("groups")))


def _duplicate(raw: Mapping[str, Any], reading: Reading) -> Duplicate:
    _words(raw, frozenset({"fields", "days"}), "a [[duplicate]]", reading)
    days = raw.get("days")
    return Duplicate(_texts(raw.get("fields")), days if isinstance(days, int) and days > 0 else None)


def _mapped(key: str, raw: Mapping[str, Any], reading: Reading) -> Mapped:
    _words(raw, frozenset({"to", "drop", "values", "otherwise"}), f"[mapping] of «{key}»", reading, key)
    values = raw.get("values", {})
    return Mapped(
        key=key,
        to=str(raw["to"]) if "to" in raw else None,
        drop=raw.get("drop") is True,
        values=dict(values) if isinstance(values, Mapping) else {},
        otherwise=raw.get("otherwise") or None,
        says_otherwise="otherwise" in raw,
    )


def _state(raw: Mapping[str, Any], reading: Reading) -> State:
    id, category = str(raw.get("id", "")), str(raw.get("category", "active"))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="State", key=id)
    if category not in CATEGORIES:
        reading.say(BAD_CATEGORY, id, state=id, category=category, known=", ".join(CATEGORIES))
    _words(raw, frozenset({"id", "category", "color", "step"}), f"the state «{id}»", reading, id)
    return State(id, category, str(raw.get("color", "")), bool(raw.get("step", True)))


def _transition(raw: Mapping[str, Any], reading: Reading) -> Transition:
    id = str(raw.get("id", ""))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="Transition", key=id)
    known = frozenset({"id", "from", "to", "requires", "requires_file", "who", "guard", "asks", "starts"})
    _words(raw, known, f"the transition «{id}»", reading, id)
    who = _texts(raw.get("who"))
    _check_who(who, f"The transition «{id}»", reading, id, idle=("party",))
    return Transition(
        id=id,
        sources=_texts(raw.get("from")),
        target=str(raw.get("to", "")),
        requires=_texts(raw.get("requires")),
        requires_file=_texts(raw.get("requires_file")),
        who=who,
        guard=str(raw.get("guard", "")),
        asks=_texts(raw.get("asks")),
        starts=str(raw.get("starts", "")),
    )


def _access(raw: Mapping[str, Any], reading: Reading) -> AccessRule:
    who, may = str(raw.get("who", "")), _texts(raw.get("may"))
    _words(
        raw, frozenset({"who", "states", "may", "fields", "sees", "sees_not"}), f"the access of «{who}»", reading, who
    )
    _check_who((who,), "An [[access]]", reading, who)
    for right in may:
        if right == "move" or right.startswith("create"):
            reading.say(RIGHT_ELSEWHERE, who, place=f"The access of «{who}»", right=right)
        elif right not in RIGHTS:
            reading.say(BAD_RIGHT, who, place=f"The access of «{who}»", right=right, known=", ".join(RIGHTS))
    return AccessRule(
        who=who,
        states=_texts(raw.get("states")) or ("*",),
        may=may,
        fields=_texts(raw.get("fields")),
        sees=_texts(raw.get("sees")),
        sees_not=_texts(raw.get("sees_not")),
    )


def _file_class(id: str, raw: Mapping[str, Any], reading: Reading) -> FileClass:
    _words(raw, frozenset({"see", "add", "delete"}), f"the file class «{id}»", reading, id)
    made = FileClass(id, _texts(raw.get("see")), _texts(raw.get("add")), _texts(raw.get("delete")))
    _check_who((*made.see, *made.add, *made.delete), f"The file class «{id}»", reading, id)
    return made


def _view(id: str, raw: Mapping[str, Any], reading: Reading) -> View:
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="View", key=id)
    _words(raw, frozenset({"columns", "filter", "sort"}), f"the view «{id}»", reading, id)
    wanted = raw.get("filter", {})
    return View(
        id=id,
        columns=_texts(raw.get("columns")),
        filter={str(key): _texts(value) for key, value in wanted.items()} if isinstance(wanted, Mapping) else {},
        sort=str(raw.get("sort", "-id")),
    )


def _template(id: str, raw: Mapping[str, Any], reading: Reading) -> CardTemplate:
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="Template", key=id)
    _words(raw, frozenset({"values"}), f"the template «{id}»", reading, id)
    values = raw.get("values", {})
    return CardTemplate(id, dict(values) if isinstance(values, Mapping) else {})


def _basis(source: str, raw: Mapping[str, Any], reading: Reading) -> Basis:
    _words(raw, frozenset({"fields", "link"}), f"the basis «{source}»", reading, source)
    fields = raw.get("fields", {})
    taken = {str(key): str(value) for key, value in fields.items()} if isinstance(fields, Mapping) else {}
    return Basis(source, taken, str(raw.get("link", "basis")))


def _check_who(whos: tuple[str, ...], place: str, reading: Reading, element: str, idle: tuple[str, ...] = ()) -> None:
    for who in whos:
        if not WHO.match(who):
            reading.say(BAD_WHO, element, place=place, who=who)
        elif who in idle:
            reading.say(IDLE_WHO, element, place=place, who=who)


def _journal(raw: Any, reading: Reading) -> Journal | None:
    if not isinstance(raw, Mapping):
        return None
    try:
        return read_journal(raw)
    except MaskError as error:
        known = " ".join(f"{{{part}}}" for part in PARTS)
        reading.say(BAD_MASK, "journal", mask=str(raw.get("mask", "")), reason=str(error), known=known)
        return None


def _words(
    raw: Mapping[str, Any], known: frozenset[str], place: str, reading: Reading, element: str | None = None
) -> None:
    for word in raw:
        if word not in known:
            reading.say(UNKNOWN_OPTION, element, word=word, place=place, known=", ".join(sorted(known)))


def _tables(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = raw.get(name, [])
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _mapping(raw: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    found = raw.get(name, {})
    return {str(id): one for id, one in found.items() if isinstance(one, Mapping)} if isinstance(found, Mapping) else {}


def _texts(raw: Any) -> tuple[str, ...]:
    if raw is None:
        return ()
    return tuple(str(one) for one in (raw if isinstance(raw, list) else [raw]))
