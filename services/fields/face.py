"""
What a field type is. One folder a type, listed in `services/fields/__init__.py`; nothing else in the product asks which
type a field has.

A value travels in these shapes: *typed* (what a form sends) → `parse` → *kept* (plain JSON in the card) → `show` (a text
for a person), `typed_value` (back into a form), `docx_value` (plain data for a printed form), `feel_value` and `feel_facts`
(in expressions, and back by `from_feel`), `index` (what it is sorted by), `index_forms` (what it is found by). References
are kept as text: a person's login, a unit's code, a directory item's code, a party's and a file's public reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from marshmallow import ValidationError
from marshmallow import fields as marshmallow_fields

from engine.feel.values import convert, to_string

LONGEST = 200_000  # characters of anything typed into one field


@dataclass(frozen=True)
class FieldSpec:
    """A field as a card type declares it."""

    key: str
    type: str
    required: bool = False
    required_in: tuple[str, ...] = ()
    filter: bool = False  # lists are filtered by it
    sort: bool = False
    personal: str | None = None
    multiline: bool = False
    least: Any = None
    most: Any = None  # characters of a text, the largest number, the last day, how many of many, rows of a table
    decimals: int | None = None
    pattern: str | None = None  # what the whole text must match; its sentence is `pattern_text`
    options: tuple[str, ...] = ()
    directory: str | None = None
    leaf: bool = False
    group: str | None = None  # persons of this group only
    kind: str | None = None  # units of this kind only
    many: bool = False
    currencies: tuple[str, ...] = ()  # the first is meant when none is typed
    columns: tuple[FieldSpec, ...] = ()
    total: bool = False  # a column whose sum stands below it
    formula: str = ""
    result: str = ""  # the type of what a formula gives
    default: Any = None  # as it would be typed; a text that begins with `=` is FEEL
    hidden_in: tuple[str, ...] = ()
    readonly_in: tuple[str, ...] = ()
    required_of: tuple[str, ...] = ()  # whom `required` and `required_in` mean; nobody named: all
    unique: bool = False
    unique_within: str | None = None  # the field within whose value it is unique
    label: str = ""

    def needed(self, state: str, whos: frozenset[str] | None = None) -> bool:
        """Whether somebody who is *whos* to the card may not leave it empty in *state*; without whos: whether anybody."""
        if not (self.required or state in self.required_in):
            return False
        return not self.required_of or bool(whos and whos.intersection(self.required_of))

    @property
    def hint_text(self) -> str:
        """The text key of what helps to fill it in, if there is such a text: `card.letter.hint.code`."""
        return self.label.replace(".field.", ".hint.", 1).replace(".column.", ".hint.", 1)

    @property
    def pattern_text(self) -> str:
        """The text key of what is said when the pattern does not match: `card.letter.pattern.code`."""
        return self.label.replace(".field.", ".pattern.", 1).replace(".column.", ".pattern.", 1)

    @property
    def index(self) -> bool:
        """Whether it has a column in the card index."""
        return self.filter or self.sort


@dataclass(frozen=True)
class Manner:
    """How a person reads and writes: language, calendar, zone; `today` is that person's day."""

    locale: str = "en"
    calendar: str = "gregorian"
    zone: tzinfo = UTC
    now: datetime = field(default_factory=lambda: datetime(1970, 1, 1, tzinfo=UTC))

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Named:
    """Something a reference points to: `ref` is what is kept; `open` False: exists and may not be chosen any more."""

    ref: str
    name: str
    hint: str = ""
    open: bool = True
    leaf: bool = True
    kind: str = ""
    groups: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)


class References(Protocol):
    """Looks references up; answers None for what does not exist or must not be seen."""

    def person(self, login: str) -> Named | None: ...

    def unit(self, code: str) -> Named | None: ...

    def party(self, ref: str) -> Named | None: ...

    def item(self, directory: str, code: str) -> Named | None: ...

    def file(self, ref: str) -> Named | None: ...


class Labels(Protocol):
    """Texts of the solution by key, in the reader's language."""

    def __call__(self, key: str) -> str: ...


@dataclass(frozen=True)
class Around:
    """What a field needs beside its value: who reads, the references, the texts (`label("option.claim")`)."""

    manner: Manner
    references: References
    label: Labels


