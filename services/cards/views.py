"""Views of a card type: lists its file makes ready, and what of the type a list offers whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from services.access.queries import seen_in_every_card
from services.accounts.models import Account
from services.cards.conditions import CardFilter, Wanted
from services.cards.queries import StateView, state_view
from services.cards.references import around as around_card
from services.fields import TYPES, Manner
from services.organisation.models import Unit
from services.solutions.card_type import CardTypeFile, View

if TYPE_CHECKING:
    from services.office import Parts

DEFAULT_COLUMNS = ("number", "title", "state", "due", "created")


@dataclass(frozen=True)
class FieldOffered:
    """A flagged field this actor sees in every card: `asks` is what its filter asks for; `component` its form-js part."""

    key: str
    label: str
    asks: str
    filter: bool
    sort: bool
    component: Mapping[str, Any]


@dataclass(frozen=True)
class ViewOffered:
    """A view that needs nothing this actor does not see."""

    id: str
    label: str
    columns: tuple[str, ...]
    filter: Mapping[str, tuple[str, ...]]
    sort: str


@dataclass(frozen=True)
class Offered:
    """What a list of a type may show, filter and sort by; `me` and `my_unit` are whoever looks."""

    type: str
    title: str
    states: tuple[StateView, ...]
    fields: tuple[FieldOffered, ...]
    views: tuple[ViewOffered, ...]
    me: str
    my_unit: str

    def field(self, key: str) -> FieldOffered | None:
        return next((one for one in self.fields if one.key == key), None)

    def view(self, id: str) -> ViewOffered | None:
        return next((one for one in self.views if one.id == id), None)


def offered(office: Parts, session: Session, actor: Actor, type_code: str, manner: Manner) -> Offered:
    """What lists of a type offer this actor. Raises NotFound("card-type-not-found")."""
    type = office.shelf.card_type(session, type_code)
    around = around_card(office, session, type.solution, manner)
    seen = seen_in_every_card(type, actor)
    asked = select(Account.login, Unit.code).outerjoin(Unit, Unit.id == Account.unit_id)
    mine = session.execute(asked.where(Account.id == actor.account_id)).one_or_none()
    fields = tuple(
        FieldOffered(
            key=spec.key,
            label=around.label(spec.label),
            asks=TYPES[spec.type].asks_for(spec),
            filter=spec.filter and not spec.personal,
            sort=spec.sort and not spec.personal,
            component=TYPES[spec.type].form(spec, around),
        )
        for spec in type.fields
        if spec.index and spec.key in seen
    )
    return Offered(
        type=type.code,
        title=around.label(type.title),
        states=tuple(state_view(type, state.id, around) for state in type.states),
        fields=fields,
        views=tuple(
            ViewOffered(view.id, around.label(f"card.{type.code}.view.{view.id}"), view.columns, view.filter, view.sort)
            for view in type.views
            if _needs(type, view) <= seen
        ),
        me=mine.login if mine else "",
        my_unit=(mine.code or "") if mine else "",
    )


def _needs(type: CardTypeFile, view: View) -> set[str]:
    return {*view.columns, *view.filter, view.sort.removeprefix("-")} & set(type.by_key)


def filter_of(offer: Offered, view: ViewOffered, now: Any) -> CardFilter:
    """A view's filter for whoever looks."""
    mine = {"@me": offer.me, "@my_unit": offer.my_unit}
    wanted = {key: tuple(mine.get(one, one) for one in values) for key, values in view.filter.items()}
    own = {name: wanted.pop(name)[0] for name in ("words", "unit", "author") if wanted.get(name)}
    if "executor" in wanted and offer.field("executor") is None:
        own["executor"] = wanted.pop("executor")[0]
    late = bool(wanted.pop("late", ()))
    states = wanted.pop("state", ())
    fields = {key: _wanted(offer, key, values) for key, values in wanted.items()}
    return CardFilter(states=states, fields=fields, late_on=now if late else None, sort=view.sort, **own)


def _wanted(offer: Offered, key: str, values: tuple[str, ...]) -> Wanted:
    field = offer.field(key)
    if field is not None and field.asks == "words":
        return Wanted(words=" ".join(values))
    if field is not None and field.asks in ("number", "day", "moment"):
        least, most = (*values, "", "")[:2]
        return Wanted(least=least or None, most=most or None)
    return Wanted(values)
