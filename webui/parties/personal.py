"""One person's data: what is kept, handing them out, erasing them. For administrators and the data protection officer."""

from __future__ import annotations

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Conflict, Invalid, NotFound
from services.privacy.erase_person import erase_person
from services.privacy.export_person import as_json, export_person
from services.privacy.person import Person, held_of
from services.privacy.rules import OFFICERS
from webui.auth import signed_in
from webui.cards.area import said
from webui.errors import field_sentences, sentence
from webui.parties.area import area, contact_words, identifier_words, purpose_words
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.get("/parties/<ref>/personal", action="personal.see")
def personal(ref: str) -> str:
    """How much is kept of a person, and whether it can be erased now."""
    _officer()
    return _page(ref, "", {})


@area.post("/parties/<ref>/personal/export", action="personal.export")
def export(ref: str) -> Response | str:
    """Everything, for programs or on a page; that it was handed out is written down."""
    _officer()
    form = "json" if request.form.get("form") == "json" else "page"
    found = export_person(office(), signed_in(), ref, manner(), form=form)
    if form == "json":
        answer = Response(as_json(found), content_type="application/json; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="person-{found.party.view.ref}.json"'
        return answer
    return _told(found)


@area.post("/parties/<ref>/personal/erase", action="personal.erase")
def erase(ref: str) -> AnyResponse | tuple[str, int]:
    """For good: the person is nobody from this moment."""
    _officer()
    reason = request.form.get("reason", "")[:1000]
    try:
        if request.form.get("sure") != "1":
            raise Invalid("erase-refused", {"sure": ("erase-not-sure", {})})
        done = erase_person(office(), signed_in(), ref, reason)
    except Invalid as error:
        return _page(ref, reason, field_sentences(error)), 422
    except Conflict as error:
        return _page(ref, reason, {"": sentence(error.code, error.params)}), 409
    values, cards = reader().number(done.values), reader().number(done.cards)
    said(
        _(
            "Erased: %(values)s values; documents that speak of somebody erased now: %(cards)s.",
            values=values,
            cards=cards,
        )
    )
    return redirect(url_for("parties.party", ref=ref), 303)


def _officer() -> None:
    """For everybody else there is no such page."""
    g.section = "parties"
    if not signed_in().roles & OFFICERS:
        raise NotFound("page-not-found")


def _page(ref: str, reason: str, errors: dict[str, str]) -> str:
    held = held_of(office(), reading(), signed_in(), ref)
    facts = [
        (_("Values kept apart"), reader().number(held.values)),
        (_("Documents"), reader().number(held.cards)),
        (_("Files of the documents"), reader().number(held.files)),
        (_("Letters sent"), reader().number(held.mails)),
        (_("Documents under way"), reader().number(held.under_way)),
    ]
    return render_template(
        "parties/personal.html", held=held, view=held.party.view, facts=facts, reason=reason, errors=errors
    )


def _told(found: Person) -> str:
    view, names = found.party.view, contact_words()
    facts = [(_("Name"), view.name)]
    facts += [(names[kind], getattr(view, kind)) for kind in ("phone", "mail", "address") if getattr(view, kind)]
    facts += [
        (f"{names[one.kind]}, {purpose_words().get(one.purpose, one.purpose)}", one.value)
        for one in found.party.contacts
    ]
    facts += [(identifier_words()[one.kind], one.value) for one in found.party.identifiers]
    if found.party.note:
        facts.append((_("Note"), found.party.note))
    words = {
        "personal.read": _("read"),
        "personal.revealed": _("shown in full"),
        "personal.exported": _("handed out"),
    }
    return render_template(
        "parties/personal_paper.html",
        view=view,
        facts=facts,
        cards=found.cards,
        reads=[{"at": reader().moment(one.at), "who": one.who, "what": words[one.what]} for one in found.reads],
        cut=found.cut,
    )
