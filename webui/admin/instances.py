"""Instances on their diagrams, and the incidents that stop them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.feel.values import to_json
from engine.queries import InstanceView
from services.processes.mend import cancel_incident, cancel_instance, retry_incident, skip_incident
from services.processes.queries import (
    InstancePage,
    PastPage,
    drawing,
    incidents,
    instance_counts,
    instance_then,
    instances,
    subjects,
)
from services.processes.queries import instance_page as page_of
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.errors import sentence
from webui.presentation import reader
from webui.reading import office, reading

_STATES = {"running": "work", "suspended": "note", "completed": "ok", "cancelled": "skip", "incident": "no"}
_MOST, _LONGEST = 200, 500  # variables of a past moment, and characters of each
_MENDING = {"retry": retry_incident, "skip": skip_incident, "cancel": cancel_incident}


@area.get("/instances", action="instance.list")
def instances_page() -> str:
    """Everything that runs or ran."""
    at("instances")
    actor, state = signed_in(), request.args.get("state", "running")
    state = state if state in _STATES else "running"
    return render_template(
        "admin/instances.html",
        rows=instances(reading(), actor, state=state),
        counts=_counts(instance_counts(reading(), actor), state),
        words=_one_word(),
        steps=lambda row: reader().several(map(step_name(row.view), dict.fromkeys(row.steps))),
        process_name=process_name,
        marks=_STATES,
    )


@area.get("/instances/<ref>", action="instance.see")
def instance_page(ref: str) -> str:
    """One instance: its diagram, what it waits for, what happened."""
    at("instances")
    view = page_of(reading(), signed_in(), ref)
    moment = _moment()
    then = None if moment is None else instance_then(reading(), signed_in(), ref, moment)
    return render_template(
        "admin/instance.html",
        view=view,
        moment=moment,
        then=then,
        values_then=_values(then),
        words=_one_word(),
        step_name=step_name(view.view),
        process_name=process_name,
        marks=_STATES,
        diagram=_on_diagram(view),
        incident_text=_incident_text,
        steps={
            "entered": _("entered"),
            "left": _("left"),
            "fired": _("came due"),
            "cancelled": _("cancelled"),
            "failed": _("failed"),
        },
        waits={
            "timer": _("a moment"),
            "message": _("a message"),
            "signal": _("a signal"),
            "condition": _("a condition"),
        },
        request_id=fresh_request_id(),
    )


def _moment() -> datetime | None:
    """The chosen moment: a line of the history (`at`), or a day and a time in the reader's zone; None when there is none."""
    asked = request.args
    text = asked.get("at") or f"{asked.get('day', '')}T{asked.get('time') or '23:59'}"
    try:
        moment = datetime.fromisoformat(text[:40])
        return (moment if moment.tzinfo else moment.replace(tzinfo=reader().zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _values(then: PastPage | None) -> list[tuple[str, str]]:
    """Variables of then as they are written, each cut where a line ends."""
    named = [] if then is None else list(then.past.variables.items())
    return [(name, json.dumps(to_json(value), ensure_ascii=False)[:_LONGEST]) for name, value in named[:_MOST]]


@area.get("/instances/<ref>/diagram", action="instance.see")
def instance_diagram(ref: str) -> Response:
    """The drawn BPMN."""
    return Response(drawing(reading(), signed_in(), ref), content_type="application/xml")


@area.post("/instances/<ref>/cancel", action="instance.cancel")
def cancel(ref: str) -> AnyResponse:
    """Stop an instance for good; the reason stays in its history."""
    cancel_instance(office(), signed_in(), ref, request.form.get("reason", "").strip())
    said(_("The instance is stopped."))
    return redirect(url_for("admin.instance_page", ref=ref), 303)


@area.get("/incidents", action="incident.list")
def incidents_page() -> str:
    """What gave up, newest first."""
    at("incidents")
    state = "resolved" if request.args.get("state") == "resolved" else "open"
    rows = incidents(reading(), signed_in(), state=state)
    return render_template(
        "admin/incidents.html",
        rows=rows,
        about=subjects(reading(), (row.subject_ref for row in rows)),
        state=state,
        incident_text=_incident_text,
        request_id=fresh_request_id(),
    )


@area.post("/incidents/<int:number>/<any(retry,skip,cancel):what>", action="incident.mend")
def mend(number: int, what: str) -> AnyResponse:
    """Try the step again, take it as done, or give the incident up."""
    _MENDING[what](office(), signed_in(), number)
    done = {
        "retry": _("The step is tried again."),
        "skip": _("The step counts as done."),
        "cancel": _("The incident is closed."),
    }
    said(done[what])
    back = request.form.get("instance", "")
    return redirect(url_for("admin.instance_page", ref=back) if back else url_for("admin.incidents_page"), 303)


def _words() -> dict[str, str]:
    return {
        "running": _("Running"),
        "suspended": _("Suspended"),
        "completed": _("Completed"),
        "cancelled": _("Stopped"),
        "incident": _("With an incident"),
    }


def _one_word() -> dict[str, str]:
    return {
        "running": _("Runs"),
        "suspended": _("Is suspended"),
        "completed": _("Has ended"),
        "cancelled": _("Was stopped"),
    }


def process_name(view: InstanceView) -> str:
    """The name of a process in the reader's language; else as it is drawn."""
    key = f"process.{view.key}.name"
    said = office().shelf.texts(reading(), view.solution).get(key, reader().locale)
    return view.name or view.key if said == key else said


def step_name(view: InstanceView) -> Callable[[str], str]:
    """Names of drawn elements in the reader's language; the id where the solution has no word."""
    texts, locale = office().shelf.texts(reading(), view.solution), reader().locale

    def name(element: str) -> str:
        key = f"task.{element}.name"
        said = texts.get(key, locale)
        return element if said == key else said

    return name


def _counts(counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    return [
        {
            "n": reader().number(counts.get(state, 0)),
            "text": word,
            "url": url_for("admin.instances_page", state=state),
            "late": state == "incident" and bool(counts.get(state)),
            "current": state == current,
        }
        for state, word in _words().items()
    ]


def _incident_text(row: Any) -> str:
    return sentence(row.code, dict(row.params), row.code)


def _on_diagram(page: InstancePage) -> dict[str, Any]:
    elements: dict[str, dict[str, Any]] = {}
    for element, state in page.elements.items():
        about: dict[str, Any] = {"state": "now" if state.now else "done" if state.done else ""}
        if state.incidents:
            about["incidents"] = state.incidents
        elements[element] = about
    for task in page.tasks:
        if task.assignee_id in page.names:
            elements.setdefault(task.element, {"state": "now"})["note"] = page.names[task.assignee_id]
    return {"elements": elements}
