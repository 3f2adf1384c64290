"""A file into a directory: looked at first, then taken whole or not at all."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotAllowed
from services.cards.drafts import draft, save_draft
from services.directories.import_directory import ImportPreview, import_directory, preview_import
from webui.admin.solutions import finding_line
from webui.auth import signed_in
from webui.cards.area import fresh_request_id, said
from webui.directories.area import area, directory
from webui.errors import sentence
from webui.forms import revision, whole_file
from webui.presentation import reader
from webui.reading import look_again, office, reading

_MOST_BYTES = 8 * 1024 * 1024
_SHOWN = 200
_MARKS = {"added": "ok", "changed": "note", "closed": "skip"}


@area.get("/directories/<code>/import", action="directory.import")
def import_page(code: str) -> str:
    """Where a file is chosen."""
    return _page(code)


@area.post("/directories/<code>/import", action="directory.import")
def look(code: str) -> str | tuple[str, int]:
    """What the file would do; it is kept beside until it is taken or another one comes."""
    _kept(code)
    try:
        content = whole_file("file", _MOST_BYTES)
    except Invalid as error:
        return _page(code, complaint=sentence(error.code, error.params)), 422
    seen = preview_import(office(), reading(), signed_in(), code, content)
    if seen.refused:
        return _page(code, seen), 422
    save_draft(office(), signed_in(), _key(code), {"file": content.decode("utf-8-sig")}, most=2 * _MOST_BYTES)
    return _page(code, seen)


@area.post("/directories/<code>/import/take", action="directory.import")
def take(code: str) -> Response | tuple[str, int]:
    """Take the file that was looked at."""
    _kept(code)
    kept = draft(reading(), signed_in(), _key(code))
    if kept is None:
        return _page(code, complaint=sentence("file-required")), 422
    content = str(kept.values["file"]).encode("utf-8")
    closing = "close_missing" in request.form
    try:
        done = import_directory(office(), signed_in(), code, content, revision=revision(), close_missing=closing)
    except Conflict as error:
        look_again()
        seen = preview_import(office(), reading(), signed_in(), code, content)
        return _page(code, seen, sentence(error.code, error.params)), 409
    count = reader().number(len(done))
    said(ngettext("%(count)s entry is changed.", "%(count)s entries are changed.", len(done), count=count))
    return redirect(url_for("directories.directory", code=code), 303)


def _kept(code: str) -> None:
    if not directory(code).keeping.everything:
        raise NotAllowed("directory-keep")


def _key(code: str) -> str:
    return f"import:directory:{code}"


def _page(code: str, seen: ImportPreview | None = None, complaint: str = "") -> str:
    _kept(code)
    return render_template(
        "directories/import.html",
        book=directory(code),
        seen=seen,
        counts=_counts(seen) if seen else [],
        lines=[_line(change) for change in seen.changes[:_SHOWN]] if seen else [],
        more=max(0, len(seen.changes) - _SHOWN) if seen else 0,
        findings=[finding_line(found) for found in seen.findings[:_SHOWN]] if seen else [],
        complaint=complaint,
        request_id=fresh_request_id(),
    )


def _words() -> dict[str, str]:
    return {"added": _("Added"), "changed": _("Changed"), "closed": _("Closed")}


def _counts(seen: ImportPreview) -> list[tuple[str, str]]:
    return [
        (word, reader().number(sum(change.what == what for change in seen.changes))) for what, word in _words().items()
    ]


def _line(change: Any) -> dict[str, Any]:
    return {
        "st": _MARKS[change.what],
        "word": _words()[change.what],
        "code": change.code,
        "name": change.name,
        "columns": ", ".join(change.columns),
    }
