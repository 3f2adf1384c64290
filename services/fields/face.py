"""
What a field type is. One folder a type, listed in `services/fields/__init__.py`; nothing else in the product asks which
type a field has.

A value travels in these shapes: *typed* (what a form sends) → `parse` → *kept* (plain JSON in the card) → `show` (a text
for a person), `typed_value` (back into a form), `docx_value` (plain data for a printed form), `feel_value` (in expressions),
`index` (a row to filter and sort by). References are kept as text: a person's login, a unit's code, a directory item's
code, a party's and a file's public reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from marshmallow import ValidationError
from marshmallow import fields as marshmallow_fields


@dataclass(frozen=True)
class FieldSpec:
    """A field as a card type declares it."""

    key: str
    type: str
    required: bool = False
    required_in: tuple[str, ...] = ()
    index: bool = False
    personal: str | None = None
    multiline: bool = False
    least: int | None = None
    most: int | None = None  # characters of a text, or the largest number
    decimals: int | None = None
    options: tuple[str, ...] = ()
    directory: str | None = None
    leaf: bool = False
    group: str | None = None  # persons of this group only
    kind: str | None = None  # units of this kind only
    many: bool = False
    label: str = ""


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
    """What was typed cannot be this field's value: a code and parameters for the sentence beside the field."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class IndexForm:
    """The value in the columns of the card index: one of the three is set."""

    text: str | None = None
    number: Decimal | None = None
    day: date | None = None


class FieldType:
    """The base of every type; a type overrides what differs from short text."""

    name: str = ""
    component: str = "textfield"

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

    def form(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """The form-js component of this field; `key` is `card.<key>`."""
        made: dict[str, Any] = {"type": self.component, "key": f"card.{spec.key}", "label": around.label(spec.label)}
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
    return str(typed).strip()
