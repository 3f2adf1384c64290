"""Two parties side by side, and their merging."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import NotAllowed, NotFound
from services.parties.earlier_cards import cards_of_party
from services.parties.merge_parties import merge_parties
from services.parties.queries import PartyPage, party_page
from webui.auth import signed_in
from webui.cards.area import said
from webui.parties.area import area, contact_words, identifier_words, kind_words, rights
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.get("/parties/<ref>/merge", action="party.merge")
def compare(ref: str) -> str:
    """What the two say, before they become one."""
    stays, goes = _both(ref, request.args.get("with", ""))
    return render_template("parties/merge.html", stays=stays, goes=goes, rows=_rows(stays, goes))


@area.post("/parties/<ref>/merge", action="party.merge")
def merge(ref: str) -> Response:
    """The other party becomes this one."""
    other = request.form.get("with", "")
    if not rights().change:
        _both(ref, other)
    merge_parties(office(), signed_in(), ref, other)
    said(_("The two are one now. Documents of both stand below."))
    return redirect(url_for("parties.party", ref=ref), 303)


def _both(ref: str, other: str) -> tuple[PartyPage, PartyPage]:
    may = rights()
    stays, goes = (party_page(office(), reading(), signed_in(), one) for one in (ref, other))
    if not may.change:
        raise NotAllowed("parties-change")
    if stays.view.id == goes.view.id:
        raise NotFound("party-not-found")
    return stays, goes


def _rows(stays: PartyPage, goes: PartyPage) -> list[tuple[str, str, str]]:
    words = contact_words()

    def shown(page: PartyPage) -> dict[str, Any]:
        further: dict[str, list[str]] = {}
        for one in page.contacts:
            further.setdefault(words[one.kind], []).append(one.value)
        for one in page.identifiers:
            further.setdefault(identifier_words()[one.kind], []).append(one.value)
        first = {words[kind]: getattr(page.view, kind) for kind in ("phone", "mail", "address")}
        cards = len(cards_of_party(office(), reading(), signed_in(), page.view.id, manner()))
        return {
            _("Name"): page.view.name,
            _("Kind"): kind_words()[page.view.kind],
            **{key: ", ".join(filter(None, [first.get(key, ""), *further.get(key, [])])) for key in [*first, *further]},
            _("Documents open to you"): reader().number(cards),
        }

    left, right = shown(stays), shown(goes)
    return [(key, left.get(key, ""), right.get(key, "")) for key in dict.fromkeys([*left, *right])]
