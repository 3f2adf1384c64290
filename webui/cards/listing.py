"""The list of documents: views made ready, a filter for every flagged field, an order; everything stands in the address."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.errors import Invalid, NotFound
from services.cards.conditions import CardFilter, Wanted
from services.cards.list_cards import CardList, CardRow, count_cards, list_cards
from services.cards.queries import creatable_types
from services.cards.references import OfficeReferences
from services.cards.views import DEFAULT_COLUMNS, FieldOffered, Offered, ViewOffered, filter_of, offered
from webui.auth import signed_in
from webui.cards.area import area, mark
from webui.errors import field_sentences
from webui.presentation import about, manner, reader
from webui.reading import office, reading

_OVER = ("done", "rejected", "archived")
_MOST = 200
_LOOKUPS = {"item": "directory", "person": "person", "unit": "unit", "party": "party"}


@area.get("/cards", action="card.list", endpoint="list_cards")
def documents() -> str | tuple[str, int]:
    """What is open to this person: by kind, view, filters and order."""
    g.section = "cards"
    kinds = _kinds()
    if not kinds:
        return render_template("cards/list.html", kinds=[], rows=[], type="", q="", filters=[], views=[], asked=False)
    offer, view = _offer(kinds), None
    if request.args.get("view"):
        view = offer.view(request.args["view"])
        if view is None:
            raise NotFound("page-not-found")
    errors: dict[str, str] = {}
    found = CardList((), {}, None)
    columns = view.columns if view and view.columns else DEFAULT_COLUMNS
    shown = [key for key in columns if key not in ("number", "title", "state", "due", "created", "registered")]
    try:
        found = list_cards(
            office(),
            reading(),
            signed_in(),
            offer.type,
            manner(),
            _filter(offer, view),
            columns=shown,
            cursor=request.args.get("after"),
        )
    except Invalid as error:
        errors = field_sentences(error)
    page = render_template(
        "cards/list.html",
        kinds=kinds,
        kind_links=[
            {"text": text, "url": url_for("cards.list_cards", type=code), "current": code == offer.type}
            for code, text in kinds
        ],
        type=offer.type,
        title=offer.title,
        q=request.args.get("q", ""),
        views=_views(offer, view),
        view=view.id if view else "",
        filters=_filters(offer, errors),
        states=[(state.id, state.label) for state in offer.states],
        chosen_states=request.args.getlist("state"),
        late="late" in request.args,
        sort=_sort(view),
        sorts=_sorts(offer),
        asked=_asked(),
        errors=list(errors.values()),
        heads=_heads(offer, columns, found, _sort(view)),
        rows=[_line(row) for row in found.rows],
        paused=not found.full,
        preparing=_preparing(found),
        more_url=_here(after=found.cursor) if found.cursor else "",
        count_url=url_for("cards.count_cards", **_args(drop=("after",))) if found.rows else "",
        plain_url=url_for("cards.list_cards", type=offer.type),
    )
    return (page, 422) if errors else page


@area.get("/cards/count", action="card.list", endpoint="count_cards")
def count() -> str:
    """How many documents the filters leave, counted up to a thousand; asked for after the list is there."""
    offer = _offer(_kinds())
    view = offer.view(request.args.get("view", ""))
    try:
        found = count_cards(office(), reading(), signed_in(), offer.type, manner(), _filter(offer, view))
    except Invalid:
        return ""
    n = reader().number(found.cards)
    if found.more:
        return _("more than %(n)s documents", n=n)
    return ngettext("%(n)s document", "%(n)s documents", found.cards, n=n)


def _kinds() -> list[tuple[str, str]]:
    session, locale = reading(), reader().locale
    return [
        (made.code, office().shelf.texts(session, made.solution).get(made.title, locale))
        for made in office().shelf.card_types(session)
    ]


def _offer(kinds: list[tuple[str, str]]) -> Offered:
    kind = request.args.get("type") or (kinds[0][0] if kinds else "")
    if kind not in dict(kinds):
        raise NotFound("card-type-not-found")
    return offered(office(), reading(), signed_in(), kind, manner())


def _filter(offer: Offered, view: ViewOffered | None) -> CardFilter:
    """The view's filter and what is asked beside it; a field asked for counts instead of the view's."""
    base = filter_of(offer, view, reader().now) if view else CardFilter()
    fields = {**base.fields}
    for field in offer.fields:
        if field.filter and (wanted := _wanted(field)) is not None:
            fields[field.key] = wanted
    return CardFilter(
        states=tuple(request.args.getlist("state")) or base.states,
        words=request.args.get("q", "")[:_MOST] or base.words,
        fields=fields,
        unit=request.args.get("unit", "")[:_MOST] or base.unit,
        author=base.author,
        executor=base.executor,
        late_on=reader().now if "late" in request.args else base.late_on,
        sort=_sort(view),
    )


def _wanted(field: FieldOffered) -> Wanted | None:
    name = f"f.{field.key}"
    least, most = (request.args.get(f"{name}.{end}", "").strip()[:_MOST] for end in ("from", "to"))
    values = tuple(one.strip()[:_MOST] for one in request.args.getlist(name) if one.strip())[:20]
    if field.asks == "words":
        return Wanted(words=" ".join(values)) if values else None
    if not (least or most or values):
        return None
    return Wanted(values, least or None, most or None)


def _sort(view: ViewOffered | None) -> str:
    return request.args.get("sort", "")[:_MOST] or (view.sort if view else "-id")


def _args(drop: tuple[str, ...] = (), **put: Any) -> dict[str, Any]:
    kept = {key: request.args.getlist(key) for key in request.args if key not in drop and key not in put}
    return kept | {key: value for key, value in put.items() if value}


def _here(**put: Any) -> str:
    return url_for("cards.list_cards", **_args(**put))


def _asked() -> bool:
    """Whether anything but the kind and the view narrows the list."""
    beside = {"type", "view", "sort", "after"}
    return any(value for key, value in request.args.items(multi=True) if key not in beside)


def _views(offer: Offered, view: ViewOffered | None) -> list[dict[str, Any]]:
    everything = {"text": _("All"), "url": url_for("cards.list_cards", type=offer.type), "current": view is None}
    return [everything] + [
        {
            "text": one.label,
            "url": url_for("cards.list_cards", type=offer.type, view=one.id),
            "current": view is not None and view.id == one.id,
        }
        for one in offer.views
    ]


def _filters(offer: Offered, errors: dict[str, str]) -> list[dict[str, Any]]:
    may_look_up_parties = bool(creatable_types(office(), reading(), signed_in()))
    return [
        {
            "name": f"f.{field.key}",
            "label": field.label,
            "asks": field.asks,
            "options": [(one["value"], one["label"]) for one in field.component.get("values", ())],
            "given": request.args.getlist(f"f.{field.key}"),
            "least": request.args.get(f"f.{field.key}.from", ""),
            "most": request.args.get(f"f.{field.key}.to", ""),
            "lookup": _LOOKUPS.get(field.asks, ""),
            "query": _query(field),
            "chosen": _chosen(field),
            "error": errors.get(field.key, ""),
        }
        for field in offer.fields
        if field.filter and (field.asks != "party" or may_look_up_parties)
    ]


def _query(field: FieldOffered) -> str:
    if field.asks == "item":
        return f"directory={field.component.get('directory', '')}"
    return f"group={field.component['group']}" if field.component.get("group") else ""


def _chosen(field: FieldOffered) -> list[dict[str, Any]]:
    """What a type-ahead shows as chosen already."""
    codes = [one for one in request.args.getlist(f"f.{field.key}") if one]
    if field.asks not in _LOOKUPS or not codes:
        return []
    references = OfficeReferences(reading(), manner())
    looked = {
        "item": lambda code: references.item(str(field.component.get("directory", "")), code),
        "person": references.person,
        "unit": references.unit,
        "party": references.party,
    }[field.asks]
    return [{"value": code, "label": found.name if (found := looked(code)) else code, "hint": ""} for code in codes]


def _sorts(offer: Offered) -> list[tuple[str, str]]:
    own = [
        ("-id", _("Newest first")),
        ("id", _("Oldest first")),
        ("due", _("By term")),
        ("number", _("By number")),
        ("title", _("By title")),
    ]
    fields = [(field.key, field.label) for field in offer.fields if field.sort]
    return own + [pair for key, label in fields for pair in ((key, f"{label} ↑"), (f"-{key}", f"{label} ↓"))]


_SORTED_BY = {"number": "number", "title": "title", "due": "due", "created": "id", "registered": "registered"}


def _heads(offer: Offered, columns: tuple[str, ...], found: CardList, sort: str) -> list[dict[str, Any]]:
    """The heads of the columns: one that sorts leads to the list in its order, and back to front the second time."""
    names = {
        "number": _("Number"),
        "title": _("Title"),
        "state": _("State"),
        "due": _("Term"),
        "created": _("Received"),
        "registered": _("Registered"),
    }
    heads = []
    for key in columns:
        if key not in names and key not in found.columns:
            continue
        field = offer.field(key)
        by = _SORTED_BY.get(key) if key in names else key if field is not None and field.sort else None
        way = {by: "ascending", f"-{by}": "descending"}.get(sort, "") if by else ""
        url = _here(sort=f"-{by}" if way == "ascending" else by, after=None) if by else ""
        heads.append({"text": names.get(key) or found.columns[key], "url": url, "sorted": way, "key": key})
    return heads


def _line(row: CardRow) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "number": row.number,
        "title": about(row.title, row.number) or row.title,
        "st": mark(row.state.category),
        "state": row.state.label,
        "due": reader().term(row.due_at, done=row.state.category in _OVER),
        "created": reader().short(row.created_at),
        "registered": reader().short(row.registered_at),
        "cells": row.cells,
    }


def _preparing(found: CardList) -> str:
    if found.preparing is None:
        return ""
    done, total = found.preparing.done, max(1, found.preparing.total)
    return reader().number(min(99, 100 * done // total))
