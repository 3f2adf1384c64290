"""`/deployment`: what Camunda Modeler's deploy button asks."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine.deployment.bundle import DeployResult
from engine.errors import NotFound
from engine.findings import Finding
from services.processes.find_definitions import (
    DefinitionQuery,
    DeploymentRow,
    count_deployments,
    deployed_resources,
    find_definitions,
    find_deployments,
    resource_content,
)
from services.solutions.deploy_drawing import deploy_drawing
from services.solutions.folders import LARGEST_FILE
from webui.auth import signed_in
from webui.engine_rest import paging
from webui.engine_rest.answers import json_answer, moment
from webui.engine_rest.area import area
from webui.engine_rest.ids import whole
from webui.engine_rest.links import link
from webui.engine_rest.process_definitions import shape as definition_shape
from webui.engine_rest.refusals import Refused, bad_request, missing, not_implemented
from webui.reading import look_again, office, reading

_MOST_FILES = 200
_FILTERS = frozenset({"id", "name"})
_MORE = "nameLike source withoutSource tenantIdIn after before"
_CAMUNDA = _FILTERS | frozenset(_MORE.split())


@area.get("/deployment", action="engine.see")
def deployments() -> Response:
    """Deployments, the oldest first."""
    paging.only(_FILTERS, _CAMUNDA)
    page = paging.page()
    paging.order({"id": "id", "deploymentTime": "id", "name": "id"})
    id = request.args.get("id")
    rows = find_deployments(
        reading(),
        id=None if id is None else whole(id) or 0,
        name=request.args.get("name"),
        first=page.first,
        size=page.size,
    )
    return json_answer([shape(row) for row in rows])


@area.get("/deployment/count", action="engine.see")
def deployment_count() -> Response:
    """How many."""
    paging.only(frozenset(), _CAMUNDA)
    return json_answer({"count": count_deployments(reading())})


@area.get("/deployment/<id>", action="engine.see")
def deployment(id: str) -> Response:
    """One of them."""
    return json_answer(shape(_found(id)))


@area.get("/deployment/<id>/resources", action="engine.files")
def resources(id: str) -> Response:
    """Its files."""
    found = _found(id)
    return json_answer(
        [
            {"id": str(number), "name": path, "deploymentId": id}
            for number, path in deployed_resources(reading(), found.id)
        ]
    )


@area.get("/deployment/<id>/resources/<resource>/data", action="engine.files")
def resource_data(id: str, resource: str) -> Response:
    """A file, byte for byte."""
    try:
        path, content = resource_content(reading(), _found(id).id, whole(resource) or 0)
    except NotFound:
        missing(f"Deployment resource '{resource}' for deployment id '{id}' does not exist")
    answer = Response(content, content_type="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=path.rpartition("/")[2])
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


@area.post("/deployment/create", action="engine.deploy")
def deploy() -> Response:
    """Deploy what is sent into the solution it belongs to, unless a check forbids it."""
    if request.mimetype != "multipart/form-data":
        bad_request("Send the files as multipart/form-data", "form-unreadable")
    if request.form.get("deployment-activation-time"):
        not_implemented("deployment-activation-time")
    files = _files()
    name = request.form.get("deployment-name") or next(iter(files))
    result = deploy_drawing(office(), signed_in(), name, files)
    if result.deployment_id is None:
        raise _parse_exception(result.findings)
    look_again()
    filtering = any(_says_yes(word) for word in ("enable-duplicate-filtering", "deploy-changed-only"))
    return json_answer(_deployed(result, tell=not (result.unchanged and filtering)))


def shape(row: DeploymentRow) -> dict[str, Any]:
    """A deployment as clients index it."""
    return {
        "links": [link("GET", f"/deployment/{row.id}")],
        "id": str(row.id),
        "name": row.note or row.solution,
        "source": None,
        "deploymentTime": moment(row.at),
        "tenantId": None,
    }


def _found(id: str) -> DeploymentRow:
    rows = find_deployments(reading(), id=whole(id) or 0, size=1)
    if not rows:
        missing(f"Deployment with id '{id}' does not exist")
    return rows[0]


def _files() -> dict[str, bytes]:
    sent = [one for _, one in request.files.items(multi=True)]
    if not sent:
        bad_request("No deployment resources contained in the form upload.", "no-files")
    if len(sent) > _MOST_FILES:
        bad_request(f"At most {_MOST_FILES} files can be deployed at once", "too-many-files")
    files: dict[str, bytes] = {}
    for one in sent:
        if not one.filename:
            bad_request(
                "No file name found in the deployment resource described by form parameter 'null'.", "file-name"
            )
        content = one.stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Refused(413, "RestException", f"{one.filename} is larger than {LARGEST_FILE} bytes", "too-large")
        files[one.filename] = content
    return files


def _says_yes(word: str) -> bool:
    return request.form.get(word, "").strip().lower() == "true"


def _deployed(result: DeployResult, *, tell: bool) -> dict[str, Any]:
    rows = find_deployments(reading(), id=result.deployment_id, size=1)
    query = DefinitionQuery(deployment_id=result.deployment_id)
    made = [definition_shape(row) for row in find_definitions(reading(), query)] if tell else []
    return {
        **shape(rows[0]),
        "deployedProcessDefinitions": {one["id"]: one for one in made} or None,
        "deployedDecisionDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
        "deployedCaseDefinitions": None,
    }


def _parse_exception(findings: tuple[Finding, ...]) -> Refused:
    """Every finding at its place; Modeler looks for the first words."""
    details: dict[str, dict[str, list[Any]]] = {}
    lines = []
    for found in findings:
        place = details.setdefault(found.file, {"errors": [], "warnings": []})
        said = f"{found.reason} {found.remedy}"
        problem = {
            "message": said,
            "line": found.line or 0,
            "column": 0,
            "mainElementId": found.element,
            "elementIds": [found.element] if found.element else [],
        }
        place["errors" if found.severity == "error" else "warnings"].append(problem)
        if found.severity == "error":
            lines.append(f"* {said} | resource {found.file} | line {found.line or 0} | element {found.element or '-'}")
    message = "ENGINE-09005 Could not parse BPMN process. Errors: \n" + "\n".join(lines)
    return Refused(400, "ParseException", message, "solution-refused", details=details)
