"""`/lookup`: type-ahead over people, units, parties and directories; only what the person asking may choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotFound
from engine.store.text import normalise
from services.accounts.queries import find_people, groups
from services.cards.linked_cards import find_cards
from services.cards.queries import creatable_types
from services.directories.queries import children, search_items
from services.discussion.queries import find_readers
from services.organisation.units import name_in, units
from services.parties.queries import find_parties
from services.privacy.note_read import note_search
from webui.api.area import area
from webui.auth import signed_in
from webui.presentation import about, manner, reader
from webui.reading import office, reading

_LIMIT = 20


@area.get("/lookup", action="lookup")
def lookup() -> Response:
    """Choices for `kind` that have the words of `q`; a directory walks level by level below `parent`."""
    find = _FINDERS.get(request.args.get("kind", ""))
    if find is None:
        raise Invalid("lookup-kind")
    return jsonify(find(reading(), request.args.get("q", "")[:200], request.args))


def _person(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = find_people(session, words, group=asked.get("group"), limit=_LIMIT)
    return [{"value": row.login, "label": row.name, "hint": row.post} for row in rows]


def _unit(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    wanted, locale = normalise(words).split(), reader().locale
    found = [
        {"value": unit.code, "label": unit.name(locale), "hint": unit.code}
        for unit in units(session, kind=asked.get("unit_kind"))
        if not unit.closed and all(word in normalise(f"{unit.code} {' '.join(unit.names.values())}") for word in wanted)
    ]
    return found[:_LIMIT]


def _party(session: Session, words: str, _asked: Mapping[str, str]) -> list[dict[str, Any]]:
    if not creatable_types(office(), session, signed_in()):
        raise NotFound("page-not-found")
    rows = find_parties(office(), session, words, limit=_LIMIT)
    note_search(office(), signed_in(), (row.id for row in rows if row.kind == "person"), typing=True)
    return [{"value": row.ref, "label": row.name, "hint": row.mail or row.phone} for row in rows]


def _directory(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    name, locale, today = asked.get("directory", ""), reader().locale, reader().today
    if words.strip():
        rows = search_items(
            session, name, words, locale, today, leaf=asked.get("leaf") == "1", limit=_LIMIT, viewer=signed_in()
        )
    else:
        rows = children(session, name, asked.get("parent"), locale, today, viewer=signed_in())
    return [
        {"value": row.code, "label": row.name, "hint": row.code, "path": list(row.path), "leaf": row.leaf}
        for row in rows
    ]


def _entry(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Any item of a directory, as the place another one stands below: what has a level below is chosen, not walked into."""
    name, locale, today = asked.get("directory", ""), reader().locale, reader().today
    if words.strip():
        rows = search_items(session, name, words, locale, today, closed=True, limit=_LIMIT)
    else:
        rows = children(session, name, None, locale, today, closed=True, limit=_LIMIT)
    return [{"value": row.code, "label": row.name, "hint": row.code, "path": list(row.path)} for row in rows]


def _custodian(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who may answer for something: units, people and groups together."""
    wanted, locale = normalise(words).split(), reader().locale
    found = [{**one, "value": f"unit:{one['value']}"} for one in _unit(session, words, {})[: _LIMIT // 2]]
    found += [
        {"value": f"group:{group.code}", "label": name_in(group.names, locale, group.code), "hint": group.code}
        for group in groups(session)
        if wanted and all(word in normalise(f"{group.code} {' '.join(group.names.values())}") for word in wanted)
    ]
    found += [{**one, "value": f"user:{one['value']}"} for one in _person(session, words, {})]
    return found[:_LIMIT]


def _card(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Documents of any kind the person asking sees."""
    rows = find_cards(office(), session, signed_in(), words, manner(), but=asked.get("but", ""), limit=_LIMIT)
    return [
        {
            "value": row.ref,
            "label": f"{row.number} · {about(row.title, row.number)}" if row.number else row.title,
            "hint": f"{row.type_title} · {row.state.label}",
        }
        for row in rows
    ]


def _reader(session: Session, words: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who sees a document, for somebody who sees it too."""
    rows = find_readers(session, signed_in(), asked.get("card", ""), words, limit=_LIMIT)
    return [{"value": row.login, "label": row.name, "hint": row.post or row.login} for row in rows]


_FINDERS: dict[str, Callable[[Session, str, Mapping[str, str]], list[dict[str, Any]]]] = {
    "person": _person,
    "unit": _unit,
    "party": _party,
    "directory": _directory,
    "directory-entry": _entry,
    "custodian": _custodian,
    "card": _card,
    "reader": _reader,
}
