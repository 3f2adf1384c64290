"""`/task/{id}/claim`, `unclaim`, `assignee`: in whose hands a task is; and one task with its variables."""

from __future__ import annotations

from flask import Response

from engine.errors import NotAllowed
from services.accounts.rules import login_of
from services.inbox.claim_task import claim_task, release_task
from services.inbox.find_tasks import TaskQuery, TaskRow, find_tasks
from services.inbox.give_task import give_task
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer, nothing
from webui.engine_rest.area import area
from webui.engine_rest.refusals import missing
from webui.engine_rest.tasks import shape
from webui.engine_rest.variables import variables_in
from webui.reading import office, reading


class _User(bodies.Body):
    login = bodies.text("userId")


_USER = _User()


@area.get("/task/<ref>", action="engine.task.list")
def one_task(ref: str) -> Response:
    """An open task this account has or may take."""
    return json_answer(shape(_found(ref)))


@area.get("/task/<ref>/variables", action="engine.task.list")
def task_variables(ref: str) -> Response:
    """The variables of its instance."""
    return json_answer(variables_in(reading(), _found(ref).instance_ref))


@area.get("/task/<ref>/form-variables", action="engine.task.list")
def form_variables(ref: str) -> Response:
    """The same: what a form of one's own may show."""
    return json_answer(variables_in(reading(), _found(ref).instance_ref))


@area.post("/task/<ref>/claim", action="engine.task.hold")
def claim(ref: str) -> Response:
    """Take it; an administrator's program may take it for somebody else."""
    _give(ref, bodies.read(_USER)["login"])
    return nothing()


@area.post("/task/<ref>/unclaim", action="engine.task.hold")
def unclaim(ref: str) -> Response:
    """Give it back to whoever may take it."""
    actor = signed_in()
    if "admin" in actor.roles:
        give_task(office(), actor, ref, None)
    else:
        release_task(office(), actor, ref)
    return nothing()


@area.post("/task/<ref>/assignee", action="engine.task.hold")
def assignee(ref: str) -> Response:
    """Give it to somebody; only to oneself unless one is an administrator."""
    login = bodies.read(_USER)["login"]
    if login is None:
        return unclaim(ref)
    if "admin" in signed_in().roles:
        give_task(office(), signed_in(), ref, login)
    else:
        _give(ref, login)
    return nothing()


def _give(ref: str, login: str | None) -> None:
    actor = signed_in()
    row = _found(ref)
    own = login is None or _is_own(login)
    if "admin" in actor.roles and not own:
        give_task(office(), actor, ref, login)
    elif own:
        claim_task(office(), actor, row.ref)
    else:
        raise NotAllowed("task-for-another", login=login)


def _is_own(login: str) -> bool:
    name = login_of(login)
    return bool(office().people.account_ids(reading(), [name]).get(name) == signed_in().account_id)


def _found(ref: str) -> TaskRow:
    rows = find_tasks(reading(), signed_in(), TaskQuery(ref=ref), size=1)
    if not rows:
        missing(f"No matching task with id {ref}")
    return rows[0]
