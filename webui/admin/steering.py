"""Steering one instance: its variables, sleep, place and second beginning; incidents many at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from engine.runtime.commands import Foreseen
from engine.runtime.commands.foresee_modification import Thing
from engine.runtime.modifying import CancelToken, Change, MoveToken, StartAfter, StartBefore
from engine.runtime.values import MAX_TEXT, from_json
from services.processes.operate import (
    MOST_INCIDENTS,
    edit_variables,
    foresee_modification,
    mend_incidents,
    modify_instance,
    put_to_sleep,
    restart_instances,
    standing_of,
    variables_of,
    wake_up,
)
from webui.admin.area import area, at, fresh_request_id, said
from webui.admin.instances import process_name, step_name
from webui.auth import signed_in
from webui.errors import sentence
from webui.presentation import reader
from webui.reading import office, reading

_MOST, _LONGEST = 100, 500
"""Lines of each part of what would be, and characters of a value."""
_SAYS = {"before": StartBefore, "after": StartAfter}


@area.get("/instances/<ref>/variables", action="instance.variables")
def variables_page(ref: str) -> str:
    """Its variables, to be read and changed."""
    at("instances")
    view, texts = variables_of(reading(), signed_in(), ref)
    return _variables(view, texts, texts)


@area.post("/instances/<ref>/variables", action="instance.variables")
def variables_changed(ref: str) -> AnyResponse | str:
    """First the difference is shown, then it is written."""
    at("instances")
    view, texts = variables_of(reading(), signed_in(), ref)
    typed = _typed_variables()
    wrong = {name: why for name, text in typed.items() if (why := _why_not(name, text))}
    changed = {name: text for name, text in typed.items() if text != texts.get(name)}
    gone = [name for name in texts if name not in typed]
    if wrong or request.form.get("go") != "do" or not (changed or gone):
        return _variables(view, texts, typed, wrong=wrong, changed=changed, gone=gone, asked=not wrong)
    values = {name: from_json(text) for name, text in changed.items()}
    edit_variables(office(), signed_in(), ref, values, gone, revision=_revision())
    said(_("The variables are changed."))
    return redirect(url_for("admin.instance_page", ref=ref), 303)


@area.post("/instances/<ref>/<any(suspend,resume):what>", action="instance.suspend")
def suspend(ref: str, what: str) -> AnyResponse:
    """Put it to sleep, or wake it."""
    (put_to_sleep if what == "suspend" else wake_up)(office(), signed_in(), ref, revision=_revision())
    said(_("The instance is suspended.") if what == "suspend" else _("The instance goes on."))
    return redirect(url_for("admin.instance_page", ref=ref), 303)


@area.post("/instances/<ref>/restart", action="instance.restart")
def restart(ref: str) -> AnyResponse:
    """Start a finished instance anew."""
    inputs = "last" if request.form.get("inputs") == "last" else "first"
    (made,) = restart_instances(office(), signed_in(), [ref], inputs=inputs)  # type: ignore[arg-type]  # one of two words
    said(_("A new instance has begun."))
    return redirect(url_for("admin.instance_page", ref=made), 303)


@area.get("/instances/<ref>/modify", action="instance.modify")
def modify_page(ref: str) -> str:
    """Where it stands, and changes to gather."""
    at("instances")
    return _modifying(ref, ())


@area.post("/instances/<ref>/modify", action="instance.modify")
def modify(ref: str) -> AnyResponse | str:
    """Gather one more change, leave one out, look what all of them would do, or apply them at once."""
    at("instances")
    pending, seen = request.form.getlist("change"), None
    go = request.form.get("go", "")
    if go == "add":
        new = _line(request.form.get("do", ""), request.form.get("token", ""), request.form.get("element", ""))
        pending = [*pending, new] if new and new not in pending else pending
    elif go.startswith("drop-"):
        pending = [line for number, line in enumerate(pending) if f"drop-{number}" != go]
    elif go == "look":
        seen = foresee_modification(office(), signed_in(), ref, _changes(pending), revision=_revision())
    elif go == "do":
        reason = request.form.get("reason", "").strip()
        if not reason:
            raise Invalid("reason-missing", {"reason": ("required", {})})
        modify_instance(office(), signed_in(), ref, _changes(pending), reason=reason[:500], revision=_revision())
        said(_("The changes are applied."))
        return redirect(url_for("admin.instance_page", ref=ref), 303)
    return _modifying(ref, tuple(line for line in pending if _change(line) is not None), seen)


@area.post("/several-incidents", action="incident.mend")
def mend_many() -> AnyResponse:
    """Several incidents in one way."""
    what = request.form.get("what", "")
    if what not in ("retry", "skip", "cancel"):
        raise Invalid("too-many-at-once", allowed=MOST_INCIDENTS)
    numbers = [int(each) for each in request.form.getlist("number") if each.isdecimal() and len(each) < 18]
    mended = mend_incidents(office(), signed_in(), what, numbers)
    said(ngettext("%(num)s incident is dealt with.", "%(num)s incidents are dealt with.", mended.done))
    for number, code in list(mended.refused.items())[:5]:
        said(f"{number}: {sentence(code, {'at': '', 'kind': '', 'element': ''}, code)}")
    return redirect(url_for("admin.incidents_page"), 303)


def _variables(
    view: Any,
    texts: dict[str, str],
    typed: dict[str, str],
    *,
    wrong: dict[str, str] | None = None,
    changed: dict[str, str] | None = None,
    gone: list[str] | None = None,
    asked: bool = False,
) -> str:
    return render_template(
        "admin/instance_variables.html",
        it=view,
        name=process_name(view),
        texts=texts,
        typed=typed,
        wrong=wrong or {},
        changed=changed or {},
        gone=gone or [],
        asked=asked and bool(changed or gone),
        revision=request.form.get("revision", view.revision),
        request_id=fresh_request_id(),
    )


def _typed_variables() -> dict[str, str]:
    """Names and JSON texts as they were typed; a name struck out or left empty is none."""
    names, texts = request.form.getlist("name")[:1000], request.form.getlist("value")
    struck = set(request.form.getlist("gone"))
    given = {name.strip(): text.strip() for name, text in zip(names, texts, strict=False)}
    return {name: text for name, text in given.items() if name and name not in struck}


def _why_not(name: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        return _("This is too long for a variable.")
    try:
        from_json(text)
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        return _('This is no value: a number, "text", true, false, null, a list or an object.')
    return ""


def _revision() -> int:
    """The revision the page showed; a page that says none is stale."""
    typed = request.form.get("revision", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def _modifying(ref: str, pending: tuple[str, ...], seen: Foreseen | None = None) -> str:
    view, standing = standing_of(office(), reading(), signed_in(), ref)
    names = step_name(view)
    places = {place.token: place for place in standing.places}
    return render_template(
        "admin/instance_modify.html",
        it=view,
        name=process_name(view),
        places=[(place.token, f"{names(place.element)} · {place.token}") for place in standing.places],
        elements=[(element, f"{names(element)} ({element})") for element, _kind in standing.elements],
        pending=[(line, _told(line, names, places)) for line in pending],
        revision=request.form.get("revision", view.revision),
        request_id=fresh_request_id(),
        count=reader().number(len(pending)),
        seen=None if seen is None else _seen(seen, names),
    )


def _seen(it: Foreseen, names: Callable[[str], str]) -> dict[str, Any]:
    """What would be, in the reader's words; each part cut where nobody reads on."""
    ends = {"completed": _("It would end."), "cancelled": _("It would be stopped: no token is left.")}
    both = [(_("comes"), one) for one in it.comes[:_MOST]] + [(_("goes"), one) for one in it.goes[:_MOST]]
    return {
        "end": ends.get(it.state, ""),
        "before": reader().several([names(element) for _token, element in it.before]),
        "after": reader().several([names(element) for _token, element in it.after]),
        "rows": [(what, names(one.element), *_kind(one)) for what, one in both],
        "variables": [
            (name, (before or "")[:_LONGEST], (after or "")[:_LONGEST]) for name, before, after in it.variables[:_MOST]
        ],
    }


