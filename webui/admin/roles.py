"""Roles × modules, and who is in which role."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from services.access.role_matrix import BRANCH_ONLY, EVERYWHERE, SOMETIMES, Cell, Matrix, Module, role_matrix
from services.accounts.include_in_role import exclude_from_role, include_in_role
from services.accounts.queries import find_people, members_of
from services.accounts.rules import ADMIN, AUDITOR, ENGINE, RESERVED
from services.solutions.shelf import Deployed
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import field_sentences
from webui.presentation import reader
from webui.reading import office, reading
from webui.rights_words import right_words


@area.get("/roles", action="roles.see")
def roles() -> str:
    """Every role and what it opens, solution by solution."""
    at("roles")
    shown = [_shown(deployed) for deployed in _deployed() if deployed.manifest.roles]
    own = [{"code": code, "name": name, "does": does} for code, (name, does) in _own_roles().items()]
    return render_template("admin/roles.html", solutions=shown, own=own)


@area.get("/roles/<code>", action="roles.see")
def role(code: str) -> str:
    """One role: who is in it."""
    return _role(code, "", {})


@area.post("/roles/<code>/members", action="roles.include", endpoint="include")
def include(code: str) -> Response | tuple[str, int]:
    """Put somebody into it."""
    login = request.form.get("login", "").strip()
    _name(code)
    try:
        include_in_role(office(), signed_in(), code, login)
    except Invalid as error:
        return _role(code, login, field_sentences(error)), 422
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.role", code=code), 303)


@area.post("/roles/<code>/members/<login>/exclude", action="roles.exclude", endpoint="exclude")
def exclude(code: str, login: str) -> Response:
    """Take somebody out of it."""
    _name(code)
    try:
        exclude_from_role(office(), signed_in(), code, login)
    except Invalid as error:
        raise NotFound("account-not-found") from error
    said(_("Saved. It is in force now."))
    return redirect(url_for("admin.role", code=code), 303)


def _deployed() -> list[Deployed]:
    return list(office().shelf.solutions(reading()).values())


def _own_roles() -> dict[str, tuple[str, str]]:
    setup = _("People, units, roles, solutions, processes. Sees only the documents its roles open.")
    return {
        ADMIN: (_("Administrator"), setup),
        AUDITOR: (_("Auditor"), _("An auditor sees everything and changes nothing.")),
        ENGINE: (_("Programs"), _("The engine's interface for other programs.")),
    }


def _name(code: str) -> str:
    """What the role is called. Raises NotFound."""
    if code in RESERVED - {ADMIN}:
        return _own_roles()[code][0]
    for deployed in _deployed():
        if code in deployed.manifest.roles:
            return deployed.texts.get(f"role.{code}", reader().locale)
    raise NotFound("role-not-found")


def _role(code: str, typed: str, errors: dict[str, str]) -> str:
    at("roles")
    chosen = [row for row in find_people(reading(), typed) if row.login == typed] if typed else []
    return render_template(
        "admin/role.html",
        code=code,
        name=_name(code),
        does=_own_roles()[code][1] if code in RESERVED else "",
        rows=members_of(reading(), code, "role" if code in RESERVED else "group"),
        chosen=[{"value": row.login, "label": row.name, "hint": row.post} for row in chosen],
        errors=errors,
        request_id=fresh_request_id(),
    )


def _shown(deployed: Deployed) -> dict[str, Any]:
    made, label = role_matrix(deployed), deployed.texts.label(reader().locale)
    return {
        "slug": made.solution,
        "title": label(made.title),
        "roles": [(code, label(f"role.{code}")) for code in made.roles],
        "parts": _parts(made, label),
    }


def _parts(made: Matrix, label: Any) -> list[dict[str, Any]]:
    """The modules, those of one card type together."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for module in made.modules:
        title = label(module.type.title) if module.type else _("The whole solution")
        line = {"name": _module(module, label), "cells": [_cell(module, cell, label) for cell in module.cells]}
        parts.setdefault(title, []).append(line)
    return [{"title": title, "modules": several} for title, several in parts.items()]


def _module(module: Module, label: Any) -> str:
    kind, _dots, named = module.what.partition(":")
    if module.type is not None and kind == "files" and named:
        return str(_("Files «%(name)s»", name=label(f"card.{module.type.code}.file_class.{named}")))
    if kind == "directory":
        return str(_("Keep the directory «%(name)s»", name=label(f"directory.{named}.title")))
    return right_words().get(module.what, module.what)


def _cell(module: Module, cell: Cell, label: Any) -> dict[str, str]:
    if not cell.reach:
        return {"st": "", "text": "—"}
    if module.what == "move":
        return {"st": "ok", "text": reader().several(label(one) for one in cell.words)}
    if cell.words:
        acts = {"see": _("see"), "add": _("add"), "delete": _("remove")}
        return {"st": "ok", "text": reader().several(acts[one] for one in cell.words)}
    words = {EVERYWHERE: _("yes"), SOMETIMES: _("in some states"), BRANCH_ONLY: _("own branch")}
    return {"st": "ok" if cell.reach == EVERYWHERE else "note", "text": words[cell.reach]}
