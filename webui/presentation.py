"""In which language, calendar and zone the current visitor reads; the filters templates use."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import get_locale

from services.fields.face import Manner
from webui.formats import Reader, initials, lines, short_name

LANGUAGES = {"ru": "Русский", "en": "English", "fa": "فارسی"}
LANGUAGE_COOKIE = "ch-lang"


def choose_locale() -> str:
    """
    The account's language; else the one chosen on this machine; else the browser's, for a visitor; else the
    organisation's.
    """
    me = g.get("me")
    if me is not None:
        return str(me.manner.locale)
    chosen = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    accepted = request.accept_languages.best_match(list(LANGUAGES))
    in_force = g.get("policies")
    return accepted or (in_force.locale if in_force is not None else "en")


def reader() -> Reader:
    """The current visitor's reader; its `now` is the office's clock when the request came."""
    if "reader" not in g:
        g.reader = _reader()
    found: Reader = g.reader
    return found


def about(title: str, number: str | None) -> str:
    """
    What a card's title says beside its number.

    >>> about("IN-7 · Letter", "IN-7"), about("Letter", None)
    ('Letter', 'Letter')
    """
    return title.removeprefix(number).lstrip(" ·") if number else title


def manner() -> Manner:
    """The same visitor as fields know one."""
    reads = reader()
    return Manner(locale=reads.locale, calendar=reads.calendar, zone=reads.zone, now=reads.now)


def _reader() -> Reader:
    locale, me, in_force = str(get_locale() or "en")[:2], g.get("me"), g.get("policies")
    now = current_app.extensions["office"].clock.now()
    if me is not None:
        return Reader(locale, me.manner.zone, me.manner.calendar, now)
    zone = in_force.zone if in_force is not None else UTC
    return Reader(locale, zone, "jalali" if locale == "fa" else "gregorian", now)


def _remember_language(answer: Response) -> Response:
    chosen = request.args.get("lang") if request.query_string else None
    if chosen in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31536000, samesite="Lax", secure=request.is_secure)
    return answer


def register(app: Flask) -> None:
    """Give *app* the filters of its templates."""
    filters: dict[str, Any] = {
        "moment": lambda at: reader().moment(at),
        "short_moment": lambda at: reader().short(at),
        "short_day": lambda day: reader().short_day(day),
        "day": lambda day: reader().date(day),
        "long_day": lambda day: reader().long_day(day),
        "term": lambda due, done=False: reader().term(due, done=done),
        "several": lambda words: reader().several(words),
        "number": lambda value: reader().number(value),
        "digits": lambda text: reader().digits(str(text)),
        "filesize": lambda count: reader().size(count),
        "initials": initials,
        "short_name": short_name,
        "lines": lines,
    }
    app.jinja_env.filters.update(filters)
    app.after_request(_remember_language)
