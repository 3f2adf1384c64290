"""A card type as its file describes it, and the reading of that file with everything wrong in it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from engine.findings import Finding, Rule, rule
from services.cards.models import KEYS, NORMS
from services.fields import TYPES, FieldSpec
from services.registration.masks import PARTS, Journal, MaskError, read_journal
from services.solutions.formulas import CycleError, Formula, in_order

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
CATEGORIES = ("draft", "active", "paused", "done", "rejected", "archived")
RIGHTS = ("see", "edit", "files", "register", "move", "link")
WHO = re.compile(
    r"(role:[a-z][a-z0-9_-]*|relation:(author|executor|participant|approver|signer|registrar|unit|field:[a-z][a-z0-9_]*)"
    r"|party|machine|\*)\Z"
)

NO_CODE = rule(
    "card-type-code", "The card type has no usable `type` ({value}).", "Give it small Latin letters, digits, _."
)
NO_FIELDS = rule("card-type-empty", "The card type declares no {what}.", "Add at least one [[{what}]].")
BAD_KEY = rule("card-key-bad", "{what} «{key}» is not a usable key.", "Use small Latin letters, digits and _.")
TWICE = rule("card-key-twice", "{what} «{key}» is declared twice.", "Remove or rename one of them.")
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
NOT_A_FIELD = rule(
    "card-field-unknown",
    "{place} names the field «{key}», which the card has not.",
    "Declare [[field]] {key} or correct the name.",
)
NOT_A_GROUP = rule(
    "card-group-unknown", "A tab names the group «{group}», which the card has not.", "Declare [[group]] {group}."
)
NOT_A_STATE = rule(
    "card-state-unknown",
    "{place} names the state «{state}», which the card has not.",
    "Declare [[state]] {state} or correct the name.",
)
BAD_CATEGORY = rule("card-state-category", "State «{state}» has the category «{category}».", "Categories: {known}.")
BAD_WHO = rule(
    "card-who-unknown",
    "{place} names «{who}».",
    "Say role:<group>, relation:author|executor|participant|approver|signer|registrar|unit, relation:field:<key>, party, "
    "machine or *.",
)
BAD_RIGHT = rule("card-right-unknown", "{place} gives the right «{right}».", "Rights: {known}.")
BAD_MASK = rule(
    "journal-mask", "The mask «{mask}» cannot be used: {reason}.", "A mask needs {{seq}} and knows {known}."
)
NOT_A_CLASS = rule(
    "card-file-class-unknown",
    "`reply_file_class` names the file class «{id}», which the card has not.",
    "Declare [file_class.{id}] or correct the name.",
)
NO_LETTER = rule(
    "card-reply-template",
    "`reply_file_class` without `{lacking}`: nothing tells what a draft of the reply is printed from.",
    'Add {lacking} = "…".',
)
HIDDEN_CAPTION = rule(
    "card-caption-hidden",
    "The caption shows «{key}» to everybody who sees the card; the access of «{who}» does not.",
    "Take the field out of the caption or let everybody see it.",
)
NOT_A_RELATION = rule(
    "card-relation-field",
    "relation:field:{key} names no person and no unit field of the card.",
    "Name a field of the type person or unit.",
)
NOT_IN_VIEW = rule(
    "view-field-not-flagged",
    "The view «{view}» names «{key}» in {what}, which is not flagged for it.",
    "Give the field index, filter or sort, or take it out of the view.",
)
NOT_FLAGGED = rule(
    "field-not-filterable",
    "Lists cannot be filtered or sorted by «{key}»: {type} has no place in the card index.",
    "Take away index, filter and sort; or make it a field of one line, not personal.",
)
INDEX_FULL = rule(
    "card-index-full",
    "{count} fields are flagged {what}; a card type has room for {most}.",
    "Take index, filter or sort from those nobody asks for.",
)
UNREACHABLE = rule(
    "card-state-unreachable",
    "No transition leads to the state «{state}».",
    "Add a transition or remove the state.",
    "warning",
)


@dataclass(frozen=True)
class Group:
    """Fields shown together; text key `card.<type>.group.<id>`."""

    id: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Tab:
    """Groups shown on one leaf of the card; text key `card.<type>.tab.<id>`."""

    id: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Duplicate:
    """Fields that together make a card look like another one of the last *days* (of any time when None)."""

    fields: tuple[str, ...]
    days: int | None = None


@dataclass(frozen=True)
class Mapped:
    """What becomes of a field of earlier versions: renamed, dropped, or its values turned into those of its new type."""

    key: str
    to: str | None = None
    drop: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Any = None
    says_otherwise: bool = False


@dataclass(frozen=True)
class State:
    """A state of the life cycle; text keys `card.<type>.state.<id>` and `card.<type>.client.<id>`."""

    id: str
    category: str
    color: str = ""
    step: bool = True  # shown in the stepper


@dataclass(frozen=True)
class Transition:
    """
    The only way from a state to another. `guard` is a FEEL condition over the card; `asks` are fields asked of whoever
    presses it, whether they are filled already or not.
    """

    id: str
    sources: tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    requires_file: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    guard: str = ""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessRule:
    """*who* may do what in which states; `fields` limits `edit`; `sees` and `sees_not` limit the fields shown by `see`."""

    who: str
    states: tuple[str, ...]
    may: tuple[str, ...]
    fields: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    sees_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileClass:
    """A kind of files of the card and who may do what with them."""

    id: str
    see: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A list made ready; text key `card.<type>.view.<id>`. `@me` and `@my_unit` in its filter mean whoever looks."""

    id: str
    columns: tuple[str, ...]
    filter: Mapping[str, tuple[str, ...]]
    sort: str = "-id"


