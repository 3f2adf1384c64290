"""Duplicate control: what looks like a document while it is entered, and two of them side by side."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.cards.alike import AlikeCard, alike_cards, hints_while_entering
from services.cards.judge_alike import judge_alike
from services.cards.linked_cards import CardName
from services.cards.queries import card_page, new_card_form
from webui.auth import signed_in
from webui.cards.area import area, fresh_request_id, mark, said
from webui.cards.page import head_of
from webui.forms import submitted
from webui.presentation import about, manner, reader
from webui.reading import office, reading


@area.post("/cards/new/<type>/alike", action="card.create")
def hints(type: str) -> str:
    """What is known about a document that is being entered: a part of the page of registration."""
    actor, session = signed_in(), reading()
    groups = new_card_form(office(), session, actor, type, manner())
    typed = submitted(field.component for group in groups for field in group.fields if field.editable)
    values = {key.removeprefix("card."): value for key, value in typed.items()}
    found = hints_while_entering(office(), session, actor, type, values, manner())
    return render_template(
        "cards/hints.html",
        alike=[_line(one) for one in found.alike],
        earlier=[_named(one) for one in found.earlier],
    )


@area.get("/cards/<ref>/alike", action="card.see")
def alike(ref: str) -> str:
    """The document and those that look the same, two columns each."""
    g.section = "cards"
    page = card_page(office(), reading(), signed_in(), ref, manner())
    found = alike_cards(office(), reading(), signed_in(), ref, manner())
    return render_template(
        "cards/alike.html",
        card=head_of(page),
        alike=[_line(one) for one in found.cards],
        may_judge=found.may_judge,
        next_url=url_for("cards.new_card", type=page.type) if request.args.get("then") == "next" else "",
        request_id=fresh_request_id(),
    )


@area.post("/cards/<ref>/alike", action="card.link")
def judge(ref: str) -> Response:
    """It is a duplicate, or it is not: kept with who said so."""
    card_page(office(), reading(), signed_in(), ref, manner())
    verdict = request.form.get("verdict", "")
    judge_alike(office(), signed_in(), ref, request.form.get("other", "")[:64], verdict)
    said(_("Linked as a duplicate.") if verdict == "duplicate" else _("Noted: it is another document."))
    with office().database.reading() as session:
        left = alike_cards(office(), session, signed_in(), ref, manner()).cards
    then = request.form.get("then", "")[:8]
    if left:
        return redirect(url_for("cards.alike", ref=ref, then=then or None), 303)
    if then == "next":
        type = card_page(office(), reading(), signed_in(), ref, manner()).type
        return redirect(url_for("cards.new_card", type=type), 303)
    return redirect(url_for("cards.card", ref=ref), 303)


def _line(one: AlikeCard) -> dict[str, Any]:
    return {
        **_named(one.card),
        "at": reader().moment(one.made_at),
        "because": reader().several(list(one.because)),
        "fields": [
            {
                "label": field.label,
                "here": Markup(field.here).striptags() if field.rich else field.here,  # noqa: S704 - shown as text
                "there": Markup(field.there).striptags() if field.rich else field.there,  # noqa: S704
                "same": field.same,
            }
            for field in one.fields
        ],
    }


def _named(card: CardName) -> dict[str, Any]:
    return {
        "ref": card.ref,
        "number": card.number or "",
        "title": about(card.title, card.number) or card.type_title,
        "st": mark(card.state.category),
        "state": card.state.label,
        "url": url_for("cards.card", ref=card.ref),
    }
