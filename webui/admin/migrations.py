"""Taking running instances over to another version: a plan, what would become of them, progress, the way back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from services.processes.migrate_instances import (
    PlanPage,
    Tried,
    begin_migration,
    migrations,
    one_migration,
    pause,
    plan_page,
    resume,
    revert,
    try_migration,
    versions,
)
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import sentence
from webui.reading import office, reading

_MARKS = {"running": "work", "paused": "note", "done": "ok"}
_ITEM_MARKS = {"waiting": "work", "done": "ok", "refused": "no", "reverted": "skip"}


@area.get("/migrations", action="migration.list")
def migrations_page() -> str:
    """Migrations so far, and the choice of two versions for a new one."""
    at("instances")
    return render_template(
        "admin/migrations.html",
        rows=migrations(reading(), signed_in()),
        versions=versions(reading(), signed_in()),
        words=_words(),
        marks=_MARKS,
    )


@area.get("/migrations/plan", action="migration.plan")
def migration_plan() -> str:
    """The plan that needs no thought, to be looked through."""
    at("instances")
    page = plan_page(office(), reading(), signed_in(), _number("source"), _number("target"))
    return _planned(page, None)


@area.post("/migrations/plan", action="migration.plan")
def migration_planned() -> AnyResponse | str:
    """Look what would become of the instances, or begin."""
    at("instances")
    source, target, actor = _number("source"), _number("target"), signed_in()
    page = plan_page(office(), reading(), actor, source, target, _typed())
    if request.form.get("go") != "do" or page.refusals:
        return _planned(page, None if page.refusals else try_migration(office(), reading(), actor, page))
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Invalid("reason-missing", {"reason": ("required", {})})
    ref = begin_migration(office(), actor, source, target, page.plan, reason=reason[:500])
    said(_("The migration has begun."))
    return redirect(url_for("admin.migration_page", ref=ref), 303)


@area.get("/migrations/<ref>", action="migration.see")
def migration_page(ref: str) -> str:
    """How far it is; instances that were refused, with the reasons."""
    at("instances")
    row = one_migration(reading(), signed_in(), ref)
    return render_template(
        "admin/migration.html",
        it=row,
        words=_words(),
        marks=_MARKS,
        item_words=_item_words(),
        item_marks=_ITEM_MARKS,
        why=why,
        all=sum(row.counts.values()),
        gone=sum(row.counts.values()) - row.counts["waiting"],
        request_id=fresh_request_id(),
    )


@area.post("/migrations/<ref>/<any(pause,resume):what>", action="migration.change")
def migration_turned(ref: str, what: str) -> AnyResponse:
    """Stop before the next instance, or go on."""
    (pause if what == "pause" else resume)(office(), signed_in(), ref)
    said(_("The migration is paused.") if what == "pause" else _("The migration goes on."))
    return redirect(url_for("admin.migration_page", ref=ref), 303)


@area.post("/migrations/<ref>/items/<int:number>/revert", action="migration.change")
def migration_reverted(ref: str, number: int) -> AnyResponse:
    """Take one instance back to the version it came from."""
    revert(office(), signed_in(), ref, number)
    said(_("The instance is back in its old version."))
    return redirect(url_for("admin.migration_page", ref=ref), 303)


def why(refusal: dict[str, str]) -> str:
    """A refusal as a sentence: the element, the reason, what to do."""
    about = {"element": refusal["element"], "to": refusal["to"], "instance": "", "at": ""}
    return sentence(refusal["code"], about, refusal["code"])


def _planned(page: PlanPage, tried: Tried | None) -> str:
    kinds = dict(page.new)
    return render_template(
        "admin/migration_plan.html",
        it=page,
        tried=tried,
        why=why,
        choices=lambda kind: [(element, element) for element, other in kinds.items() if other == kind],
        request_id=fresh_request_id(),
    )


def _typed() -> dict[str, Any]:
    old, new = request.form.getlist("old")[:5000], request.form.getlist("new")
    steps = {element: to for element, to in zip(old, new, strict=False) if to}
    return {"steps": steps, "rearm": request.form.getlist("rearm")}


def _number(name: str) -> int:
    typed = request.values.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0


def _words() -> dict[str, str]:
    return {"running": _("Goes on"), "paused": _("Is paused"), "done": _("Is over")}


def _item_words() -> dict[str, str]:
    return {
        "waiting": _("Waits its turn"),
        "done": _("Has gone over"),
        "refused": _("Stays where it is"),
        "reverted": _("Was taken back"),
    }