OWN_COLUMNS = ("number", "title", "state", "due", "created", "registered")
OWN_FILTERS = ("state", "late", "words", "unit", "author", "executor")
OWN_SORTS = ("id", "due", "number", "title", "registered")


@dataclass(frozen=True)
class CardTypeFile:
    """Everything `cards/<type>.toml` says."""

    code: str
    title: str
    caption: str
    process: str | None
    journal: Journal | None
    party_field: str | None
    unit_field: str | None
    executor_field: str | None
    due_field: str | None
    reply_field: str | None
    reply_file_class: str | None  # a person's Word file of this class may be the reply instead of the text
    reply_template: str | None  # what its draft is printed from
    tabs: tuple[Tab, ...]
    groups: tuple[Group, ...]
    fields: tuple[FieldSpec, ...]
    duplicates: tuple[Duplicate, ...]
    mapping: tuple[Mapped, ...]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    access: tuple[AccessRule, ...]
    file_classes: tuple[FileClass, ...]
    views: tuple[View, ...] = ()
    solution: str = ""
    version: int = 0

    @cached_property
    def by_key(self) -> Mapping[str, FieldSpec]:
        return {spec.key: spec for spec in self.fields}

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """Computed fields and columns, each after what it reads; none when they go round in a circle."""
        try:
            return in_order(self.fields)
        except CycleError:
            return ()

    @property
    def first_state(self) -> str:
        return self.states[0].id

    def state(self, id: str) -> State | None:
        return next((state for state in self.states if state.id == id), None)

    def transition(self, id: str) -> Transition | None:
        return next((one for one in self.transitions if one.id == id), None)

    def file_class(self, id: str) -> FileClass | None:
        return next((one for one in self.file_classes if one.id == id), None)

    @cached_property
    def relation_fields(self) -> tuple[str, ...]:
        """The person and unit fields whose people and units stand in a relation to the card."""
        named = {who.removeprefix("relation:field:") for who in self.whos() if who.startswith("relation:field:")}
        return tuple(sorted(key for key in named if key in self.by_key))

    @property
    def access_depends_on(self) -> object:
        """What the rows of `card_access` follow from: cards are rewritten when a version differs in it."""
        return (self.access,)

    def roles(self) -> set[str]:
        """Every role the file names."""
        return {who.removeprefix("role:") for who in self.whos() if who.startswith("role:")}

    def whos(self) -> list[str]:
        """Everybody the file names: in access, transitions and file classes."""
        whos = [rule_.who for rule_ in self.access]
        whos += [who for one in self.transitions for who in one.who]
        return whos + [who for one in self.file_classes for who in (*one.see, *one.add, *one.delete)]


