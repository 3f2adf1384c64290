"""Parties: the search, one party, its form."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Conflict, Invalid, NotAllowed
from services.parties.earlier_cards import cards_of_party
from services.parties.queries import PartyPage, duplicates_of, find_parties, party_page
from services.parties.rules import IDENTIFIERS
from services.parties.save_party import PURPOSES, Contact, PartyCard, add_party, change_party
from services.privacy.note_read import note_search
from services.privacy.personal import note_reveal
from services.privacy.rules import OFFICERS
from webui.auth import signed_in
from webui.cards.area import fresh_request_id, mark, said
from webui.errors import field_sentences, sentence
from webui.forms import revision
from webui.parties.area import (
    area,
    contact_words,
    form_words,
    identifier_words,
    kind_words,
    line,
    purpose_words,
    rights,
    why_words,
)
from webui.presentation import LANGUAGES, manner, reader
from webui.reading import office, reading

_FOUND = 50
_ROWS = 4  # empty lines for further contacts


@area.get("/parties", action="party.list")
def parties() -> str:
    """Found by name, phone, mail address or identifier."""
    may, words = rights(), request.args.get("q", "").strip()[:200]
    found = find_parties(office(), reading(), words, limit=_FOUND) if words else []
    note_search(office(), signed_in(), (one.id for one in found if one.kind == "person"))
    return render_template("parties/list.html", rows=[line(one) for one in found], words=words, may=may)


@area.get("/parties/new", action="party.add")
def new_party() -> str:
    """The empty form."""
    if not rights().change:
        raise NotAllowed("parties-change")
    kind = "organisation" if request.args.get("kind") == "organisation" else "person"
    return _form(None, PartyCard(kind=kind), {})


@area.post("/parties", action="party.add")
def add() -> Response | tuple[str, int]:
    """Make the party."""
    if not rights().change:
        raise NotAllowed("parties-change")
    card = _typed()
    try:
        ref = add_party(office(), signed_in(), card)
    except Invalid as error:
        return _form(None, card, field_sentences(error)), 422
    said(_("The party is made."))
    return redirect(url_for("parties.party", ref=ref), 303)


@area.get("/parties/<ref>", action="party.see")
def party(ref: str) -> str:
    """One party; contacts are masked."""
    return _show(ref, in_full=False)


@area.post("/parties/<ref>/reveal", action="party.reveal")
def reveal(ref: str) -> str:
    """The same with contacts in full; who looked is written down."""
    _note(ref, "page")
    return _show(ref, in_full=True)


@area.post("/parties/<ref>/edit", action="party.change")
def edit(ref: str) -> str:
    """The form, which shows everything in full."""
    page = _page(ref, in_full=True)
    if not page.rights.change:
        raise NotAllowed("parties-change")
    _note(ref, "change")
    return _form(page, _card(page), {})


@area.post("/parties/<ref>", action="party.change")
def change(ref: str) -> Response | tuple[str, int]:
    """Write the party anew."""
    page = _page(ref, in_full=True)
    card, seen = _typed(), revision()
    try:
        change_party(office(), signed_in(), ref, card, page.revision if seen is None else seen)
    except Invalid as error:
        return _form(page, card, field_sentences(error)), 422
    except Conflict as error:
        return _form(page, card, {}, sentence(error.code, error.params)), 409
    said(_("Saved. It is in force now."))
    return redirect(url_for("parties.party", ref=ref), 303)


def _page(ref: str, *, in_full: bool) -> PartyPage:
    g.section = "parties"
    return party_page(office(), reading(), signed_in(), ref, in_full=in_full)


def _note(ref: str, purpose: str) -> None:
    page = _page(ref, in_full=False)
    fields = {"name", *(one.kind for one in (*page.contacts, *page.identifiers))}
    actor = signed_in()
    office().database.run(lambda work: note_reveal(office(), work, actor, f"party:{page.view.id}", fields, purpose))


def _show(ref: str, *, in_full: bool) -> str:
    page = _page(ref, in_full=in_full)
    view, names = page.view, contact_words()
    contacts = [(names[kind], "", getattr(view, kind)) for kind in ("phone", "mail", "address") if getattr(view, kind)]
    contacts += [(names[one.kind], purpose_words().get(one.purpose, ""), one.value) for one in page.contacts]
    return render_template(
        "parties/party.html",
        page=page,
        view=view,
        in_full=in_full,
        officer=bool(signed_in().roles & OFFICERS),
        kind=kind_words()[view.kind],
        salutation=view.salutation(reader().locale),
        contacts=contacts,
        identifiers=[(identifier_words()[one.kind], one.value) for one in page.identifiers],
        cards=[_card_line(one) for one in cards_of_party(office(), reading(), signed_in(), view.id, manner())],
        duplicates=[
            {**line(one.view), "why": reader().several(why_words().get(why, why) for why in one.why)}
            for one in duplicates_of(reading(), view.id)
        ],
    )


def _card_line(row: Any) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "number": row.number,
        "title": row.title,
        "st": mark(row.state.category),
        "state": row.state.label,
        "created": reader().short(row.created_at),
    }


def _card(page: PartyPage) -> PartyCard:
    view = page.view
    return PartyCard(
        kind=view.kind,
        name=view.name,
        surname=view.surname,
        given_name=view.given_name,
        father_name=view.father_name,
        short_name=view.short_name,
        form=view.form,
        phone=view.phone,
        mail=view.mail,
        address=view.address,
        locale=view.locale,
        note=page.note,
        contacts=tuple(Contact(one.kind, one.value, one.purpose) for one in page.contacts),
        identifiers={one.kind: one.value for one in page.identifiers},
    )


def _typed() -> PartyCard:
    text = {
        name: request.form.get(name, "")
        for name in ("kind", "name", "surname", "given_name", "father_name", "short_name", "form", "note")
    }
    first = {name: request.form.get(name, "") for name in ("phone", "mail", "address")}
    rows = zip(
        request.form.getlist("contact_kind"),
        request.form.getlist("contact_value"),
        request.form.getlist("contact_purpose"),
        strict=False,
    )
    return PartyCard(
        **text,
        **first,
        locale=request.form.get("locale") or None,
        contacts=tuple(Contact(kind, value, purpose) for kind, value, purpose in rows if value.strip()),
        identifiers={one: request.form.get(f"identifier.{one}", "") for one in IDENTIFIERS},
    )


def _form(page: PartyPage | None, card: PartyCard, errors: dict[str, str], complaint: str = "") -> str:
    kind = page.view.kind if page else card.kind
    contacts = [
        {"kind": one.kind, "value": one.value, "purpose": one.purpose, "error": errors.get(f"contact.{at}", "")}
        for at, one in enumerate(card.contacts)
    ]
    contacts += [{"kind": "phone", "value": "", "purpose": "other", "error": ""}] * max(1, _ROWS - len(contacts))
    return render_template(
        "parties/edit.html",
        page=page,
        card=card,
        kind=kind,
        heading=kind_words()[kind],
        contacts=contacts,
        contact_kinds=list(contact_words().items()),
        purposes=[(one, purpose_words()[one]) for one in PURPOSES],
        forms=list(form_words().items()),
        languages=list(LANGUAGES.items()),
        identifiers=[
            (
                one.kind,
                identifier_words()[one.kind],
                card.identifiers.get(one.kind, ""),
                errors.get(f"identifier.{one.kind}", ""),
            )
            for one in IDENTIFIERS.values()
            if kind in one.of
        ],
        errors=errors,
        complaint=complaint,
        request_id=fresh_request_id(),
    )