class FieldError(Exception):
    """
    What was typed cannot be this field's value: a code and parameters for the sentence beside the field; *inside* the same
    for its parts, by path.
    """

    def __init__(
        self, code: str, *, inside: Mapping[str, tuple[str, dict[str, Any]]] | None = None, **params: Any
    ) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params
        self.inside = inside or {}

    def beside(self, key: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """The complaints by field path, beginning with *key*."""
        return {key: (self.code, self.params)} | {f"{key}.{path}": said for path, said in self.inside.items()}


@dataclass(frozen=True)
class IndexForm:
    """The value in the columns of the card index: one of the three is set, none for a value nobody sorts by."""

    text: str | None = None
    number: Decimal | None = None
    day: date | None = None


EMPTY = IndexForm()


class FieldType:
    """The base of every type; a type overrides what differs from short text."""

    name: str = ""
    component: str = "textfield"
    components: tuple[str, ...] = ()  # the form components that may show it; none: the one above
    in_tables: bool = True  # may be a column
    computable: bool = True  # may be what a formula gives
    read_only: bool = False  # nobody types it
    points: bool = False  # its values may refer to something, see `refers`
    _column: str = "text"
    asks: str = ""
    """What a list's filter asks for: words, options, item, person, unit, party, number, day, moment; nothing: no filter."""

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> Any:
        """The kept form of what was typed; None for nothing. Raises FieldError."""
        raise NotImplementedError

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        """A marshmallow field that accepts exactly the kept form."""
        raise NotImplementedError

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        """The value as its reader sees it; an empty text for None."""
        return "" if value is None else str(value)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """The value as a form shows it for editing."""
        return value

    def sort_key(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """A key that orders kept values as people expect."""
        form = self.index(value, spec, around)
        return form.number if form.number is not None else form.day or form.text or ""

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """The row this value is filtered and sorted by; independent of the reader's language."""
        return IndexForm(text=None if value is None else str(value))

    def index_forms(self, value: Any, spec: FieldSpec, around: Around) -> tuple[IndexForm, ...]:
        """Everything the value is found by: several rows for several values."""
        form = self.index(value, spec, around)
        return () if form == EMPTY else (form,)

    def index_column(self, spec: FieldSpec) -> str:
        """The column of the index this field stands in: text, number or day."""
        return self._column

    def asks_for(self, spec: FieldSpec) -> str:
        """What the filter of this field asks for."""
        return self.asks

    def sought(self, typed: Any, spec: FieldSpec, around: Around) -> IndexForm:
        """What a filter's typed value is compared with. Raises FieldError for what cannot be a value."""
        return self.index(self.parse(typed, spec, around), spec, around)

    def components_for(self, spec: FieldSpec) -> tuple[str, ...]:
        """The form components that may show this field."""
        return self.components or (self.component,)

    def form(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """The form-js component of this field; `key` is `card.<key>`."""
        made: dict[str, Any] = {"type": self.component, "key": f"card.{spec.key}", "label": around.label(spec.label)}
        if (hint := around.label(spec.hint_text)) != spec.hint_text:
            made["description"] = hint
        rules: dict[str, Any] = {"required": True} if spec.required else {}
        rules.update(self.form_rules(spec))
        if rules:
            made["validate"] = rules
        return made | self.form_details(spec, around)

    def form_rules(self, spec: FieldSpec) -> dict[str, Any]:
        return {}

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """Plain data for a printed form: a text unless the type has parts."""
        return self.show(value, spec, around)

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        """The schema of the kept form."""
        return {"type": ["string", "null"]}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """The value as expressions see it."""
        return value

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        """Further names expressions know beside the field's own; the same names for None."""
        return {}

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """The kept form of what an expression gave; None for null. Raises FieldError for what it cannot be."""
        return None if value is None else self.parse(feel_text(value), spec, around)

    def refers(self, value: Any, spec: FieldSpec) -> tuple[tuple[str, str], ...]:
        """The references in a typed or kept value as (kind, text), so that a page looks them all up at once."""
        return ()


class Kept(marshmallow_fields.Field[Any]):
    """A marshmallow field made of one predicate over the kept form."""

    def __init__(self, accepts: Any, code: str) -> None:
        super().__init__(allow_none=True)
        self._accepts = accepts
        self._code = code

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not self._accepts(value):
            raise ValidationError(self._code)
        return value


def plain_text(typed: Any) -> str:
    """What was typed as one stripped text; raises FieldError for a list or a mapping."""
    if typed is None:
        return ""
    if isinstance(typed, (dict, list, bool)):
        raise FieldError("not-text")
    if len(str(typed)) > LONGEST:
        raise FieldError("too-long", most=LONGEST, length=len(str(typed)))
    return str(typed).strip()


def feel_text(value: Any) -> str:
    """What an expression gave, as somebody would have typed it. Raises FieldError for a list or a context."""
    if isinstance(value, (list, Mapping)):
        raise FieldError("not-text")
    return to_string(convert(value))


def limit(value: Any) -> Decimal | None:
    """A limit of a card type file as an exact number."""
    return None if value is None or isinstance(value, bool) else Decimal(str(value))