@dataclass
class _Reading:
    """What is wrong so far in one file."""

    path: str
    findings: list[Finding] = field(default_factory=list)

    def say(self, broken: Rule, element: str | None = None, **params: Any) -> None:
        self.findings.append(Finding(broken, file=self.path, element=element, params=params))


def read_card_type(raw: Mapping[str, Any], path: str = "") -> tuple[CardTypeFile | None, list[Finding]]:
    """The card type in a parsed TOML file with its findings; None when it is too broken to speak of."""
    reading = _Reading(path)
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
        solution=str(raw.get("solution", "")),
        version=int(raw.get("version", 0) or 0),
    )
    _whole(made, reading)
    return (made if made.states and made.fields else None), reading.findings


_TOP = frozenset(
    "type title caption process journal party_field unit_field executor_field due_field reply_field reply_file_class "  # noqa: SIM905
    "reply_template tab group duplicate mapping field state transition access file_class view solution version".split()
)
_FIELD = frozenset(
    "key type required required_in index filter sort personal multiline min max decimals options directory leaf group kind many "  # noqa: SIM905, E501
    "pattern currency column formula result default hidden_in readonly_in required_of unique".split()
)
_NOT_OF_COLUMNS = frozenset(
    "required_in index filter sort personal column default hidden_in readonly_in required_of unique".split()  # noqa: SIM905
)
_COLUMN = _FIELD - _NOT_OF_COLUMNS | {"total"}


def _field(raw: Mapping[str, Any], code: str, reading: _Reading) -> FieldSpec:
    key, type_ = str(raw.get("key", "")), str(raw.get("type", ""))
    if not KEY.match(key):
        reading.say(BAD_KEY, key, what="Field", key=key)
    _words(raw, _FIELD, f"the field «{key}»", reading, key)
    _check_who(_texts(raw.get("required_of")), f"`required_of` of «{key}»", reading, key)
    columns = tuple(_column(one, key, code, reading) for one in _tables(raw, "column"))
    _once([f"{key}.{column.key}" for column in columns], "Column", reading)
    if type_ == "table" and not columns:
        reading.say(NO_COLUMNS, key, key=key)
    if type_ != "table" and columns:
        reading.say(NOT_A_TABLE, key, key=key, type=type_)
    return replace(_spec(raw, type_, key, reading), columns=columns, label=f"card.{code}.field.{key}")


def _column(raw: Mapping[str, Any], table: str, code: str, reading: _Reading) -> FieldSpec:
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


def _spec(raw: Mapping[str, Any], type_: str, place: str, reading: _Reading) -> FieldSpec:
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


def _tab(raw: Mapping[str, Any], reading: _Reading) -> Tab:
    id = str(raw.get("id", ""))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="Tab", key=id)
    _words(raw, frozenset({"id", "groups"}), f"the tab «{id}»", reading, id)
    return Tab(id, _texts(raw.get("groups")))


def _duplicate(raw: Mapping[str, Any], reading: _Reading) -> Duplicate:
    _words(raw, frozenset({"fields", "days"}), "a [[duplicate]]", reading)
    days = raw.get("days")
    return Duplicate(_texts(raw.get("fields")), days if isinstance(days, int) and days > 0 else None)


def _mapped(key: str, raw: Mapping[str, Any], reading: _Reading) -> Mapped:
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


def _state(raw: Mapping[str, Any], reading: _Reading) -> State:
    id, category = str(raw.get("id", "")), str(raw.get("category", "active"))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="State", key=id)
    if category not in CATEGORIES:
        reading.say(BAD_CATEGORY, id, state=id, category=category, known=", ".join(CATEGORIES))
    _words(raw, frozenset({"id", "category", "color", "step"}), f"the state «{id}»", reading, id)
    return State(id, category, str(raw.get("color", "")), bool(raw.get("step", True)))


def _transition(raw: Mapping[str, Any], reading: _Reading) -> Transition:
    id = str(raw.get("id", ""))
    if not KEY.match(id):
        reading.say(BAD_KEY, id, what="Transition", key=id)
    known = frozenset({"id", "from", "to", "requires", "requires_file", "who", "guard", "asks"})
    _words(raw, known, f"the transition «{id}»", reading, id)
    who = _texts(raw.get("who"))
    _check_who(who, f"The transition «{id}»", reading, id)
    return Transition(
        id=id,
        sources=_texts(raw.get("from")),
        target=str(raw.get("to", "")),
        requires=_texts(raw.get("requires")),
        requires_file=_texts(raw.get("requires_file")),
        who=who,
        guard=str(raw.get("guard", "")),
        asks=_texts(raw.get("asks")),
    )


