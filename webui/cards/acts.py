"""Transitions on the card's page: one button a transition; what it asks is asked on a page of its own."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from services.cards.act_on_card import act_on_card
from services.cards.queries import ActionView, CardPage, card_page
from services.registration.queries import journal_of, reserved_by
from services.registration.rules import ANNUL, NUMBERING, REGISTER
from webui.auth import signed_in
from webui.cards.area import area, by_component, form_of, fresh_request_id, said
from webui.errors import field_sentences, sentence
from webui.forms import revision, submitted
from webui.presentation import manner
from webui.reading import office, reading

_BESIDE = ("number", "suffix", "reason")


@area.get("/cards/<ref>/act/<transition>", action="card.act")
def asked(ref: str, transition: str) -> str:
    """What a transition asks before it is pressed."""
    page, action = _page_with(ref, transition)
    if action is None:
        raise NotFound("page-not-found")
    return _page(page, action, {}, {})


@area.post("/cards/<ref>/act/<transition>", action="card.act")
def act(ref: str, transition: str) -> Response | tuple[str, int]:
    """Fill in what is asked and move the card on, all or nothing; sent twice, it is done once."""
    page, action = _page_with(ref, transition)
    typed = submitted(field.component for field in action.asked) if action else {}
    values = {key.removeprefix("card."): value for key, value in typed.items()}
    beside = {name: request.form.get(name, "")[:1000] for name in _BESIDE}
    try:
        act_on_card(office(), signed_in(), ref, transition, values, revision() or 0, manner=manner(), **beside)
    except Invalid as error:
        if action is None:
            raise
        told = field_sentences(error)
        errors = by_component(told) | {name: text for name, text in told.items() if name in _BESIDE}
        return _page(page, action, typed | beside, errors, sentence(error.code, error.params)), 422
    if action is not None:
        said(_("Done: %(task)s", task=action.label))
    return redirect(url_for("cards.card", ref=ref), 303)


def _page_with(ref: str, transition: str) -> tuple[CardPage, ActionView | None]:
    """The card and the transition as it stands to the reader now; None when it cannot be pressed (any more)."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    return page, next((one for one in page.actions if one.id == transition), None)


def _page(
    page: CardPage, action: ActionView, typed: dict[str, Any], errors: dict[str, str], complaint: str = ""
) -> str:
    g.section = "cards"
    numbered = action.id in NUMBERING and _journal(page) is not None
    form = form_of(action.asked, typed, errors, url_for("api.lookup"))
    return render_template(
        "cards/act.html",
        card={"ref": page.ref, "name": page.number or page.title or page.type_title, "revision": page.revision},
        action=action,
        form=form if form["components"] else None,
        numbering=_numbering(page) if numbered and action.id == REGISTER else None,
        annuls=numbered and action.id == ANNUL,
        typed=typed,
        errors=errors,
        complaint=complaint,
        request_id=fresh_request_id(),
    )


def _journal(page: CardPage) -> Any:
    return office().shelf.card_type(reading(), page.type).journal


def _numbering(page: CardPage) -> dict[str, Any]:
    """Whether a number may or must be typed here, and those the reader keeps for documents to come."""
    session, actor, journal = reading(), signed_in(), _journal(page)
    try:
        kept = reserved_by(session, actor, journal_of(office(), session, actor, page.type))
    except NotFound:
        kept = []
    return {
        "must": not journal.automatic,
        "may": journal.manual or not journal.automatic,
        "suffix": journal.asks_for("suffix"),
        "kept": kept,
    }
