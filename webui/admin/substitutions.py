"""Who stands in for whom, from when to when."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from services.accounts.memberships import end_substitution, substitute
from services.accounts.queries import find_people, substitutions
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import field_sentences
from webui.forms import typed_days
from webui.presentation import reader
from webui.reading import office, reading


@area.get("/substitutions", action="substitution.see", endpoint="substitutions")
def listed() -> str:
    """Those that have not ended."""
    return _page({}, {})


@area.post("/substitutions", action="substitution.make")
def make_substitution() -> Response | tuple[str, int]:
    """Somebody stands in from a day on."""
    typed = {name: request.form.get(name, "").strip() for name in ("absent", "deputy", "from_on", "to_on")}
    try:
        days = typed_days(("from_on", "to_on"), "substitution-refused")
        if lacking := [name for name in ("absent", "deputy", "from_on") if not typed[name]]:
            raise Invalid("substitution-refused", {name: ("required", {}) for name in lacking})
        from_on = days["from_on"] or reader().today
        substitute(office(), signed_in(), typed["absent"], typed["deputy"], from_on, days["to_on"])
    except Invalid as error:
        return _page(typed, field_sentences(error)), 422
    except NotFound:
        return _page(typed, {"absent": _("Nobody is called so. Choose from the list.")}), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.substitutions"), 303)


@area.post("/substitutions/<int:number>/end", action="substitution.end", endpoint="end_substitution")
def end(number: int) -> Response:
    """It ends now."""
    end_substitution(office(), signed_in(), number)
    said(_("The substitution has ended."))
    return redirect(url_for("admin.substitutions"), 303)


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    at("substitutions")
    rows = [
        {
            "id": row.id,
            "absent": row.absent_name,
            "deputy": row.deputy_name,
            "from_on": row.from_on,
            "to_on": row.to_on,
            "now": row.from_on <= reader().today and (row.to_on is None or reader().today <= row.to_on),
        }
        for row in substitutions(reading())
    ]
    chosen = {name: _chosen(typed.get(name, "")) for name in ("absent", "deputy")}
    return render_template(
        "admin/substitutions.html", rows=rows, typed=typed, chosen=chosen, errors=errors, request_id=fresh_request_id()
    )


def _chosen(login: str) -> list[dict[str, str]]:
    rows = [row for row in find_people(reading(), login) if row.login == login] if login else []
    return [{"value": row.login, "label": row.name, "hint": row.post} for row in rows]
