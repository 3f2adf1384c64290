"""Links of a card: the list and the graph, and how they are made and removed."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid
from services.cards.link_cards import KINDS, Link, link_cards, unlink_cards
from services.cards.linked_cards import CardName, Graph, LinkRow, card_graph, linked_cards
from services.cards.queries import CardPage, card_page
from webui.auth import signed_in
from webui.cards.area import area, fresh_request_id, mark, said
from webui.cards.page import card_view, part
from webui.errors import field_sentences
from webui.presentation import about, manner, reader
from webui.reading import office, reading

_BACK = ":back"
_WIDE, _HIGH, _GAP, _ROW, _EDGE = 220, 44, 130, 60, 4


@area.post("/cards/<ref>/links", action="card.link")
def add_link(ref: str) -> Response | tuple[str, int]:
    """Link the card with another one."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    try:
        link_cards(office(), signed_in(), ref, _link())
    except Invalid as error:
        wrong = field_sentences(error)
        return card_view(page, "links", links_part(page, wrong)), 422
    said(_("The documents are linked."))
    return redirect(url_for("cards.card", ref=ref, tab="links"), 303)


@area.post("/cards/<ref>/links/remove", action="card.link")
def remove_link(ref: str) -> Response:
    """Remove a link; both documents stay."""
    card_page(office(), reading(), signed_in(), ref, manner())
    unlink_cards(office(), signed_in(), ref, _link())
    said(_("The link is removed."))
    return redirect(url_for("cards.card", ref=ref, tab="links"), 303)


@part("links")
def links_part(page: CardPage, errors: dict[str, str] | None = None) -> dict[str, Any]:
    """The tab."""
    rows = linked_cards(office(), reading(), signed_in(), page.id, manner())
    graph = card_graph(office(), reading(), signed_in(), page.id, manner()) if rows else None
    words = link_words()
    return {
        "links": [_line(row, words) for row in rows],
        "graph": _drawn(graph, page.id, words) if graph is not None else None,
        "may_link": page.may_link,
        "kinds": [("", _("Choose")), *words.items()],
        "chosen_kind": request.form.get("kind", ""),
        "errors": errors or {},
        "lookup_url": url_for("api.lookup"),
        "request_id": fresh_request_id(),
    }


def link_words() -> dict[str, str]:
    """What a card is of another, by kind and direction: from the one that was linked, then from its other end."""
    return {
        "answer_to": _("Answer to"),
        "answer_to:back": _("Answered by"),
        "request_of": _("Request on"),
        "request_of:back": _("Request made"),
        "previous": _("Later than"),
        "previous:back": _("Earlier than"),
        "repeat_of": _("Repeats"),
        "repeat_of:back": _("Repeated by"),
        "duplicate_of": _("Duplicate of"),
        "duplicate_of:back": _("Has the duplicate"),
        "not_duplicate_of": _("Not a duplicate of"),
        "annex_of": _("Annex to"),
        "annex_of:back": _("Has the annex"),
        "basis": _("On the basis of"),
        "basis:back": _("Is the basis of"),
        "related": _("Related to"),
    }


def word_of(kind: str, back: bool, words: dict[str, str]) -> str:
    """The word for one end of a link."""
    return words.get(kind + _BACK * back) or words.get(kind, kind)


def _link() -> Link:
    kind, back = request.form.get("kind", ""), False
    if kind.endswith(_BACK):
        kind, back = kind.removesuffix(_BACK), True
    if kind not in KINDS:
        raise Invalid("link-refused", {"kind": ("link-kind", {})})
    return Link(request.form.get("other", "")[:64], kind, back)


def _line(row: LinkRow, words: dict[str, str]) -> dict[str, Any]:
    return {
        "word": word_of(row.kind, row.back, words),
        "kind": row.kind + _BACK * (row.back and row.kind + _BACK in words),
        "at": reader().moment(row.made_at),
        "by": row.made_by or _("the system"),
        **_named(row.other),
    }


def _named(card: CardName) -> dict[str, Any]:
    return {
        "ref": card.ref,
        "number": card.number or "",
        "title": about(card.title, card.number) or card.type_title,
        "type": card.type_title,
        "st": mark(card.state.category),
        "state": card.state.label,
        "url": url_for("cards.card", ref=card.ref, tab="links"),
    }


def _drawn(graph: Graph, here: int, words: dict[str, str]) -> dict[str, Any]:
    """
    The graph as boxes and lines: the card at the left, then what is one and two steps away; a line carries the word of the
    nearer card's end. The same as a list of sentences beside it.
    """
    rows = {step: [node for node in graph.nodes if node.steps == step] for step in (0, 1, 2)}
    tallest = max(len(nodes) for nodes in rows.values())
    boxes: dict[int, dict[str, Any]] = {}
    for step, nodes in rows.items():
        top = (tallest - len(nodes)) * _ROW // 2
        for place, node in enumerate(nodes):
            spot = {"x": _EDGE + step * (_WIDE + _GAP), "y": _EDGE + top + place * _ROW, "here": node.id == here}
            boxes[node.id] = {**_named(node.card), **spot, "steps": step}
    lines, told = [], []
    for from_id, to_id, kind in graph.edges:
        near, far, back = (from_id, to_id, False)
        if boxes[from_id]["steps"] > boxes[to_id]["steps"]:
            near, far, back = to_id, from_id, True
        word = word_of(kind, back, words)
        lines.append({**_line_between(boxes[near], boxes[far]), "word": word})
        told.append({"near": boxes[near], "word": word, "far": boxes[far]})
    columns = 3 if rows[2] else 2
    return {
        "wide": 2 * _EDGE + columns * _WIDE + (columns - 1) * _GAP,
        "high": 2 * _EDGE + tallest * _ROW - (_ROW - _HIGH),
        "box": (_WIDE, _HIGH),
        "boxes": list(boxes.values()),
        "lines": lines,
        "told": told,
        "cut": graph.cut,
    }


def _line_between(near: dict[str, Any], far: dict[str, Any]) -> dict[str, Any]:
    """A curve from box to box; its word stands before the farther one, on lines between columns."""
    y1, y2 = near["y"] + _HIGH // 2, far["y"] + _HIGH // 2
    if near["x"] == far["x"]:
        x = near["x"] + _WIDE
        return {"path": f"M{x} {y1} C{x + 40} {y1} {x + 40} {y2} {x} {y2}", "x": 0, "y": 0}
    x1, x2 = near["x"] + _WIDE, far["x"]
    middle = (x1 + x2) // 2
    return {"path": f"M{x1} {y1} C{middle} {y1} {x1 + 10} {y2} {x1 + 30} {y2} L{x2} {y2}", "x": x2 - 6, "y": y2 - 5}
