"""Fast registration: a new card entered by a clerk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.actor import Actor
from engine.errors import Invalid
from engine.store.unit_of_work import UnitOfWork
from services.cards.card_templates import templates_for
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.models import Card
from services.cards.queries import NOWHERE, GroupView, card_page, creatable_types, new_card_form
from services.cards.starting_values import Start
from services.files.attach_file import Received, attach_file_in
from services.solutions.card_type import CardTypeFile
from webui.auth import signed_in
from webui.cards.area import area, by_component, forms_of, fresh_request_id, leaves, looks_like_others, said
from webui.cards.files import received
from webui.errors import field_sentences, sentence
from webui.forms import submitted, uploads
from webui.presentation import manner, reader
from webui.reading import office, reading


@area.get("/cards/new", action="card.create")
def choose_type() -> str | Response:
    """What came in? One kind is not asked about."""
    g.section = "new"
    types = _types()
    if len(types) == 1:
        return redirect(url_for("cards.new_card", type=types[0]["code"]))
    named = starts_of(creatable_types(office(), reading(), signed_in()))
    return render_template("cards/choose.html", types=[{**one, "templates": named[one["code"]]} for one in types])


@area.get("/cards/new/<type>", action="card.create")
def new_card(type: str) -> str:
    """The form of a new card: empty, from a template, a copy of another card or on the basis of one."""
    start = _start(request.args)
    groups = new_card_form(office(), reading(), signed_in(), type, manner(), start)
    return _page(type, groups, {}, {}, start=start)


@area.post("/cards/new/<type>", action="card.create")
def register(type: str) -> Response | tuple[str, int]:
    """Make the card with its files and start its process, all or nothing."""
    actor = signed_in()
    start = _start(request.form)
    groups = new_card_form(office(), reading(), actor, type, manner(), start)
    components = [field.component for group in groups for field in group.fields if field.editable]
    typed = submitted(components)
    try:
        files = {key: [received(file) for file in several] for key, several in uploads().items()}
        values = {key.removeprefix("card."): value for key, value in typed.items()}
        new = NewCard(type, values, manner(), basis=start.basis)
        made = create_card(office(), actor, new, also=attaching(office(), actor, components, files))
    except Invalid as error:
        told, complaint = by_component(field_sentences(error)), sentence(error.code, error.params)
        return _page(type, groups, typed, told, complaint, start), 422
    said(_("Entered: %(title)s", title=made.title))
    then = "next" if request.form.get("then") == "next" else None
    if looks_like_others(made.ref):
        return redirect(url_for("cards.alike", ref=made.ref, then=then), 303)
    if then is not None:
        return redirect(url_for("cards.new_card", type=type), 303)
    return redirect(url_for("cards.card", ref=made.ref), 303)


def attaching(the_office: Any, actor: Actor, components: list[Any], files: dict[str, list[Received]]) -> Any:
    """What belongs to the same transaction as the card: its files, named by the fields they were given in."""
    classes = {one["key"]: one.get("fileClass", "original") for one in components if one.get("type") == "attachments"}

    def attach(work: UnitOfWork, card: Card) -> None:
        for key, several in files.items():
            if key not in classes:
                raise Invalid("card-refused", {key: ("no-such-field", {})})
            refs = [attach_file_in(the_office, work, actor, card.id, classes[key], one).ref for one in several]
            field = key.removeprefix("card.")
            change_card_in(the_office, work, actor, card.id, {field: refs}, by_form=frozenset({field}))

    return attach


def _types() -> list[dict[str, str]]:
    session, locale = reading(), reader().locale
    found = []
    for made in creatable_types(office(), session, signed_in()):
        texts = office().shelf.texts(session, made.solution)
        found.append({"code": made.code, "title": texts.get(made.title, locale), "solution": ""})
    return found


def _source(start: Start) -> dict[str, str] | None:
    """The card the new one is a copy of or rests on, as the page names it."""
    ref = start.copy or start.basis
    if not ref:
        return None
    page = card_page(office(), reading(), signed_in(), ref, manner())
    name = " ".join(part for part in (page.type_title, page.number or page.title) if part)
    return {"url": url_for("cards.card", ref=ref), "name": name}


def starts_of(types: Iterable[CardTypeFile]) -> dict[str, list[dict[str, Any]]]:
    """The templates the visitor may start from, by kind of card."""
    kinds = list(types)
    found: dict[str, list[dict[str, Any]]] = {type.code: [] for type in kinds}
    for row in templates_for(office(), reading(), signed_in(), kinds, reader().locale):
        url = url_for("cards.new_card", type=row.type, template=row.ref)
        found[row.type].append({"ref": row.ref, "text": row.name, "url": url})
    return found


def _start(given: Mapping[str, str]) -> Start:
    named = {name: given.get(name, "")[:128] for name in ("template", "copy", "basis")}
    return Start(**named)


def _page(
    type: str,
    groups: tuple[GroupView, ...],
    typed: dict[str, Any],
    errors: dict[str, str],
    complaint: str = "",
    start: Start = NOWHERE,
) -> str:
    g.section = "new"
    made = next(one for one in _types() if one["code"] == type)
    from_where = next((one for one in (start.template, start.copy, start.basis) if one), "")
    kinds = [one for one in creatable_types(office(), reading(), signed_in()) if one.code == type]
    return render_template(
        "cards/new.html",
        type=made,
        start=start,
        draft_key=f"new-{type}-{from_where}" if from_where else f"new-{type}",
        templates=[{**one, "current": one["ref"] == start.template} for one in starts_of(kinds)[type]],
        source=_source(start),
        leaves=leaves(forms_of(groups, typed, errors)),
        complaint=complaint,
        request_id=fresh_request_id(),
    )
