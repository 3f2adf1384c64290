"""The list of directories, and the tree of one: a level opens when somebody looks into it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext as _

from services.directories.custodians import custodian_names
from services.directories.queries import (
    DirectoryPage,
    ItemView,
    children,
    directory_list,
    export_directory,
    search_items,
)
from webui.auth import signed_in
from webui.directories.area import area, directory
from webui.presentation import reader
from webui.reading import office, reading

_LEVEL = 200
_FOUND = 50


@area.get("/directories", action="directory.list")
def directories() -> str:
    """Every directory."""
    g.section = "directories"
    rows = directory_list(office(), reading(), signed_in(), reader().locale)
    return render_template("directories/list.html", rows=rows, scopes=scope_words(), is_admin=g.me.is_admin)


@area.get("/directories/<code>", action="directory.see", endpoint="directory")
def tree(code: str) -> str:
    """The top level, or what was looked for."""
    book, words = directory(code), request.args.get("q", "").strip()[:200]
    closed = request.args.get("closed") == "1"
    actor, locale, today = signed_in(), reader().locale, reader().today
    found: list[ItemView] = []
    if words:
        found = search_items(reading(), code, words, locale, today, viewer=actor, closed=closed, limit=_FOUND)
    return render_template(
        "directories/directory.html",
        book=book,
        scope=scope_words()[book.scope],
        words=words,
        closed=closed,
        found=lines(book, found, closed) if words else [],
        level=level_of(book, None, closed) if not words else {},
        stewards=custodian_names(reading(), [f"group:{one}" for one in book.stewards], locale),
        is_admin=g.me.is_admin,
    )


@area.get("/directories/<code>/level", action="directory.see")
def level(code: str) -> str:
    """What stands below an item, for the place it opens in."""
    book, closed = directory(code), request.args.get("closed") == "1"
    return render_template(
        "directories/level.html",
        book=book,
        level=level_of(book, request.args.get("parent") or None, closed, after=request.args.get("after")),
        closed=closed,
    )


@area.get("/directories/<code>.csv", action="directory.export")
def export(code: str) -> Response:
    """The organisation's items as CSV."""
    directory(code)
    answer = Response(export_directory(reading(), code), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}.csv"'
    return answer


def level_of(book: DirectoryPage, parent: str | None, closed: bool, *, after: str | None = None) -> dict[str, Any]:
    """A level of the tree as its template takes it; `more_url` when it goes on."""
    found = children(
        reading(),
        book.code,
        parent,
        reader().locale,
        reader().today,
        viewer=signed_in(),
        closed=closed,
        limit=_LEVEL + 1,
        after=after,
    )
    more = len(found) > _LEVEL
    asked = {"code": book.code, "parent": parent, "closed": "1" if closed else None}
    return {
        "lines": lines(book, found[:_LEVEL], closed),
        "more_url": url_for("directories.level", **asked, after=found[_LEVEL - 1].code) if more else "",
    }


def lines(book: DirectoryPage, views: Iterable[ItemView], closed: bool) -> list[dict[str, Any]]:
    """Items as lines: name, code, who answers, and where the level below is found."""
    listed = list(views)
    names = custodian_names(reading(), (one.custodian for one in listed), reader().locale)
    below = {"code": book.code, "closed": "1" if closed else None}
    return [
        {
            "code": one.code,
            "name": one.name,
            "path": " › ".join(one.path),
            "leaf": one.leaf,
            "open": one.open,
            "custodian": names.get(one.custodian or "", ""),
            "owner": one.owner,
            "url": url_for("directories.item", code=book.code, item=one.code),
            "level_url": url_for("directories.level", **below, parent=one.code),
        }
        for one in listed
    ]


def scope_words() -> dict[str, str]:
    """Whose items a directory holds."""
    return {
        "organisation": _("Of the organisation"),
        "unit": _("Of the organisation and of units"),
        "personal": _("Of the organisation and of each person"),
    }
