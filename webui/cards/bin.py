"""The bin: throwing a document away, taking it out, destroying it before its term."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from services.cards.bin_card import bin_card
from services.cards.binned_cards import BinRow, bin_page
from services.cards.purge_card import purge_card
from services.cards.queries import CardPage, card_page
from services.cards.restore_card import restore_card
from services.policies.queries import policies
from webui.auth import signed_in
from webui.cards.area import area, fresh_request_id, mark, said
from webui.errors import field_sentences
from webui.forms import revision
from webui.presentation import manner, reader
from webui.reading import office, reading

_PAGE = 50
_FURTHEST = 100_000


@area.get("/bin", action="card.bin.list", endpoint="bin")
def bin_() -> str:
    """What was thrown away and is not destroyed yet, as far as it is open to the reader."""
    return _list({}, "")


@area.get("/cards/<ref>/bin", action="card.bin")
def ask_bin(ref: str) -> str:
    """Why it is thrown away, and what follows from it."""
    return _ask(_page(ref), "")


@area.post("/cards/<ref>/bin", action="card.bin")
def throw_away(ref: str) -> Response | tuple[str, int]:
    """Into the bin."""
    reason = request.form.get("reason", "")[:1000]
    page = None if request.form.get("request_id") else _page(ref)
    try:
        bin_card(office(), signed_in(), ref, reason=reason, revision=revision())
    except Invalid as error:
        return _ask(page or _page(ref), reason, field_sentences(error)), 422
    said(_("Thrown into the bin."))
    return redirect(url_for("cards.list_cards"), 303)


@area.post("/cards/<ref>/restore", action="card.restore")
def restore(ref: str) -> Response | tuple[str, int]:
    """Out of the bin."""
    try:
        restore_card(office(), signed_in(), ref)
    except Invalid as error:
        return _list(field_sentences(error), ref), 422
    said(_("Taken out of the bin; it stands where it stood."))
    return redirect(url_for("cards.card", ref=ref), 303)


@area.post("/cards/<ref>/purge", action="card.purge")
def purge(ref: str) -> Response | tuple[str, int]:
    """For good."""
    try:
        purge_card(office(), signed_in(), ref, reason=request.form.get("reason", "")[:1000])
    except Invalid as error:
        return _list(field_sentences(error), ref), 422
    said(_("Destroyed. The number stays used."))
    return redirect(url_for("cards.bin"), 303)


def _page(ref: str) -> CardPage:
    page = card_page(office(), reading(), signed_in(), ref, manner())
    if not page.may_bin:
        raise NotFound("page-not-found")
    return page


def _ask(page: CardPage, reason: str, errors: dict[str, str] | None = None) -> str:
    g.section = "cards"
    return render_template(
        "cards/throw.html",
        card={"ref": page.ref, "name": page.number or page.title or page.type_title, "revision": page.revision},
        number=page.number,
        days=policies(reading())["bin.days"],
        reason=reason,
        errors=errors or {},
        request_id=fresh_request_id(),
    )


def _list(errors: dict[str, str], wrong: str) -> str:
    g.section = "cards"
    after = min(max(request.args.get("after", 0, type=int), 0), _FURTHEST)
    page = bin_page(office(), reading(), signed_in(), manner(), after=after, limit=_PAGE)
    return render_template(
        "cards/bin.html",
        rows=[_row(row) for row in page.rows],
        errors=errors,
        wrong=wrong,
        more_url=url_for("cards.bin", after=page.cursor) if page.cursor else "",
    )


def _row(row: BinRow) -> dict[str, Any]:
    return {
        "ref": row.card.ref,
        "number": row.card.number,
        "title": row.card.title,
        "type": row.card.type_title,
        "st": mark(row.card.state.category),
        "state": row.card.state.label,
        "at": reader().moment(row.at),
        "by": row.by,
        "reason": row.reason,
        "purge": reader().moment(row.purge_at),
        "may_restore": row.may_restore,
        "may_purge": row.may_purge,
    }
