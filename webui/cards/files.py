"""Files of a card: download, attach, a new version."""

from __future__ import annotations

from flask import Response, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid, NotFound
from services.cards.queries import card_page
from services.files.attach_file import Received, add_version, attach_file, receive_file
from services.files.queries import FileRow, open_file
from services.files.store import chunks_of
from services.printing.draft_letter import draft_letter
from webui.auth import signed_in
from webui.cards.area import area, said
from webui.presentation import manner
from webui.reading import office, reading

_SANDBOX = "sandbox; default-src 'none'"


@area.get("/cards/<ref>/files/<file>", action="file.see", endpoint="file")
def download(ref: str, file: str) -> Response:
    """A version of a file, always as a download."""
    _card_has(ref, file)
    row, content = open_file(office(), reading(), signed_in(), file, request.args.get("version", type=int))
    return sent(row, content)


@area.post("/cards/<ref>/files", action="file.add")
def add_file(ref: str) -> AnyResponse:
    """Attach a file."""
    card_page(office(), reading(), signed_in(), ref, manner())
    attach_file(office(), signed_in(), ref, request.form.get("class", ""), received(request.files.get("file")))
    said(_("The file is attached."))
    return redirect(url_for("cards.card", ref=ref, tab="files"), 303)


@area.post("/cards/<ref>/files/<file>", action="file.replace", endpoint="add_version")
def replace(ref: str, file: str) -> AnyResponse:
    """Upload a new version; the older ones stay."""
    _card_has(ref, file)
    add_version(office(), signed_in(), file, received(request.files.get("file")))
    said(_("The new version is kept; the older ones stay."))
    return redirect(url_for("cards.card", ref=ref, tab="files"), 303)


@area.post("/cards/<ref>/draft-letter", action="letter.draft")
def take_draft(ref: str) -> AnyResponse:
    """The letter to write on in a word processor, as a download."""
    card_page(office(), reading(), signed_in(), ref, manner())
    drafted = draft_letter(office(), signed_in(), ref, _("Draft of the reply"))
    return redirect(url_for("cards.file", ref=ref, file=drafted.ref, version=drafted.version), 303)


def received(upload: FileStorage | None) -> Received:
    """The upload, stored and judged."""
    if upload is None or not upload.filename:
        raise Invalid("file-refused", {"file": ("required", {})})
    return receive_file(office(), upload.filename, chunks_of(upload.stream))  # type: ignore[arg-type]


def sent(row: FileRow, content: object) -> Response:
    """A file's content as an answer that no browser runs."""
    return harmless(content, row.content_type, row.name)


def harmless(content: object, content_type: str, name: str) -> Response:
    """Bytes as a download that no browser runs and nobody keeps on the way."""
    answer = send_file(content, content_type, as_attachment=True, download_name=name)  # type: ignore[arg-type]
    answer.headers["Content-Security-Policy"] = _SANDBOX
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _card_has(ref: str, file: str) -> None:
    """A file is reached only through its own card."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    if not any(file == row.ref for group in page.files for row in group.files):
        raise NotFound("file-not-found")
