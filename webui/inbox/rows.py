"""Tasks as lines: of the inbox and of the first page; the figures at the rail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.actor import Actor
from services.inbox.queries import FILTERS, InboxCounts, InboxRow, inbox, inbox_counts
from services.inbox.walk import MANY
from services.processes.queries import may_operate, open_incidents
from webui.presentation import about, manner, reader
from webui.reading import office, reading

_SIGNS = {"visa": "check", "signature": "pen", "registration": "stamp"}
_ICONS = {"all": "inbox", "mine": "client", "group": "users", "overdue": "s-over", "today": "clock", "done": "s-ok"}
_FEW = 50


@dataclass(frozen=True)
class Today:
    """The first page: counters, groups of tasks, one sentence of advice."""

    counts: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    advice: str


def rail_counts(actor: Actor) -> dict[str, dict[str, Any]]:
    """The figures at the places of the rail: `text`, and `hot` when something is late or broken."""
    counts = inbox_counts(reading(), actor, manner())
    figures: dict[str, dict[str, Any]] = {"inbox": {"text": figure(counts.all, none=""), "hot": counts.overdue > 0}}
    if may_operate(actor):
        broken = open_incidents(reading())
        figures["incidents"] = {"text": figure(broken, none=""), "hot": broken > 0}
    return figures


def figure(count: int, *, none: str | None = None) -> str:
    """A count as people read it; nobody counts beyond `MANY`."""
    if count >= MANY:
        return reader().number(MANY - 1) + "+"
    return reader().number(count) if count or none is None else none


def by_term(actor: Actor) -> Today:
    """The actor's nearest tasks, in groups by term."""
    page = inbox(office(), reading(), actor, manner(), limit=_FEW)
    groups: dict[str, list[InboxRow]] = {}
    for row in page.rows:
        groups.setdefault(_group(row.due_at), []).append(row)
    titles = {
        "late": _("Overdue"),
        "today": _("Today"),
        "tomorrow": _("Tomorrow, %(day)s", day=reader().day(reader().today + timedelta(days=1))),
        "week": _("This week"),
        "later": _("Later"),
        "never": _("Without a term"),
    }
    shown = [
        {"title": title, "count": reader().number(len(groups[key])), "rows": [_home_row(row) for row in groups[key]]}
        for key, title in titles.items()
        if key in groups
    ]
    return Today(_counts(page.counts), shown, _advice(page.counts))


def folders(counts: InboxCounts, current: str) -> list[dict[str, Any]]:
    """The filters of the inbox."""
    return [
        {
            "id": which,
            "text": _folder(which),
            "icon": _ICONS[which],
            "url": url_for("inbox.inbox", folder=which),
            "n": "" if which == "done" else figure(getattr(counts, which)),
            "hot": which == "overdue" and counts.overdue > 0,
            "current": which == current,
        }
        for which in FILTERS
    ]


def line(row: InboxRow, folder: str, current: str) -> dict[str, Any]:
    """A line of the list."""
    mark = None
    if row.ended_at is not None:
        mark = {"st": "ok", "word": _("done")}
    elif row.holder and not row.mine:
        mark = {"st": "deleg", "word": _("for %(name)s", name=row.holder)}
    elif row.holder is None:
        mark = {"st": "idle", "word": _("nobody's yet")}
    return {
        "id": f"task-{row.ref}",
        "url": url_for("inbox.task", ref=row.ref, folder=folder),
        "title": row.name,
        "number": row.number or "",
        "who": about(row.title, row.number) or row.state_label,
        "due": reader().term(row.due_at, done=row.ended_at is not None),
        "mark": mark,
        "unread": row.ended_at is None and row.holder is None,
        "current": row.ref == current,
    }


def _home_row(row: InboxRow) -> dict[str, Any]:
    return {
        "sign": _SIGNS.get(row.kind, "doc"),
        "title": row.name,
        "url": url_for("inbox.task", ref=row.ref),
        "number": row.number or "",
        "meta": [text for text in (about(row.title, row.number), row.state_label) if text],
        "due": reader().term(row.due_at),
    }


def _group(due: datetime | None) -> str:
    if due is None:
        return "never"
    if due <= reader().now:
        return "late"
    days = (due.astimezone(reader().zone).date() - reader().today).days
    return "today" if days == 0 else "tomorrow" if days == 1 else "week" if days < 7 else "later"


def _counts(counts: InboxCounts) -> list[dict[str, Any]]:
    return [
        {
            "n": figure(getattr(counts, which)),
            "text": _folder(which),
            "url": url_for("inbox.inbox", folder=which),
            "late": which == "overdue" and counts.overdue > 0,
        }
        for which in ("overdue", "today", "mine", "group", "all")
    ]


def _folder(which: str) -> str:
    return {
        "all": _("Mine and my groups'"),
        "mine": _("Mine"),
        "group": _("Nobody's in my groups"),
        "overdue": _("Overdue"),
        "today": _("By the end of today"),
        "done": _("Done by me"),
    }[which]


def _advice(counts: InboxCounts) -> str:
    if not counts.today:
        return _("Nothing has to be done today.")
    number = figure(counts.today)
    return ngettext("To be done today: %(count)s task", "To be done today: %(count)s tasks", counts.today, count=number)
