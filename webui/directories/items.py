"""One item: its form, and what becomes of it."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotAllowed
from services.directories.add_item import MINE, add_item
from services.directories.change_item import change_item
from services.directories.close_item import close_item, reopen_item
from services.directories.custodians import custodian_names
from services.directories.delete_item import delete_item
from services.directories.queries import DirectoryPage, ItemPage, item_page, items
from services.directories.rules import ItemFacts
from services.directories.uses import uses_of
from services.organisation.units import units
from webui.auth import signed_in
from webui.cards.area import fresh_request_id, said
from webui.directories.area import area, directory, name_fields, typed_names
from webui.directories.pages import lines
from webui.errors import field_sentences, sentence
from webui.forms import revision, typed_days
from webui.presentation import reader
from webui.reading import office, reading

_DAYS = ("valid_from", "valid_to")


@area.get("/directories/<code>/new", action="directory.item-add")
def new_item(code: str) -> str:
    """The empty form, below the item of `parent`."""
    book = directory(code)
    if not book.keeping.any():
        raise NotAllowed("directory-keep")
    return _form(book, None, {"parent": request.args.get("parent", "")}, {})


@area.post("/directories/<code>/items", action="directory.item-add")
def add(code: str) -> Response | tuple[str, int]:
    """Add the item."""
    book = directory(code)
    owner = request.form.get("owner") or None
    try:
        made = add_item(office(), signed_in(), code, request.form.get("code", ""), _typed_facts(book), owner=owner)
    except Invalid as error:
        return _form(book, None, dict(request.form), field_sentences(error)), 422
    except Conflict as error:
        return _form(book, None, dict(request.form), {"code": sentence(error.code, error.params)}), 409
    said(_("The entry is added."))
    return redirect(url_for("directories.item", code=code, item=made), 303)


@area.get("/directories/<code>/items/<item>", action="directory.item-see")
def item(code: str, item: str) -> str:
    """One item: where it stands, what it says, what stands below."""
    book = directory(code)
    return _form(book, _page(code, item), {}, {})


@area.post("/directories/<code>/items/<item>", action="directory.item-change")
def change(code: str, item: str) -> Response | tuple[str, int]:
    """Write the item anew, perhaps at another place of the tree."""
    book, page = directory(code), _page(code, item)
    try:
        facts = _typed_facts(book)
        seen = revision()
        change_item(office(), signed_in(), code, item, facts, page.revision if seen is None else seen)
    except Invalid as error:
        return _form(book, page, dict(request.form), field_sentences(error)), 422
    except Conflict as error:
        typed = dict(request.form)
        return _form(book, page, typed, {}, sentence(error.code, error.params)), 409
    said(_("Saved. It is in force now."))
    return redirect(url_for("directories.item", code=code, item=item), 303)


@area.post("/directories/<code>/items/<item>/<any(close,reopen):what>", action="directory.item-close")
def close(code: str, item: str, what: str) -> Response:
    """Take the item out of choice, or let it be chosen again."""
    directory(code)
    _page(code, item)
    (close_item if what == "close" else reopen_item)(office(), signed_in(), code, item)
    done = {"close": _("The entry is closed. Documents keep it."), "reopen": _("The entry may be chosen again.")}
    said(done[what])
    return redirect(url_for("directories.item", code=code, item=item), 303)


@area.get("/directories/<code>/items/<item>/uses", action="directory.item-see")
def uses(code: str, item: str) -> str:
    """Where the item is used, asked before it is deleted."""
    book, page = directory(code), _page(code, item)
    if not page.may_change:
        raise NotAllowed("directory-keep")
    found = uses_of(office(), reading(), signed_in(), code, item)
    return render_template("directories/uses.html", book=book, page=page, uses=found, request_id=fresh_request_id())


@area.post("/directories/<code>/items/<item>/delete", action="directory.item-delete")
def delete(code: str, item: str) -> Response:
    """Delete an item nobody ever used."""
    directory(code)
    page = _page(code, item)
    delete_item(office(), signed_in(), code, item)
    said(_("The entry is deleted."))
    if page.parent:
        return redirect(url_for("directories.item", code=code, item=page.parent), 303)
    return redirect(url_for("directories.directory", code=code), 303)


def _page(code: str, item: str) -> ItemPage:
    return item_page(office(), reading(), signed_in(), code, item, reader().locale, reader().today)


def _typed_facts(book: DirectoryPage) -> ItemFacts:
    days = typed_days(_DAYS, "directory-refused")
    place = request.form.get("place", "").strip()
    custodian = request.form.get("custodian", "").removeprefix("unit:") or None
    return ItemFacts(
        names=typed_names(),
        parent=request.form.get("parent") or None,
        custodian=custodian,
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
        data={column: request.form.get(f"data.{column}", "") for column in book.columns},
        place=int(place) if place.isdecimal() and len(place) < 7 else None,
    )


def _form(
    book: DirectoryPage, page: ItemPage | None, typed: dict[str, str], errors: dict[str, str], complaint: str = ""
) -> str:
    values = _values(book, page) | typed
    names = {one.removeprefix("name_"): text for one, text in values.items() if one.startswith("name_")}
    return render_template(
        "directories/item.html",
        book=book,
        page=page,
        lines=lines(book, page.children, closed=True) if page else [],
        may_change=page.may_change if page else book.keeping.any(),
        names=name_fields(names, errors),
        values=values,
        chosen_parent=_chosen(book, values.get("parent", "")),
        chosen_custodian=_custodian(values.get("custodian", "")),
        columns=[(one, values.get(f"data.{one}", ""), errors.get(f"data.{one}", "")) for one in book.columns],
        owners=_owners(book) if page is None else [],
        errors=errors,
        complaint=complaint,
        request_id=fresh_request_id(),
    )


def _values(book: DirectoryPage, page: ItemPage | None) -> dict[str, Any]:
    if page is None:
        return {"owner": "" if book.keeping.everything else MINE}
    return {
        "code": page.view.code,
        "parent": page.parent or "",
        "custodian": page.view.custodian or "",
        "valid_from": page.valid_from.isoformat() if page.valid_from else "",
        "valid_to": page.valid_to.isoformat() if page.valid_to else "",
        "place": page.place,
        **{f"name_{language}": text for language, text in page.names.items()},
        **{f"data.{column}": text for column, text in page.view.data.items()},
    }


def _chosen(book: DirectoryPage, code: str) -> list[dict[str, Any]]:
    found = items(reading(), book.code, [code], reader().locale, reader().today) if code else {}
    return [{"value": one.code, "label": one.name, "hint": one.code} for one in found.values()]


def _custodian(code: str) -> list[dict[str, str]]:
    if not code:
        return []
    value = code if ":" in code else f"unit:{code}"
    return [{"value": value, "label": custodian_names(reading(), [code], reader().locale)[code]}]


def _owners(book: DirectoryPage) -> list[tuple[str, str]]:
    """Whose the new item may be; the organisation's comes first for who keeps the whole."""
    found = [("", _("The organisation's"))] if book.keeping.everything else []
    if book.keeping.own:
        found.append((MINE, _("My own")))
    if book.keeping.units or (book.scope == "unit" and book.keeping.everything):
        locale = reader().locale
        found += [
            (unit.code, unit.name(locale))
            for unit in units(reading())
            if book.keeping.everything or unit.id in book.keeping.units
        ]
    return found