def _access(raw: Mapping[str, Any], reading: _Reading) -> AccessRule:
    who, may = str(raw.get("who", "")), _texts(raw.get("may"))
    _words(
        raw, frozenset({"who", "states", "may", "fields", "sees", "sees_not"}), f"the access of «{who}»", reading, who
    )
    _check_who((who,), "An [[access]]", reading, who)
    for right in may:
        if right not in RIGHTS and not right.startswith("create"):
            reading.say(BAD_RIGHT, who, place=f"The access of «{who}»", right=right, known=", ".join(RIGHTS))
    return AccessRule(
        who=who,
        states=_texts(raw.get("states")) or ("*",),
        may=may,
        fields=_texts(raw.get("fields")),
        sees=_texts(raw.get("sees")),
        sees_not=_texts(raw.get("sees_not")),
    )


def _file_class(id: str, raw: Mapping[str, Any], reading: _Reading) -> FileClass:
    _words(raw, frozenset({"see", "add", "delete"}), f"the file class «{id}»", reading, id)
    made = FileClass(id, _texts(raw.get("see")), _texts(raw.get("add")), _texts(raw.get("delete")))
    _check_who((*made.see, *made.add, *made.delete), f"The file class «{id}»", reading, id)
    return made


def _view(id: str, raw: Mapping[str, Any], reading: _Reading) -> View:
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


def _check_who(whos: tuple[str, ...], place: str, reading: _Reading, element: str) -> None:
    for who in whos:
        if not WHO.match(who):
            reading.say(BAD_WHO, element, place=place, who=who)


def _journal(raw: Any, reading: _Reading) -> Journal | None:
    if not isinstance(raw, Mapping):
        return None
    try:
        return read_journal(raw)
    except MaskError as error:
        known = " ".join(f"{{{part}}}" for part in PARTS)
        reading.say(BAD_MASK, "journal", mask=str(raw.get("mask", "")), reason=str(error), known=known)
        return None


def _whole(made: CardTypeFile, reading: _Reading) -> None:
    """What can only be said of the whole file: everything named exists."""
    if not made.fields:
        reading.say(NO_FIELDS, what="field")
    if not made.states:
        reading.say(NO_FIELDS, what="state")
    _once([spec.key for spec in made.fields], "Field", reading)
    _once([state.id for state in made.states], "State", reading)
    _once([one.id for one in made.transitions], "Transition", reading)
    for place, keys in _named_fields(made).items():
        for key in keys:
            if key not in made.by_key:
                reading.say(NOT_A_FIELD, key, place=place, key=key)
    states = {state.id for state in made.states}
    for place, ids in _named_states(made).items():
        for id in ids:
            if id not in states and id != "*":
                reading.say(NOT_A_STATE, id, place=place, state=id)
    _reply_file(made, reading)
    _flags(made, reading)
    _views(made, reading)
    for key in {who.removeprefix("relation:field:") for who in made.whos() if who.startswith("relation:field:")}:
        if key not in made.by_key or made.by_key[key].type not in ("person", "unit"):
            reading.say(NOT_A_RELATION, key, key=key)
    _shown_to_all(made, reading)
    _tabs(made, reading)
    reached = {one.target for one in made.transitions}
    for state in made.states[1:]:
        if state.id not in reached:
            reading.say(UNREACHABLE, state.id, state=state.id)


def _tabs(made: CardTypeFile, reading: _Reading) -> None:
    _once([tab.id for tab in made.tabs], "Tab", reading)
    named = [group for tab in made.tabs for group in tab.groups]
    _once(named, "Group of tabs", reading)
    for group in named:
        if group not in {one.id for one in made.groups}:
            reading.say(NOT_A_GROUP, group, group=group)


