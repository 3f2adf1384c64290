"""Cards as pages see them: frozen values, nothing left to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.actor import Actor
from engine.errors import NotFound
from services.access.queries import Reason, standing, visible_cards
from services.access.rules import (
    REGISTER,
    Standing,
    editable,
    may_add_file,
    may_bin,
    may_create,
    may_draft_letter,
    may_group,
    may_link,
    may_press,
    may_with_files,
    visible_fields,
    why,
)
from services.accounts.models import Account
from services.cards.course import been_in
from services.cards.create_card import makers_whos
from services.cards.defaults import default_values
from services.cards.guards import kept_back
from services.cards.look_up import Known
from services.cards.models import Card, CardLink
from services.cards.move_card import asked_by
from services.cards.older_cards import data_of
from services.cards.references import around as around_card
from services.cards.starting_values import Start, starting_values, storable
from services.cards.values import erased_keys, missing
from services.fields import TYPES, Around, FieldSpec, Manner
from services.fields.table import Table
from services.files.queries import FileRow, files_of
from services.files.reply_file import ReplyFile, reply_file, with_written
from services.organisation.models import Unit
from services.organisation.units import name_in
from services.processes.whereabouts import running_processes
from services.solutions.card_type import CardTypeFile, State

if TYPE_CHECKING:
    from services.office import Parts


NOWHERE = Start()


@dataclass(frozen=True)
class TableView:
    """A table for reading: the columns' labels (and whether they hold numbers), the cells, the totals by column."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...]


@dataclass(frozen=True)
class FieldView:
    """
    A field on a page: `shown` for reading (safe HTML when `rich`, rows when `table`), `typed` for a form, `component` is
    form-js.
    """

    key: str
    type: str
    label: str
    shown: str
    typed: Any
    editable: bool
    required: bool
    rich: bool
    component: Mapping[str, Any]
    table: TableView | None = None
    erased: bool = False  # there was a personal value


@dataclass(frozen=True)
class GroupView:
    """Fields shown together; `tab` is the label of the leaf they stand on, the same for all of a type without tabs."""

    id: str
    label: str
    fields: tuple[FieldView, ...]
    tab: str = ""


@dataclass(frozen=True)
class StateView:
    """A state as a chip; `client` is what customers are told."""

    id: str
    label: str
    client: str
    category: str
    color: str


@dataclass(frozen=True)
class Step:
    """A place on the stepper: done, current or ahead."""

    state: StateView
    where: str


@dataclass(frozen=True)
class FileGroup:
    """Files of a class and whether this actor may add or delete some."""

    id: str
    label: str
    files: tuple[FileRow, ...]
    may_add: bool
    may_delete: bool


@dataclass(frozen=True)
class ActionView:
    """
    A transition the actor may press; `lacking` are the keys of the fields it needs and nobody has filled yet, `asked` the
    fields asked of whoever presses it: those, and what it asks always.
    """

    id: str
    label: str
    lacking: tuple[str, ...]
    asked: tuple[FieldView, ...]


@dataclass(frozen=True)
class CardPage:
    """Everything the card's page shows. `reply_file`: the Word file that is the reply instead of the text."""

    id: int
    ref: str
    type: str
    type_title: str
    solution: str
    title: str
    number: str | None
    registered_at: datetime | None
    revision: int
    state: StateView
    steps: tuple[Step, ...]
    groups: tuple[GroupView, ...]
    files: tuple[FileGroup, ...]
    links: int  # with cards the actor may see
    actions: tuple[ActionView, ...]
    reply_file: ReplyFile | None
    may_draft_letter: bool
    may_edit: bool
    may_link: bool
    may_register: bool
    may_bin: bool
    may_group: bool
    may_copy: bool
    personal: tuple[str, ...]  # the personal fields that are shown with a value
    bases: tuple[tuple[str, str], ...]  # kinds of cards the actor may make on the basis of this one, and their titles
    printable: bool
    reasons: tuple[Reason, ...]
    author: str | None
    executor: str | None
    unit: str | None
    due_at: datetime | None
    created_at: datetime
    changed_at: datetime

    def field(self, key: str) -> FieldView | None:
        return next((one for group in self.groups for one in group.fields if one.key == key), None)


