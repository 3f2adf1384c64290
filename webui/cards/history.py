"""The history of a card: as a table with filters, as a picture of states and tasks in time, two saves compared, on paper."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from engine.actor import MACHINE
from services.cards.compare_revisions import Difference, compare_revisions, revisions
from services.cards.differences import rows_between, words_between
from services.cards.history import (
    KINDS,
    OWN,
    SEES_ADDRESSES,
    VIAS,
    Event,
    HistoryFilter,
    Stretch,
    card_course,
    card_history,
)
from services.cards.queries import CardPage, card_page
from services.cards.references import OfficeReferences
from webui.auth import signed_in
from webui.cards.area import area, mark
from webui.cards.links import link_words, word_of
from webui.cards.page import head_of, part
from webui.forms import typed_days
from webui.presentation import manner, reader
from webui.reading import office, reading

_PRINTED = 1000
_LONG_TEXT = 120  # characters of both sides from which words are compared
_LABEL, _LONG, _ROW, _EDGE = 260, 460, 34, 4


@area.get("/cards/<ref>/history", action="card.see")
def history(ref: str) -> str:
    """The history on paper: everything the filter lets through."""
    page = card_page(office(), reading(), signed_in(), ref, manner())
    wanted = _wanted()
    found = card_history(office(), reading(), signed_in(), ref, manner(), wanted, limit=_PRINTED)
    return render_template(
        "cards/print_history.html",
        card=head_of(page),
        events=[_event(one, ref) for one in found.events],
        addresses=_sees_addresses(),
        cut=found.cursor is not None,
        course=_drawn(card_course(office(), reading(), signed_in(), ref, manner())),
        back_url=url_for("cards.card", ref=ref, tab="history"),
    )


@area.get("/cards/<ref>/compare", action="card.see")
def compare(ref: str) -> str:
    """What differs between two saves."""
    actor = signed_in()
    page = card_page(office(), reading(), actor, ref, manner())
    newer = request.args.get("newer", page.revision, type=int)
    older = request.args.get("older", max(1, newer - 1), type=int)
    found = compare_revisions(office(), reading(), actor, ref, older, newer, manner())
    paper = request.args.get("paper") == "1"
    return render_template(
        "cards/print_compare.html" if paper else "cards/compare.html",
        card=head_of(page),
        older=_("version %(number)s", number=reader().number(older)),
        newer=_("version %(number)s", number=reader().number(newer)),
        changes=[_difference(one) for one in found],
        paper_url=url_for("cards.compare", ref=ref, older=older, newer=newer, paper=1),
        back_url=url_for("cards.compare", ref=ref, older=older, newer=newer),
    )


@part("history")
def history_part(page: CardPage) -> dict[str, Any]:
    """The tab."""
    wanted = _wanted()
    before = request.args.get("before", type=int)
    found = card_history(office(), reading(), signed_in(), page.ref, manner(), wanted, before=before)
    saves = revisions(office(), reading(), signed_in(), page.ref, manner())
    course = card_course(office(), reading(), signed_in(), page.ref, manner())
    kept = {name: value for name, value in request.args.items(multi=True) if name not in ("before", "tab")}
    more = {**kept, "tab": "history", "before": found.cursor}
    here = url_for("cards.card", ref=page.ref)
    return {
        "events": [_event(one, page.ref) for one in found.events],
        "addresses": _sees_addresses(),
        "more_url": f"{here}?{urlencode(more)}" if found.cursor else "",
        "paper_url": f"{url_for('cards.history', ref=page.ref)}?{urlencode(kept)}",
        "kinds": [("" if kind in OWN else kind, text) for kind, text in _kind_words().items()],
        "wanted": {name: request.args.get(name, "") for name in ("kind", "since", "until", "via")},
        "chosen": {name: _person(request.args.get(name, "")) for name in ("who", "for")},
        "vias": [("", _("Anywhere")), *_via_words().items()],
        "lookup_url": url_for("api.lookup"),
        "course": _drawn(course),
        "revisions": [
            {"revision": row.revision, "text": f"{reader().number(row.revision)} · {reader().short(row.at).text}"}
            for row in saves
        ],
    }


def _wanted() -> HistoryFilter:
    days, kind = typed_days(("since", "until"), "list-refused"), request.args.get("kind", "")
    until = days["until"]
    return HistoryFilter(
        kinds=tuple(KINDS) if kind == "all" else (kind,) if kind else OWN,
        who=request.args.get("who", "")[:64],
        acting_for=request.args.get("for", "")[:64],
        since=_begin(days["since"]),
        until=_begin(until + timedelta(days=1)) if until else None,
        via=request.args.get("via", "")[:16],
    )


def _person(login: str) -> list[dict[str, str]]:
    """Who is filtered by, as the type-ahead shows it."""
    login = login[:64]
    found = OfficeReferences(reading(), manner()).person(login) if login else None
    return [{"value": login, "label": found.name if found else login}] if login else []


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=reader().zone) if day else None


def _sees_addresses() -> bool:
    return bool(signed_in().roles & SEES_ADDRESSES)


def _event(one: Event, ref: str) -> dict[str, Any]:
    state = one.state
    return {
        "st": mark(state.category) if state else "idle",
        "what": _action_words().get(one.action, one.action),
        "state": state.label if state and one.action != "card.changed" else "",
        "fields": one.fields,
        "about": _about(one),
        "when": reader().moment(one.at),
        "who": _by(one),
        "acting_for": one.acting_for,
        "via": _via_words().get(one.via, one.via),
        "ip": one.ip,
        "compare_url": url_for("cards.compare", ref=ref, older=one.revision - 1, newer=one.revision)
        if one.fields and one.revision
        else "",
    }


def _about(one: Event) -> str:
    if one.kind == "links" and "kind" in one.details:
        return f"{word_of(str(one.details['kind']), bool(one.details['back']), link_words())}: {one.about}"
    if "version" in one.details:
        return f"{one.about} · {_('version %(number)s', number=reader().number(one.details['version']))}"
    return " · ".join(word for word in (one.about, one.outcome) if word)


def _by(one: Event) -> str:
    """Who did it: a customer and the machine have no account."""
    if one.by_account:
        return one.who
    return _("the system") if one.who == MACHINE.name else _("the customer")


def _kind_words() -> dict[str, str]:
    return {
        "card": _("The card alone"),
        "all": _("With everything that belongs to it"),
        "files": _("Files"),
        "links": _("Links"),
        "tasks": _("Tasks and visas"),
        "numbers": _("Numbers"),
        "notes": _("Discussion"),
    }


def _via_words() -> dict[str, str]:
    words = {
        "web": _("These pages"),
        "portal": _("Portal"),
        "api": _("A program"),
        "mail": _("Mail"),
        "cli": _("Command line"),
        "job": _("The system itself"),
        "scenario": _("A scenario"),
    }
    return {via: words[via] for via in VIAS}


def _action_words() -> dict[str, str]:
    return {
        "card.created": _("Received"),
        "card.changed": _("Changed"),
        "card.registered": _("Registered"),
        "card.moved": _("Moved on"),
        "card.annulled": _("Registration annulled"),
        "card.binned": _("Thrown into the bin"),
        "card.erased": _("Personal data erased"),
        "card.restored": _("Taken out of the bin"),
        "card.linked": _("Linked"),
        "card.unlinked": _("Link removed"),
        "card.grouped": _("Put into a group"),
        "card.ungrouped": _("Taken out of a group"),
        "file.added": _("File attached"),
        "file.replaced": _("New version of a file"),
        "file.removed": _("File removed"),
        "task.claim": _("Task taken"),
        "task.release": _("Task given back"),
        "task.give": _("Task handed over"),
        "task.answered": _("Task completed"),
        "number.reserved": _("Number reserved"),
        "number.released": _("Number released"),
        "number.annulled": _("Number annulled"),
        "note.added": _("Note written"),
        "note.changed": _("Note changed"),
        "note.deleted": _("Note deleted"),
    }


def _difference(one: Difference) -> dict[str, Any]:
    """Rich text is compared as plain words: its marks are no part of what it says."""
    before, after = (Markup(text).striptags() if one.rich else text for text in (one.before, one.after))  # noqa: S704
    before, after = (_("erased") if gone else text for gone, text in zip(one.gone, (before, after), strict=True))
    pieces = words_between(before, after)
    inline = bool(before and after) and len(before) + len(after) > _LONG_TEXT
    return {
        "label": one.label,
        "before": before,
        "after": after,
        "columns": one.columns,
        "rows": rows_between(one.rows_before, one.rows_after) if one.columns else (),
        "pieces": pieces if inline else (),
        "fold": inline and len(before) + len(after) > _LONG_TEXT * 10,
    }


def _drawn(course: tuple[Stretch, ...]) -> dict[str, Any] | None:
    """States and tasks as bars over time, one a line; the words and times stand in each line, not in colour alone."""
    if not course:
        return None
    now = reader().now
    begin, end = course[0].since, max(one.until or now for one in course)
    whole = max((end - begin).total_seconds(), 1)
    page, back = _LABEL + _LONG + 2 * _EDGE, reader().locale == "fa"  # time goes as one reads
    lines = []
    for place, one in enumerate(course):
        until = one.until or now
        x = min(_LABEL + round(_LONG * (one.since - begin).total_seconds() / whole), _LABEL + _LONG - 6)
        wide = min(max(6, round(_LONG * (until - one.since).total_seconds() / whole)), _LABEL + _LONG - x)
        indent = 16 if one.what == "task" else 0
        lines.append(
            {
                "y": _EDGE + place * _ROW,
                "x": page - x - wide if back else x,
                "wide": wide,
                "at": page - indent if back else indent,
                "task": one.what == "task",
                "st": mark(one.category),
                "label": one.label,
                "note": " · ".join(word for word in (reader().span(until - one.since), one.who) if word),
                "since": reader().short(one.since),
                "until": reader().short(one.until),
            }
        )
    return {
        "lines": lines,
        "wide": page,
        "high": 2 * _EDGE + len(lines) * _ROW,
        "axis": (0, page - _LABEL) if back else (_LABEL, page),
        "begin": reader().short(begin),
        "end": reader().short(end),
    }
