"""Registration journals: the numbers given, reserved, released, annulled and missing; reserving and releasing."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid
from services.registration.queries import STATES, JournalView, Tally, gaps, journal_of, journals, numbers, tallies
from services.registration.release_number import release_number
from services.registration.reserve_number import reserve_number
from webui.auth import signed_in
from webui.cards.area import area, fresh_request_id, said
from webui.errors import field_sentences, sentence
from webui.presentation import reader
from webui.reading import office, reading

_MARKS = {"given": "ok", "reserved": "work", "released": "skip", "annulled": "no"}
_TYPED = ("number", "unit", "suffix", "until", "reason")


@area.get("/journals", action="journal.see")
def journals_page() -> str | Response:
    """The journals this person keeps or reads; one alone opens itself."""
    g.section = "journals"
    found = journals(office(), reading(), signed_in())
    if len(found) == 1:
        return redirect(url_for("cards.journal", type=found[0].type.code))
    return render_template("cards/journals.html", journals=[_named(one) for one in found])


@area.get("/journals/<type>", action="journal.see")
def journal(type: str) -> str:
    """One journal: what stands in each book and period, and its numbers, newest first."""
    return _page(type, {}, {})


@area.post("/journals/<type>/reserve", action="number.reserve")
def reserve(type: str) -> Response | tuple[str, int]:
    """Keep a number for a document that is still to come."""
    typed = {name: request.form.get(name, "")[:1000] for name in _TYPED}
    try:
        until = date.fromisoformat(typed["until"]) if typed["until"] else None
        number = reserve_number(
            office(),
            signed_in(),
            type,
            reason=typed["reason"],
            until=until,
            number=typed["number"],
            unit=typed["unit"],
            suffix=typed["suffix"],
        )
    except ValueError:
        return _page(type, typed, {"until": sentence("not-a-date")}), 422
    except Invalid as error:
        return _page(type, typed, field_sentences(error)), 422
    said(_("Reserved: %(number)s", number=number))
    return redirect(url_for("cards.journal", type=type), 303)


@area.post("/journals/<type>/release", action="number.release")
def release(type: str) -> Response | tuple[str, int]:
    """Give a reserved number back."""
    try:
        release_number(
            office(),
            signed_in(),
            type,
            request.form.get("id", 0, type=int),
            reason=request.form.get("reason", "")[:1000],
        )
    except (Invalid, Conflict) as error:
        told = error.fields["reason"] if isinstance(error, Invalid) else (error.code, error.params)
        return _page(type, {}, {"": sentence(*told)}), 422 if isinstance(error, Invalid) else 409
    said(_("Released."))
    return redirect(url_for("cards.journal", type=type), 303)


def _page(type: str, typed: dict[str, str], errors: dict[str, str]) -> str:
    g.section = "journals"
    session, actor = reading(), signed_in()
    found = journal_of(office(), session, actor, type)
    state = request.args.get("state", "") if request.args.get("state") in STATES else ""
    words = request.args.get("q", "")[:128]
    page = numbers(session, actor, found, state=state, words=words, before=request.args.get("before", type=int))
    more = url_for("cards.journal", type=type, state=state, q=words, before=page.cursor) if page.cursor else ""
    counted = tallies(session, found)
    return render_template(
        "cards/journal.html",
        journal=_named(found),
        keeps=found.keeps,
        asks_unit=found.type.journal is not None and found.type.journal.asks_for("unit"),
        asks_suffix=found.type.journal is not None and found.type.journal.asks_for("suffix"),
        counts=_counts(type, counted, state),
        tallies=[_tally(session, one) for one in counted],
        rows=page.rows,
        marks=_MARKS,
        words=_words(),
        q=words,
        more_url=more,
        typed=typed,
        errors=errors,
        request_id=fresh_request_id(),
    )


def _named(journal: JournalView) -> dict[str, Any]:
    texts = office().shelf.texts(reading(), journal.type.solution)
    title = texts.get(journal.type.title, reader().locale)
    return {"type": journal.type.code, "title": title, "code": journal.code, "mask": journal.mask}


def _words() -> dict[str, str]:
    return {"given": _("Given"), "reserved": _("Reserved"), "released": _("Released"), "annulled": _("Annulled")}


def _counts(type: str, counted: list[Tally], current: str) -> list[dict[str, Any]]:
    return [
        {
            "n": reader().number(sum(getattr(one, state) for one in counted)),
            "text": word,
            "url": url_for("cards.journal", type=type, state="" if state == current else state),
            "late": False,
            "current": state == current,
        }
        for state, word in _words().items()
    ]


def _tally(session: Any, one: Tally) -> dict[str, Any]:
    """A book in one line; what is missing is named range by range."""
    ranges = gaps(session, one.book, one.period) if one.missing else []
    named = [
        reader().number(low) if low == high else f"{reader().number(low)}–{reader().number(high)}"
        for low, high in ranges
    ]
    missing = ngettext("%(count)s number is missing", "%(count)s numbers are missing", one.missing,
                       count=reader().number(one.missing)) if one.missing else ""  # fmt: skip
    return {
        "book": one.book,
        "period": reader().digits(one.period),
        "last": reader().number(one.last),
        "figures": [reader().number(getattr(one, state)) for state in STATES],
        "missing": missing,
        "ranges": reader().several(named),
    }
