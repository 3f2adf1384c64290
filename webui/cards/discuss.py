"""The discussion beside a card: notes of employees for employees."""

from __future__ import annotations

import re
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from engine.errors import Invalid
from services.cards.queries import CardPage, card_page
from services.discussion.change_note import change_note, delete_note
from services.discussion.queries import NoteView, discussion
from services.discussion.rules import MOST_CHARACTERS, MOST_MENTIONS
from services.discussion.write_note import write_note
from webui.auth import signed_in
from webui.cards.area import area, fresh_request_id, said
from webui.cards.page import card_view, part
from webui.errors import field_sentences
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.post("/cards/<ref>/notes", action="note.write")
def add_note(ref: str) -> Response | tuple[str, int]:
    """Write a note at the end."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    try:
        write_note(office(), signed_in(), ref, _called() + request.form.get("text", ""))
    except Invalid as error:
        return card_view(page, "discussion", discussion_part(page, error)), 422
    return _back(ref)


@area.post("/cards/<ref>/notes/<note>", action="note.write")
def mend_note(ref: str, note: str) -> Response | tuple[str, int]:
    """Put other words in place, or take the note back."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    if request.form.get("go") == "delete":
        delete_note(office(), signed_in(), ref, note)
        said(_("The note is deleted; that there was one stays."))
        return _back(ref)
    try:
        change_note(office(), signed_in(), ref, note, request.form.get("text", ""))
    except Invalid as error:
        return card_view(page, "discussion", discussion_part(page, error, note)), 422
    return _back(ref)


@part("discussion")
def discussion_part(page: CardPage, refused: Invalid | None = None, note: str = "") -> dict[str, Any]:
    """The tab."""
    found = discussion(office(), reading(), signed_in(), page.ref, before=request.args.get("before", type=int))
    complaint = field_sentences(refused).get("text", "") if refused is not None else ""
    typed = request.form.get("text", "") if refused is not None else ""
    return {
        "notes": [
            _note(one, typed if one.ref == note else "", complaint if one.ref == note else "") for one in found.notes
        ],
        "earlier_url": url_for("cards.card", ref=page.ref, tab="discussion", before=found.earlier)
        if found.earlier
        else "",
        "typed": "" if note else typed,
        "complaint": "" if note else complaint,
        "lookup_url": url_for("api.lookup"),
        "most": MOST_CHARACTERS,
        "request_id": fresh_request_id(),
    }


def _called() -> str:
    """Those chosen beside the note, as if typed at its beginning."""
    text = request.form.get("text", "")
    logins = [login for login in request.form.getlist("call")[:MOST_MENTIONS] if login and f"@{login}" not in text]
    return "".join(f"@{login} " for login in logins) if text.strip() else ""


def _back(ref: str) -> Response:
    return redirect(url_for("cards.card", ref=ref, tab="discussion", _anchor="end"), 303)


def _note(one: NoteView, typed: str, complaint: str) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "author": one.author,
        "mine": one.mine,
        "words": _worded(one),
        "text": typed or one.text,
        "complaint": complaint,
        "at": reader().moment(one.at),
        "changed": reader().moment(one.changed_at),
        "deleted": reader().moment(one.deleted_at),
        "may_mend": one.may_mend,
    }


def _worded(one: NoteView) -> Markup:
    """The text with the mentioned by name; everything else stays text."""
    words = str(escape(one.text))
    for login, name in one.names.items():
        called = Markup('<b class="ch-strong"><bdi>@{}</bdi></b>').format(name)
        words = re.sub(
            rf"(?i)(?<![\w@.+-])@{re.escape(login)}(?![a-z0-9_-])", lambda _found, put=called: str(put), words
        )
    return Markup(words.replace("\n", "<br>"))  # noqa: S704
