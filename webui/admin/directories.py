"""Directories themselves: made, named, given to those who keep them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid
from services.accounts.queries import groups
from services.directories.change_directory import DirectoryFacts, change_directory, make_directory
from services.directories.queries import DirectoryPage
from webui.admin.area import area, fresh_request_id, name_in, said
from webui.auth import signed_in
from webui.directories.area import directory as page_of
from webui.directories.area import name_fields, typed_names
from webui.directories.pages import scope_words
from webui.errors import field_sentences, sentence
from webui.forms import revision
from webui.reading import office, reading


@area.get("/directories/new", action="directory.make")
def new_directory() -> str:
    """The empty form."""
    return _form(None, DirectoryFacts({}), {})


@area.post("/directories", action="directory.make")
def add_directory() -> Response | tuple[str, int]:
    """Make an empty directory."""
    code, facts = request.form.get("code", "").strip(), _typed()
    try:
        make_directory(office(), signed_in(), code, facts)
    except Invalid as error:
        return _form(None, facts, field_sentences(error), code), 422
    except Conflict as error:
        return _form(None, facts, {"code": sentence(error.code, error.params)}, code), 409
    said(_("The directory is made."))
    return redirect(url_for("directories.directory", code=code), 303)


@area.get("/directories/<code>", action="directory.change")
def directory(code: str) -> str:
    """How it is called, who keeps it."""
    book = page_of(code)
    return _form(book, DirectoryFacts(book.names, book.scope, book.stewards, book.columns), {})


@area.post("/directories/<code>", action="directory.change")
def change_the_directory(code: str) -> Response | tuple[str, int]:
    """Keep what was typed."""
    book, facts = page_of(code), _typed()
    seen = revision()
    try:
        change_directory(office(), signed_in(), code, facts, book.revision if seen is None else seen)
    except Invalid as error:
        return _form(book, facts, field_sentences(error)), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("directories.directory", code=code), 303)


def _typed() -> DirectoryFacts:
    return DirectoryFacts(
        names=typed_names(),
        scope=request.form.get("scope", "organisation"),
        stewards=tuple(request.form.getlist("stewards")),
        columns=tuple(request.form.get("columns", "").replace(",", " ").split()),
    )


def _form(book: DirectoryPage | None, facts: DirectoryFacts, errors: dict[str, str], code: str = "") -> str:
    return render_template(
        "admin/directory.html",
        book=book,
        code=code,
        facts=facts,
        names=name_fields(dict(facts.names), errors),
        scopes=list(scope_words().items()),
        groups=[(group.code, name_in(dict(group.names), group.code)) for group in groups(reading())],
        errors=errors,
        request_id=fresh_request_id(),
    )