def _reply_file(made: CardTypeFile, reading: _Reading) -> None:
    if made.reply_file_class is None:
        return
    if made.file_class(made.reply_file_class) is None:
        reading.say(NOT_A_CLASS, made.reply_file_class, id=made.reply_file_class)
    for lacking in ("reply_field", "reply_template"):
        if getattr(made, lacking) is None:
            reading.say(NO_LETTER, made.reply_file_class, lacking=lacking)


def _flags(made: CardTypeFile, reading: _Reading) -> None:
    flagged = [spec for spec in made.fields if spec.index]
    for spec in flagged:
        if not TYPES[spec.type].asks_for(spec) or spec.multiline or (spec.personal and spec.type != "party"):
            reading.say(NOT_FLAGGED, spec.key, key=spec.key, type=spec.type)
    words = sum(spec.many or TYPES[spec.type].asks_for(spec) == "words" for spec in flagged)
    for count, what, most in ((len(flagged), "index, filter, sort", len(KEYS)), (words, "text, many", len(NORMS))):
        if count > most:
            reading.say(INDEX_FULL, count=count, what=what, most=most)


def _views(made: CardTypeFile, reading: _Reading) -> None:
    """What a view shows, filters and sorts by is flagged for it."""
    for view in made.views:
        flagged = {
            "columns": (view.columns, {*OWN_COLUMNS, *(spec.key for spec in made.fields if spec.index)}),
            "filter": (view.filter, {*OWN_FILTERS, *(spec.key for spec in made.fields if spec.filter)}),
            "sort": ([view.sort.removeprefix("-")], {*OWN_SORTS, *(spec.key for spec in made.fields if spec.sort)}),
        }
        for what, (keys, known) in flagged.items():
            for key in keys:
                if key not in known:
                    reading.say(NOT_IN_VIEW, view.id, view=view.id, what=what, key=key)
        for state in view.filter.get("state", ()):
            if made.state(state) is None:
                reading.say(NOT_A_STATE, view.id, place=f"The view «{view.id}»", state=state)


def _shown_to_all(made: CardTypeFile, reading: _Reading) -> None:
    caption = set(re.findall(r"\{(\w+)\}", made.caption)) & set(made.by_key)
    for rule_ in made.access:
        hidden = caption & set(rule_.sees_not) | (caption - set(rule_.sees) if rule_.sees else set())
        for key in sorted(hidden if "see" in rule_.may else ()):
            reading.say(HIDDEN_CAPTION, key, key=key, who=rule_.who)


def _named_fields(made: CardTypeFile) -> dict[str, tuple[str, ...]]:
    special = {
        "party_field": made.party_field,
        "unit_field": made.unit_field,
        "executor_field": made.executor_field,
        "due_field": made.due_field,
        "reply_field": made.reply_field,
        "journal.initial": made.journal.initial if made.journal else None,
        "journal.case": made.journal.case if made.journal else None,
    }
    caption = tuple(key for key in re.findall(r"\{(\w+)\}", made.caption) if key not in {"number", "type"})
    return (
        {f"`{name}`": (key,) for name, key in special.items() if key}
        | {"The caption": caption}
        | {f"The group «{group.id}»": group.fields for group in made.groups}
        | {f"The transition «{one.id}»": (*one.requires, *one.asks) for one in made.transitions}
        | {f"A [[duplicate]] of {', '.join(one.fields)}": one.fields for one in made.duplicates}
        | {f"unique of «{one.key}»": (one.unique_within,) for one in made.fields if one.unique_within}
        | {f"The access of «{one.who}»": (*one.fields, *one.sees, *one.sees_not) for one in made.access}
    )


def _named_states(made: CardTypeFile) -> dict[str, tuple[str, ...]]:
    return (
        {f"The transition «{one.id}»": (*one.sources, one.target) for one in made.transitions}
        | {f"The access of «{one.who}» to {', '.join(one.may)}": one.states for one in made.access}
        | {f"The field «{spec.key}»": (*spec.required_in, *spec.hidden_in, *spec.readonly_in) for spec in made.fields}
    )


def _once(keys: list[str], what: str, reading: _Reading) -> None:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        reading.say(TWICE, key, what=what, key=key)


def _words(
    raw: Mapping[str, Any], known: frozenset[str], place: str, reading: _Reading, element: str | None = None
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
