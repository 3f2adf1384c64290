"""Named groups of documents: a mass incident is put together and answered once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from services.cards.answer_group import answer_group, answer_group_step
from services.cards.card_groups import GroupPage, GroupRow, Refused, group_page, groups_of
from services.cards.group_cards import add_to_group, make_group, take_out_of_group
from services.cards.linked_cards import CardName
from services.cards.queries import ActionView, card_page
from services.inbox.group_tasks import GroupTask, shared_form, tasks_in
from services.inbox.open_task import TaskPage
from webui.auth import signed_in
from webui.cards.area import area, by_component, form_of, fresh_request_id, mark, said
from webui.errors import field_sentences, sentence
from webui.forms import components, submitted
from webui.inbox.task import remark_note
from webui.presentation import about, manner, reader
from webui.reading import office, reading


@area.get("/groups", action="group.list")
def groups() -> str:
    """The groups open to the reader."""
    g.section = "cards"
    return render_template("cards/groups.html", groups=[_row(row) for row in groups_of(reading(), signed_in())])


@area.get("/cards/<ref>/groups", action="card.see", endpoint="ask_group")
def ask(ref: str) -> str:
    """Which group a document belongs into."""
    return _asked(ref, {})


@area.post("/cards/<ref>/groups", action="card.link", endpoint="put_into_group")
def put(ref: str) -> Response | tuple[str, int]:
    """Put it into a group that is there, or into a new one."""
    card_page(office(), reading(), signed_in(), ref, manner())
    chosen = request.form.get("group", "")[:64]
    try:
        if chosen:
            add_to_group(office(), signed_in(), chosen, ref)
        else:
            chosen = make_group(office(), signed_in(), ref, request.form.get("name", "")[:1000])
    except Invalid as error:
        return _asked(ref, field_sentences(error)), 422
    said(_("The document is in the group."))
    return redirect(url_for("cards.group", ref=chosen), 303)


@area.get("/groups/<ref>", action="group.see")
def group(ref: str) -> str:
    """A group: its documents, what can be said to all of them, how far an answer is."""
    return _page(_seen(ref), {})


@area.post("/groups/<ref>/cards", action="group.change", endpoint="add_to_group")
def add(ref: str) -> Response | tuple[str, int]:
    """Put another document into the group."""
    page = _seen(ref)
    try:
        add_to_group(office(), signed_in(), ref, request.form.get("card", "")[:64])
    except Invalid as error:
        return _page(page, field_sentences(error)), 422
    said(_("The document is in the group."))
    return redirect(url_for("cards.group", ref=ref), 303)


@area.post("/groups/<ref>/cards/remove", action="group.change", endpoint="take_out_of_group")
def remove(ref: str) -> Response:
    """Take a document out of the group; it stays what it is."""
    _seen(ref)
    take_out_of_group(office(), signed_in(), ref, request.form.get("card", "")[:64])
    said(_("The document is no longer in the group."))
    return redirect(url_for("cards.group", ref=ref), 303)


@area.get("/groups/<ref>/answer/<transition>", action="group.answer", endpoint="ask_answer")
def ask_answer(ref: str, transition: str) -> str:
    """What is said to all documents of the group at once."""
    page = _seen(ref)
    return _answer_page(page, _action(page, transition), {}, {})


@area.post("/groups/<ref>/answer/<transition>", action="group.answer", endpoint="answer_group")
def answer(ref: str, transition: str) -> Response | tuple[str, int]:
    """Begin the answer; sent twice, it begins once."""
    page = _seen(ref)
    action = _action(page, transition)
    typed = submitted(field.component for field in action.asked)
    values = {key.removeprefix("card."): value for key, value in typed.items()}
    lacking = [field for field in action.asked if field.required and not values.get(field.key)]
    if lacking:
        wrong = Invalid("card-move-refused", {field.key: ("required", {}) for field in lacking}, transition=transition)
        told = by_component(field_sentences(wrong))
        return _answer_page(page, action, typed, told, sentence(wrong.code, wrong.params)), 422
    count = answer_group(office(), signed_in(), ref, transition, values, manner())
    said(_("%(action)s: begun for %(count)s documents.", action=action.label, count=reader().number(count)))
    return redirect(url_for("cards.group", ref=ref), 303)


@area.get("/groups/<ref>/step/<element>", action="group.answer", endpoint="ask_step")
def ask_step(ref: str, element: str) -> str:
    """What the routes of the group's documents wait for, asked once."""
    return _step_page(_seen(ref), element, {}, {})