def _kind(one: Thing) -> tuple[str, str]:
    kinds = {
        "task": _("a task"),
        "timer": _("a moment"),
        "message": _("a message"),
        "signal": _("a signal"),
        "condition": _("a condition"),
        "external": _("work outside"),
        "job": _("work of the machine"),
    }
    if one.kind == "timer" and one.about:
        at = reader().moment(datetime.fromisoformat(one.about))
        return kinds["timer"], at.text if at else ""
    return kinds.get(one.kind, one.kind), "" if one.kind == "job" else one.about


def _changes(lines: list[str]) -> list[Change]:
    return [change for line in lines if (change := _change(line)) is not None]


def _line(do: str, token: str, element: str) -> str:
    """A pending change as the page carries it: a word, then a token or an element."""
    if do in _SAYS and element:
        return f"{do} {element}"
    if do == "cancel" and token:
        return f"cancel {token}"
    return f"move {token} {element}" if do == "move" and token and element else ""


def _change(line: str) -> Change | None:
    words = line.split(" ")
    if words[0] in _SAYS and len(words) == 2:
        made: Change = _SAYS[words[0]](words[1])
        return made
    if words[0] == "cancel" and len(words) == 2:
        return CancelToken(words[1])
    return MoveToken(words[1], words[2]) if words[0] == "move" and len(words) == 3 else None


def _told(line: str, names: Any, places: dict[str, Any]) -> str:
    change = _change(line)
    where = {token: names(place.element) for token, place in places.items()}
    if isinstance(change, StartBefore):
        return _("Begin “%(step)s”", step=names(change.element))
    if isinstance(change, StartAfter):
        return _("Go on behind “%(step)s”", step=names(change.element))
    if isinstance(change, CancelToken):
        return _("Take away “%(step)s”", step=where.get(change.token, change.token))
    if isinstance(change, MoveToken):
        step = where.get(change.token, change.token)
        return _("Move from “%(step)s” to “%(to)s”", step=step, to=names(change.element))
    return line
