"""Somebody leaves or moves: what they have in hand, and to whom it goes."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid
from services.accounts.queries import find_people
from services.organisation.hand_over import Plan, hand_over
from services.organisation.in_hand import KINDS, Leaver, in_hand
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import field_sentences
from webui.presentation import reader
from webui.reading import look_again, office, reading


@area.get("/people/<login>/hand-over", action="account.hand-over")
def hand_over_page(login: str) -> str:
    """What the person has, before anything is done."""
    return _page(_leaver(login), {}, {})


@area.post("/people/<login>/hand-over", action="account.hand-over")
def hand_over_now(login: str) -> Response | tuple[str, int]:
    """Hand it over; what is too much for one act goes on by itself."""
    leaver = _leaver(login)
    typed = {name: value.strip() for name, value in request.form.items() if value.strip()}
    plan = Plan(
        default=typed.get("default"),
        kinds={kind: typed[kind] for kind in KINDS if kind in typed},
        objects={name: value for name, value in typed.items() if name.partition(":")[0] in KINDS and ":" in name},
    )
    try:
        done = hand_over(office(), signed_in(), login, plan, leaves=typed.get("why") != "moves")
    except Invalid as error:
        look_again()
        return _page(_leaver(login), typed, field_sentences(error), leaver), 422
    count = reader().number(sum(done.done.values()))
    if done.ended:
        said(_("Handed over: %(count)s.", count=count))
    else:
        of = reader().number(done.total)
        said(_("Handed over so far: %(count)s of %(of)s. The rest goes by itself.", count=count, of=of))
    return redirect(url_for("admin.hand_over_page", login=login), 303)


def _leaver(login: str) -> Leaver:
    return in_hand(office(), reading(), signed_in(), login, reader().locale)


def _page(leaver: Leaver, typed: dict[str, str], errors: dict[str, str], _before: Leaver | None = None) -> str:
    at("people")
    words = kind_words()
    return render_template(
        "admin/hand_over.html",
        leaver=leaver,
        kinds=[
            {
                "kind": one.kind,
                "name": words[one.kind],
                "count": one.count,
                "shown": one.shown,
                "more": one.count - len(one.shown),
                "chosen": _chosen(typed.get(one.kind, "")),
                "error": errors.get(one.kind, ""),
            }
            for one in leaver.in_hand
            if one.count
        ],
        chosen=_chosen(typed.get("default", "")),
        why=typed.get("why", "leaves"),
        errors=errors,
        earlier=[
            {"total": one.total, "done": sum(one.done.values()), "by": one.by, "ended": one.ended, "leaves": one.leaves}
            for one in leaver.earlier
        ],
        request_id=fresh_request_id(),
    )


def _chosen(login: str) -> list[dict[str, Any]]:
    if not login:
        return []
    rows = [row for row in find_people(reading(), login) if row.login == login]
    return [{"value": row.login, "label": row.name, "hint": row.post} for row in rows]


def kind_words() -> dict[str, str]:
    """What somebody may have in hand."""
    return {
        "tasks": _("Open tasks"),
        "cards": _("Documents to carry out"),
        "substitutions": _("Substitutions"),
        "items": _("Directory entries to answer for"),
        "units": _("Units to head"),
    }