@area.post("/groups/<ref>/step/<element>", action="group.answer", endpoint="answer_step")
def answer_step(ref: str, element: str) -> Response | tuple[str, int]:
    """Begin to complete it in every document; sent twice, it begins once."""
    page = _seen(ref)
    step, _page, components = _step(page, element)
    typed = submitted(components)
    beside = {name: request.form.get(name, "").strip()[:4000] for name in ("outcome", "remark")}
    answers = {key: value for key, value in typed.items() if value} | {k: v for k, v in beside.items() if v}
    try:
        count = answer_group_step(office(), signed_in(), ref, element, answers, manner())
    except Invalid as error:
        return _step_page(page, element, typed | beside, field_sentences(error)), 422
    said(_("%(action)s: begun for %(count)s documents.", action=step.title, count=reader().number(count)))
    return redirect(url_for("cards.group", ref=ref), 303)


def _seen(ref: str) -> GroupPage:
    g.section = "cards"
    return group_page(office(), reading(), signed_in(), ref, manner())


def _actions(page: GroupPage) -> tuple[ActionView, ...]:
    """What can be pressed on the first document of each state, asked afresh: every document is asked again for itself."""
    firsts = {card.state.id: card.ref for card in reversed(page.cards)}
    found: dict[str, ActionView] = {}
    for card in page.cards:
        if firsts.get(card.state.id) == card.ref:
            for one in card_page(office(), reading(), signed_in(), card.ref, manner()).actions:
                asked = tuple(replace(field, typed=None, shown="") for field in one.asked)
                found.setdefault(one.id, replace(one, asked=asked))
    return tuple(found.values())


def _step(page: GroupPage, element: str) -> tuple[GroupTask, TaskPage, list[dict[str, Any]]]:
    step, task, given = shared_form(office(), reading(), signed_in(), page.ids, element, manner())
    return step, task, components(given)


def _action(page: GroupPage, transition: str) -> ActionView:
    found = next((one for one in _actions(page) if one.id == transition), None)
    if found is None:
        raise NotFound("page-not-found")
    return found


def _asked(ref: str, errors: dict[str, str]) -> str:
    g.section = "cards"
    page = card_page(office(), reading(), signed_in(), ref, manner())
    if not page.may_group:
        raise NotFound("page-not-found")
    return render_template(
        "cards/card_groups.html",
        card={"ref": ref, "name": page.number or page.title or page.type_title},
        within=[_row(row) for row in groups_of(reading(), signed_in(), card_id=page.id)],
        groups=[(row.ref, row.name) for row in groups_of(reading(), signed_in(), type=page.type)],
        typed=request.form,
        errors=errors,
        request_id=fresh_request_id(),
    )


def _page(page: GroupPage, errors: dict[str, str]) -> str:
    return render_template(
        "cards/group.html",
        group=page,
        made=reader().moment(page.made_at),
        cards=[_named(card) for card in page.cards],
        actions=_actions(page),
        steps=tasks_in(office(), reading(), signed_in(), page.ids, manner()),
        answers=[
            {
                "label": one.label,
                "at": reader().moment(one.at),
                "total": one.total,
                "done": one.done,
                "over": one.over,
                "refused": [{**_named(bad.card), "why": _why(bad)} for bad in one.refused],
            }
            for one in page.answers
        ],
        going_on=any(not one.over for one in page.answers),
        errors=errors,
        lookup_url=url_for("api.lookup"),
        request_id=fresh_request_id(),
    )


def _why(bad: Refused) -> str:
    said_so = sentence(bad.code, {})
    return f"{said_so} {reader().several(bad.fields)}" if bad.fields else said_so


def _step_page(page: GroupPage, element: str, typed: dict[str, Any], errors: dict[str, str]) -> str:
    step, task, given = _step(page, element)
    form = {
        "components": given,
        "data": typed,
        "errors": errors,
        "cells": {},
        "labels": {},
        "options": {},
        "attachments": {},
        "lookup_url": url_for("api.lookup"),
    }
    return render_template(
        "cards/group_step.html",
        group=page,
        step={"element": step.element, "title": step.title, "cards": len(step.cards), "hint": task.hint},
        form=form if given else None,
        buttons=[one for one in task.buttons if not one.needs_password],
        asks_remark=task.asks_remark,
        remark_note=remark_note(task),
        typed=typed,
        errors=errors,
        request_id=fresh_request_id(),
    )


def _answer_page(
    page: GroupPage, action: ActionView, typed: dict[str, Any], errors: dict[str, str], complaint: str = ""
) -> str:
    form = form_of(action.asked, typed, errors, url_for("api.lookup"))
    return render_template(
        "cards/group_answer.html",
        group=page,
        action=action,
        form=form if form["components"] else None,
        complaint=complaint,
        request_id=fresh_request_id(),
    )


def _row(row: GroupRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": url_for("cards.group", ref=row.ref),
        "cards": row.cards,
        "made": reader().moment(row.made_at),
    }


def _named(card: CardName) -> dict[str, Any]:
    return {
        "ref": card.ref,
        "number": card.number or "",
        "title": about(card.title, card.number) or card.type_title,
        "st": mark(card.state.category),
        "state": card.state.label,
        "url": url_for("cards.card", ref=card.ref),
    }