def card_page(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> CardPage:
    """The card with what this actor may do. Raises NotFound("card-not-found") for a missing or foreign one."""
    author, executor = aliased(Account), aliased(Account)
    asked = (
        select(Card, author.name, executor.name, Unit.names, Unit.code, _links(actor, ref))
        .outerjoin(author, author.id == Card.author_id)
        .outerjoin(executor, executor.id == Card.executor_id)
        .outerjoin(Unit, Unit.id == Card.unit_id)
    )
    found = session.execute(asked.where(Card.ref == ref, Card.deleted_at.is_(None), visible_cards(actor))).one_or_none()
    if found is None:
        raise NotFound("card-not-found")
    card, author_name, executor_name, unit_names, unit_code, links = found
    type = office.shelf.card_type(session, card.type)
    place = standing(session, actor, card, type)
    around = around_card(office, session, type.solution, manner, card_id=card.id)
    data = data_of(office, session, card, type)
    values = around.references.resolved(type.fields, data)  # type: ignore[attr-defined]
    written = reply_file(session, card, type)
    seen = visible_fields(type, place)
    may_edit = editable(type, place) & seen
    makes = creatable_types(office, session, actor)
    return CardPage(
        id=card.id,
        ref=card.ref,
        type=card.type,
        type_title=around.label(type.title),
        solution=type.solution,
        title=card.title,
        number=card.number,
        registered_at=card.registered_at,
        revision=card.revision,
        state=state_view(type, card.state, around),
        steps=_steps(type, card, around),
        groups=_marked(_groups(type, values, around, may_edit, place, seen), erased_keys(data, values)),
        files=_files(session, type, card, place, around, actor),
        links=links,
        actions=_actions(office, session, card, type, with_written(type, values, written), place, around),
        reply_file=written if type.reply_field in seen else None,
        may_draft_letter=may_draft_letter(type, place),
        may_edit=bool(may_edit),
        may_link=may_link(place),
        may_register=bool(place.mask & REGISTER) and card.number is None,
        may_bin=may_bin(place),
        may_group=may_group(place),
        may_copy=any(one.code == type.code for one in makes),
        personal=tuple(spec.key for spec in type.fields if spec.personal and spec.key in seen and values.get(spec.key)),
        bases=tuple(
            (one.code, office.shelf.texts(session, one.solution).get(one.title, manner.locale))
            for one in makes
            if one.basis_of(type.code) is not None
        ),
        printable=type.card_template is not None,
        reasons=tuple(Reason(who, may) for who, may in why(type, place)),
        author=author_name,
        executor=executor_name if _open(type.executor_field, seen) else None,
        unit=name_in(unit_names, manner.locale, unit_code) if unit_code else None,
        due_at=card.due_at if _open(type.due_field, seen) else None,
        created_at=card.created_at,
        changed_at=card.changed_at,
    )


def _open(field: str | None, seen: frozenset[str]) -> bool:
    """Whether what follows from a field may be shown."""
    return field is None or field in seen


def new_card_form(
    office: Parts, session: Session, actor: Actor, type_code: str, manner: Manner, start: Start = NOWHERE
) -> tuple[GroupView, ...]:
    """
    The fields of a new card with what it starts with, in groups. Raises NotFound when this actor may not make one, and for a
    start that is not open to it.
    """
    type = creatable_type(office, session, actor, type_code)
    around = around_card(office, session, type.solution, manner)
    values = default_values(session, actor, type, around)
    values |= starting_values(office, session, actor, type, start, around)
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    empty = Standing(makers_whos(actor), type.first_state, 0)
    everything = frozenset(type.by_key)
    return _groups(type, values, around, everything - _fixed(type, type.first_state), empty, everything)


def template_form(
    office: Parts, session: Session, actor: Actor, type_code: str, manner: Manner, values: Mapping[str, Any]
) -> tuple[GroupView, ...]:
    """The fields a template of this type may hold, none of them required, with *values* (kept ones) in them."""
    type = creatable_type(office, session, actor, type_code)
    around = around_card(office, session, type.solution, manner)
    around.references.foresee(type.fields, values)  # type: ignore[attr-defined]
    fields = frozenset(spec.key for spec in storable(type))
    unasked = replace(type, fields=tuple(replace(spec, required=False, required_in=()) for spec in type.fields))
    return _groups(unasked, values, around, fields, Standing(frozenset(), "", 0), fields)


def creatable_type(office: Parts, session: Session, actor: Actor, code: str) -> CardTypeFile:
    """The card type, for whoever may make such cards. Raises NotFound("card-type-not-found")."""
    type = next((one for one in creatable_types(office, session, actor) if one.code == code), None)
    if type is None:
        raise NotFound("card-type-not-found", type=code)
    return type


def creatable_types(office: Parts, session: Session, actor: Actor) -> list[CardTypeFile]:
    """The card types this actor may make cards of."""
    return [
        type
        for deployed in office.shelf.solutions(session).values()
        for type in deployed.card_types.values()
        if may_create(type, actor.roles, dict(deployed.manifest.roles))
    ]


def state_view(type: CardTypeFile, id: str, around: Around) -> StateView:
    """A state with its words."""
    state = type.state(id) or State(id, "active")
    return StateView(
        id=id,
        label=around.label(f"card.{type.code}.state.{id}"),
        client=around.label(f"card.{type.code}.client.{id}"),
        category=state.category,
        color=state.color,
    )


def _groups(
    type: CardTypeFile,
    values: Mapping[str, Any],
    around: Around,
    may_edit: frozenset[str],
    place: Standing,
    seen: frozenset[str],
) -> tuple[GroupView, ...]:
    grouped = {key for group in type.groups for key in group.fields}
    loose = tuple(key for key in type.by_key if key not in grouped)
    groups = [(group.id, group.fields) for group in type.groups] + ([("", loose)] if loose else [])
    tabs = {group: around.label(f"card.{type.code}.tab.{tab.id}") for tab in type.tabs for group in tab.groups}
    first = around.label(f"card.{type.code}.tab.{type.tabs[0].id}") if type.tabs else ""
    return tuple(
        GroupView(
            id=id,
            label=around.label(f"card.{type.code}.group.{id}") if id else "",
            fields=tuple(
                field_view(type.by_key[key], values.get(key), around, key in may_edit, place)
                for key in keys
                if key in seen and place.state not in type.by_key[key].hidden_in
            ),
            tab=tabs.get(id, first),
        )
        for id, keys in groups
    )


def _marked(groups: tuple[GroupView, ...], erased: frozenset[str]) -> tuple[GroupView, ...]:
    """The fields whose value was erased say so; a party that was erased has no name."""
    return tuple(
        replace(
            group,
            fields=tuple(
                replace(one, erased=one.key in erased or (one.type == "party" and bool(one.typed) and not one.shown))
                for one in group.fields
            ),
        )
        for group in groups
    )


def _fixed(type: CardTypeFile, state: str) -> frozenset[str]:
    return frozenset(spec.key for spec in type.fields if state in (*spec.hidden_in, *spec.readonly_in))


def field_view(spec: FieldSpec, value: Any, around: Around, may_edit: bool, place: Standing) -> FieldView:
    """One field for a page or a task's form."""
    field = TYPES[spec.type]
    return FieldView(
        key=spec.key,
        type=spec.type,
        label=around.label(spec.label),
        shown=field.show(value, spec, around),
        typed=field.typed_value(value, spec, around),
        editable=may_edit and not field.read_only,
        required=spec.needed(place.state, place.whos),
        rich=spec.type == "rich",
        component=field.form(spec, around),
        table=_table(spec, value, around) if value is not None else None,
    )


def _table(spec: FieldSpec, value: Any, around: Around) -> TableView | None:
    field = TYPES[spec.type]
    if not isinstance(field, Table):
        return None
    totals = field.totals(value, spec, around)
    return TableView(
        columns=tuple(
            (around.label(column.label), TYPES[column.type].index_column(column) == "number") for column in spec.columns
        ),
        rows=tuple(field.cells(value, spec, around)),
        totals=tuple(totals.get(column.key, "") for column in spec.columns) if totals else (),
    )


def _steps(type: CardTypeFile, card: Card, around: Around) -> tuple[Step, ...]:
    """The states worth a step in their order; a state the card went through is done even when it came back."""
    been = been_in(card)
    shown = [state for state in type.states if state.step or state.id == card.state]
    at = next((place for place, state in enumerate(shown) if state.id == card.state), 0)
    over = (type.state(card.state) or State("", "active")).category in {"done", "rejected", "archived"}
    return tuple(
        Step(
            state_view(type, state.id, around),
            "current" if state.id == card.state else "done" if place < at and state.id in been else "ahead",
        )
        for place, state in enumerate(shown)
        if not over or state.id in been
    )


def _files(
    session: Session, type: CardTypeFile, card: Card, place: Standing, around: Around, actor: Actor
) -> tuple[FileGroup, ...]:
    found = files_of(session, card.id)
    return tuple(
        FileGroup(
            id=one.id,
            label=around.label(f"card.{type.code}.file_class.{one.id}"),
            files=tuple(file for file in found if file.file_class == one.id),
            may_add=may_add_file(type, one, place),
            may_delete=may_with_files(one, place, "delete"),
        )
        for one in type.file_classes
        if may_with_files(one, place, "see")
    )


def _links(actor: Actor, ref: str) -> ColumnElement[int]:
    """How many links the card of this reference has with cards the actor may see."""
    this = aliased(Card)
    id = select(this.id).where(this.ref == ref).scalar_subquery()
    away = select(CardLink.to_id.label("id")).where(CardLink.from_id == id)
    others = union_all(away, select(CardLink.from_id).where(CardLink.to_id == id)).subquery()
    counted = select(func.count()).select_from(others).join(Card, Card.id == others.c.id)
    return counted.where(Card.deleted_at.is_(None), visible_cards(actor)).correlate(None).scalar_subquery()


def pressable(
    office: Parts,
    session: Session,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    place: Standing,
    known: Known | None = None,
) -> dict[str, dict[str, bool]]:
    """
    The transitions this actor may press now, in their order, each with the fields it asks (True: required). One that starts
    a process waits until the earlier one of the card has ended.
    """
    mine = [one for one in type.transitions if may_press(type, one, place)]
    asked = {one.id: asked_by(type, one, values) for one in mine}
    kept = kept_back(office, session, card, type, values, mine, asked, known=known)
    if any(one.starts for one in mine):
        running = running_processes(session, card.id)
        kept |= {one.id for one in mine if one.starts in running}
    return {id: fields for id, fields in asked.items() if id not in kept}


def _actions(
    office: Parts,
    session: Session,
    card: Card,
    type: CardTypeFile,
    values: Mapping[str, Any],
    place: Standing,
    around: Around,
) -> tuple[ActionView, ...]:
    asked = pressable(office, session, card, type, values, place, around.references.known)  # type: ignore[attr-defined]
    return tuple(
        ActionView(
            id=one.id,
            label=around.label(f"card.{type.code}.transition.{one.id}"),
            lacking=tuple(missing(type, values, one.target, one.requires)),
            asked=tuple(
                replace(field_view(type.by_key[key], values.get(key), around, True, place), required=required)
                for key, required in asked[one.id].items()
            ),
        )
        for one in type.transitions
        if one.id in asked
    )
