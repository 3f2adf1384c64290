"""A card type as its file describes it (`read_card_type` reads it, `check_card_type` says what is wrong in it)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from services.fields import FieldSpec
from services.registration.masks import Journal
from services.solutions.formulas import CycleError, Formula, in_order

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
CATEGORIES = ("draft", "active", "paused", "done", "rejected", "archived")
RIGHTS = ("see", "edit", "files", "register", "link", "bin", "purge")
WHO = re.compile(
    r"(role:[a-z][a-z0-9_-]*|relation:(author|executor|participant|approver|signer|registrar|unit|field:[a-z][a-z0-9_]*"
    r"|unit:[a-z][a-z0-9_-]*|head:(unit|author|executor))|party|machine|\*)\Z"
)

EVERYBODY = "*"
"""In an access: everybody signed in of staff; in a transition and a file class: everybody who sees the card."""
BRANCH, HEAD = "relation:unit:", "relation:head:"


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
    presses it, whether they are filled already or not; `starts` is the process that begins when somebody presses it.
    """

    id: str
    sources: tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    requires_file: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    guard: str = ""
    asks: tuple[str, ...] = ()
    starts: str = ""


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


@dataclass(frozen=True)
class CardTemplate:
    """
    A template that comes with the type: `values` as somebody would type them, or = and FEEL; text key
    `card.<type>.template.<id>`.
    """

    id: str
    values: Mapping[str, Any]

    @property
    def ref(self) -> str:
        """How it is asked for, beside those that people make."""
        return f"file:{self.id}"


@dataclass(frozen=True)
class Basis:
    """
    A card of this type may be made on the basis of one of the type `source`: `fields` says which of its fields (or `number`,
    `title`) goes into which; the two are linked as `link`.
    """

    source: str
    fields: Mapping[str, str]
    link: str = "basis"


OWN_OF_BASIS = ("number", "title")
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
    card_template: str | None  # what the card itself is printed on
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
    templates: tuple[CardTemplate, ...] = ()
    bases: tuple[Basis, ...] = ()
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

    def basis_of(self, source: str) -> Basis | None:
        return next((one for one in self.bases if one.source == source), None)

    @cached_property
    def relation_fields(self) -> tuple[str, ...]:
        """The person and unit fields whose people and units stand in a relation to the card."""
        named = {who.removeprefix("relation:field:") for who in self.whos() if who.startswith("relation:field:")}
        return tuple(sorted(key for key in named if key in self.by_key))

    @cached_property
    def branch_roles(self) -> frozenset[str]:
        """The roles that count only for cards of one's own unit and of the units below it."""
        return frozenset(who.removeprefix(BRANCH) for who in self.whos() if who.startswith(BRANCH))

    @cached_property
    def heads_of(self) -> frozenset[str]:
        """Whose heads the file names: those of the card's unit, of its author's, of its executor's."""
        return frozenset(who.removeprefix(HEAD) for who in self.whos() if who.startswith(HEAD))

    @property
    def access_depends_on(self) -> object:
        """What the rows of `card_access` follow from: cards are rewritten when a version differs in it."""
        return (self.access,)

    @cached_property
    def opens_to_everybody(self) -> bool:
        """Whether an access names everybody of staff."""
        return any(rule_.who == EVERYBODY for rule_ in self.access)

    def roles(self) -> set[str]:
        """Every role the file names."""
        return {who.removeprefix("role:") for who in self.whos() if who.startswith("role:")} | self.branch_roles

    def whos(self) -> list[str]:
        """Everybody the file names: in access, transitions, required fields and file classes."""
        whos = [rule_.who for rule_ in self.access]
        whos += [who for one in self.transitions for who in one.who]
        whos += [who for spec in self.fields for who in spec.required_of]
        return whos + [who for one in self.file_classes for who in (*one.see, *one.add, *one.delete)]
