"""Changing fields on the card's page: what is typed survives a closed browser, what others saved meanwhile stays."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from services.cards.drafts import card_draft, draft, drop_draft, save_draft
from services.cards.edit_card import CardClash, Edit, FieldMerge, edit_card
from services.cards.queries import CardPage, FieldView, card_page
from webui.auth import signed_in
from webui.cards.area import area, by_component, forms_of, fresh_request_id, leaves, said
from webui.cards.page import head_of
from webui.errors import field_sentences, sentence
from webui.forms import revision, submitted
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.get("/cards/<ref>/edit", action="card.change")
def edit(ref: str) -> str:
    """The fields this person may change, with what they typed and did not send."""
    page = _editable(ref)
    kept = draft(reading(), signed_in(), card_draft(ref))
    if kept is None:
        return _form(page, {}, page.revision)
    since = reader().moment(kept.saved_at)
    return _form(page, kept.values["typed"], kept.values["revision"], kept_at=since.text if since else "")


@area.post("/cards/<ref>/edit", action="card.change")
def change(ref: str) -> Response | tuple[str, int]:
    """Keep the changes; what somebody changed meanwhile is not overwritten, what was typed is not lost."""
    page, start = _seen(ref), revision() or 0
    if not page.may_edit:
        raise _closed(page) if 0 < start < page.revision else NotFound("page-not-found")
    typed = submitted(field.component for field in _sent(page))
    if request.form.get("go") == "back":
        return _form(page, typed, start), 200
    values = {key.removeprefix("card."): value for key, value in typed.items()}
    try:
        done = edit_card(office(), signed_in(), ref, Edit(values, start, _choices(), _looked_at()), manner())
    except Invalid as error:
        wrong = by_component(field_sentences(error))
        return _form(page, typed, start, wrong, sentence(error.code, error.params)), 422
    except CardClash as error:
        save_draft(office(), signed_in(), card_draft(ref), {"typed": typed, "revision": start})
        return _choose(page, typed, start, error), 409
    except NotAllowed:
        if 0 < start < page.revision:
            raise _closed(page) from None
        raise
    said(_saved(done.who, done.beside))
    return redirect(url_for("cards.card", ref=ref), 303)


@area.post("/cards/<ref>/draft", action="card.change")
def keep_draft(ref: str) -> Response:
    """Keep what is typed so far, or throw it away."""
    page = _editable(ref)
    if request.form.get("go") == "drop":
        drop_draft(office(), signed_in(), card_draft(ref))
        return redirect(url_for("cards.edit", ref=ref), 303)
    typed = submitted(field.component for field in _sent(page))
    save_draft(office(), signed_in(), card_draft(ref), {"typed": typed, "revision": revision() or page.revision})
    return Response(status=204)


def _saved(who: str, beside: tuple[str, ...]) -> str:
    if not beside:
        return _("Saved.")
    return _("Saved. What %(who)s changed meanwhile stays: %(fields)s.", who=who, fields=reader().several(beside))


def _seen(ref: str) -> CardPage:
    return card_page(office(), reading(), signed_in(), ref, manner())


def _editable(ref: str) -> CardPage:
    page = _seen(ref)
    if not page.may_edit:
        raise NotFound("page-not-found")
    return page


def _sent(page: CardPage) -> list[FieldView]:
    """The fields of the form, and those which the page still had when it was opened and has no more."""
    fields = [field for group in page.groups for field in group.fields]
    return [one for one in fields if one.editable or f"card.{one.key}" in request.form]


def _closed(page: CardPage) -> Conflict:
    """Somebody moved the card on, and what was typed may not be changed any more."""
    return Conflict("card-closed-meanwhile", at=page.changed_at, revision=page.revision)


def _choices() -> dict[str, str]:
    found = {key: value for key, value in request.form.items() if key.startswith("choose.")}
    return {key.removeprefix("choose."): value for key, value in found.items()}


def _looked_at() -> int | None:
    return request.form.get("seen", type=int)


def _form(
    page: CardPage,
    typed: dict[str, Any],
    start: int,
    errors: dict[str, str] | None = None,
    complaint: str = "",
    *,
    kept_at: str = "",
) -> str:
    return render_template(
        "cards/edit.html",
        card=head_of(page),
        leaves=leaves(forms_of(page.groups, typed, errors or {})),
        complaint=complaint,
        start=start,
        kept_at=kept_at,
        behind=start < page.revision,
        request_id=fresh_request_id(),
    )


def _choose(page: CardPage, typed: dict[str, Any], start: int, clash: CardClash) -> str:
    chosen = _choices() if _looked_at() == clash.params["revision"] else {}
    rows = [_row(one, chosen.get(one.key, "")) for one in clash.rows]
    return render_template(
        "cards/merge.html",
        card=head_of(page),
        who=clash.params["who"],
        at=reader().moment(clash.params["at"]),
        clashes=[row for row in rows if row["by"] == "both"],
        settled=[row for row in rows if row["by"] != "both"],
        asked_again="seen" in request.form,
        submission=json.dumps(typed, ensure_ascii=False),
        start=start,
        seen=clash.params["revision"],
        request_id=fresh_request_id(),
    )


def _row(one: FieldMerge, chosen: str) -> dict[str, Any]:
    sides = {"before": one.before, "theirs": one.theirs, "mine": one.mine}
    if one.rich:
        sides = {side: Markup(text).striptags() for side, text in sides.items()}  # noqa: S704
    return {"key": one.key, "label": one.label, "by": one.by, "chosen": chosen, **sides}
