"""`/task`: the tasks of the account a program acts as."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from services.inbox.complete_by_program import complete_by_program
from services.inbox.find_tasks import TaskQuery, TaskRow, count_tasks, find_tasks
from webui.auth import signed_in
from webui.engine_rest import bodies, paging
from webui.engine_rest.answers import json_answer, moment, nothing
from webui.engine_rest.area import area
from webui.engine_rest.ids import definition_id, number_of
from webui.engine_rest.variables import variables_in
from webui.reading import look_again, office, reading

_ORDERS = {"id": "id", "name": "name", "created": "created", "dueDate": "due", "priority": "priority"}
_FILTERS = frozenset(
    {
        "taskId",
        "processInstanceId",
        "processInstanceBusinessKey",
        "processDefinitionId",
        "processDefinitionKey",
        "assignee",
        "unassigned",
        "candidateGroup",
        "candidateGroups",
        "candidateUser",
        "includeAssignedTasks",
        "taskDefinitionKey",
        "active",
    }
)
_MORE = """
    taskIdIn processInstanceIdIn processInstanceBusinessKeyIn processInstanceBusinessKeyLike processDefinitionKeyIn
    processDefinitionName processDefinitionNameLike executionId activityInstanceIdIn tenantIdIn assigneeLike assigneeIn
    assigneeNotIn owner candidateGroupLike involvedUser assigned taskDefinitionKeyIn taskDefinitionKeyNotIn
    taskDefinitionKeyLike name nameNotEqual nameLike nameNotLike description descriptionLike priority maxPriority
    minPriority dueDate dueAfter dueBefore withoutDueDate followUpDate followUpAfter followUpBefore
    followUpBeforeOrNotExistent createdOn createdAfter createdBefore updatedAfter delegationState withCandidateGroups
    withoutCandidateGroups withCandidateUsers withoutCandidateUsers suspended taskVariables processVariables
    caseInstanceVariables parentTaskId
"""
_CAMUNDA = _FILTERS | frozenset(_MORE.split())


class _Complete(bodies.Body):
    variables = bodies.Variables()
    tell_variables = bodies.truth("withVariablesInReturn")


_COMPLETE = _Complete()


@area.get("/task", action="engine.task.list")
def tasks() -> Response:
    """Open tasks this account has or may take; an administrator sees all."""
    paging.only(_FILTERS, _CAMUNDA)
    page = paging.page()
    rows = find_tasks(reading(), signed_in(), _query(), first=page.first, size=page.size, order=paging.order(_ORDERS))
    return json_answer([shape(row) for row in rows])


@area.get("/task/count", action="engine.task.list")
def task_count() -> Response:
    """How many."""
    paging.only(_FILTERS, _CAMUNDA)
    return json_answer({"count": count_tasks(reading(), signed_in(), _query())})


@area.post("/task/<ref>/complete", action="engine.task.complete")
def complete_task(ref: str) -> Response:
    """Done; the process runs to its next wait states before the answer."""
    sent = bodies.read(_COMPLETE)
    done = complete_by_program(office(), signed_in(), ref, sent["variables"])
    if not sent["tell_variables"]:
        return nothing()
    look_again()
    return json_answer(variables_in(reading(), done.instance_ref))


def _query() -> TaskQuery:
    given = request.args
    definition = given.get("processDefinitionId")
    groups = paging.words("candidateGroups") or ((given["candidateGroup"],) if given.get("candidateGroup") else None)
    return TaskQuery(
        ref=given.get("taskId"),
        assignee=given.get("assignee"),
        unassigned=bool(paging.truth("unassigned")),
        candidate_groups=groups,
        candidate_user=given.get("candidateUser"),
        held_too=bool(paging.truth("includeAssignedTasks")),
        instance_ref=given.get("processInstanceId"),
        business_key=given.get("processInstanceBusinessKey"),
        definition_key=given.get("processDefinitionKey"),
        definition_id=None if definition is None else (number_of(definition) or 0),
        element=given.get("taskDefinitionKey"),
    )


def shape(row: TaskRow) -> dict[str, Any]:
    """A task as clients index it: every field is there."""
    return {
        "id": row.ref,
        "name": row.name,
        "assignee": row.assignee,
        "created": moment(row.created_at),
        "lastUpdated": None,
        "due": moment(row.due_at),
        "followUp": moment(row.follow_up_at),
        "delegationState": None,
        "description": None,
        "executionId": row.instance_ref,
        "owner": None,
        "parentTaskId": None,
        "priority": row.priority,
        "processDefinitionId": definition_id(row.definition_key, row.definition_version, row.definition_id),
        "processInstanceId": row.instance_ref,
        "taskDefinitionKey": row.element,
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": bool(row.suspended),
        "formKey": row.form_key,
        "camundaFormRef": None,
        "tenantId": None,
        "taskState": "Created",
    }
