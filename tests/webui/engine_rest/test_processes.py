"""Definitions, instances, variables, messages and signals over HTTP; what is not there says so."""

from __future__ import annotations

import io
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from engine.jobs import drain
from tests.engine.drawing import drawing, end, path, start, task
from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import APPROVAL, Program, basic, deployed, program

DEFINITION = {
    "id", "key", "category", "description", "name", "version", "resource", "deploymentId", "diagram", "suspended",
    "tenantId", "versionTag", "historyTimeToLive", "startableInTasklist",
}  # fmt: skip
INSTANCE = {
    "links",
    "id",
    "definitionId",
    "definitionKey",
    "businessKey",
    "caseInstanceId",
    "ended",
    "suspended",
    "tenantId",
}
LETTERS = drawing(
    "letters",
    start(),
    '<receiveTask id="wait" messageRef="m"/>',
    '<intermediateCatchEvent id="bell"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>',
    task("read", candidateGroups="clerk"),
    end(),
    path("begun", "wait", "bell", "read", "ended"),
    also='<message id="m" name="letter"/><signal id="s" name="bell"/>',
)


@pytest.fixture
def modeler(site: Site, shop: Program) -> Program:
    """Camunda Modeler with an administrator's password."""
    return Program(site, basic("admin"))


def deploy(modeler: Program, content: bytes, name: str = "letters.bpmn", **words: str):
    data = {"deployment-name": "letters", "deployment-source": "Camunda Modeler", "enable-duplicate-filtering": "true"}
    return modeler.ask(
        "POST",
        "/deployment/create",
        data=data | words | {name: (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_the_deploy_button(site: Site, modeler: Program):
    assert Program(site, None).get("/deployment?maxResults=0").status_code == 401
    assert modeler.json("/deployment?maxResults=0") == []
    first = deploy(modeler, LETTERS)
    assert first.status_code == 200, first.text
    ((id, made),) = first.json["deployedProcessDefinitions"].items()
    assert set(made) == DEFINITION
    assert (made["key"], made["version"], made["deploymentId"]) == ("letters", 1, first.json["id"])
    assert first.json["deployedDecisionDefinitions"] is None

    same = deploy(modeler, LETTERS)
    assert (same.json["id"], same.json["deployedProcessDefinitions"]) == (first.json["id"], None)
    changed = deploy(modeler, LETTERS.replace(b'name="Read"', b'name="Look"'), "another_name.bpmn")
    assert [one["version"] for one in changed.json["deployedProcessDefinitions"].values()] == [2]
    assert modeler.json(f"/process-definition/{id}")["version"] == 1
    names = [one["name"] for one in modeler.json(f"/deployment/{changed.json['id']}/resources")]
    assert names == ["letters.bpmn", "solution.toml"]
    begun = modeler.post(f"/process-definition/{id}/start", {"businessKey": None, "variables": None})
    assert begun.json["definitionId"] == id
    assert modeler.json(f"/deployment/{first.json['id']}")["name"] == "letters"
    assert modeler.json("/deployment/count")["count"] == 4


def test_a_diagram_that_cannot_run_is_refused_with_its_places(site: Site, modeler: Program):
    answer = deploy(modeler, LETTERS.replace(b'<endEvent id="ended"/>', b""))
    assert answer.status_code == 400
    assert answer.json["type"] == "ParseException"
    assert answer.json["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
    (problem, *_) = answer.json["details"]["letters.bpmn"]["errors"]
    assert set(problem) == {"message", "line", "column", "mainElementId", "elementIds"}
    assert modeler.get("/process-definition/key/letters").status_code == 404


def test_what_may_not_be_deployed(site: Site, shop: Program, modeler: Program):
    assert deploy(shop, LETTERS).status_code == 403
    assert deploy(modeler, LETTERS, "solution.toml").status_code == 400
    assert (
        modeler.ask("POST", "/deployment/create", data={"a": "b"}, content_type="multipart/form-data").status_code
        == 400
    )
    assert modeler.post("/deployment/create", {}).status_code == 400
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    assert deploy(modeler, evil).status_code == 400
    assert deploy(modeler, LETTERS, "../../etc/passwd.bpmn").status_code == 200
    assert [one["name"] for one in modeler.json("/deployment?name=letters")] == ["letters"]
    assert deploy(modeler, b"x" * (20 * 1024 * 1024 + 1)).status_code == 413


def test_definitions(site: Site, shop: Program):
    deployed(site, APPROVAL.replace(b'name="Sign"', b'name="Seal"'))
    every = shop.json("/process-definition?key=approval")
    assert [one["version"] for one in every] == [1, 2]
    assert set(every[0]) == DEFINITION
    (latest,) = shop.json("/process-definition?latestVersion=true&keysIn=approval,other")
    assert latest == shop.json("/process-definition/key/approval") == every[1]
    assert shop.json("/process-definition/count?key=approval&latestVersion=true") == {"count": 1}
    assert b"Seal" in shop.json("/process-definition/key/approval/xml")["bpmn20Xml"].encode()
    assert "Seal" not in shop.json(f"/process-definition/{every[0]['id']}/xml")["bpmn20Xml"]
    assert shop.post(f"/process-definition/{every[0]['id']}/start", {}).json["definitionId"] == every[0]["id"]
    for gone in (
        "/process-definition/x:1:999",
        "/process-definition/x",
        "/process-definition/key/x",
        "/deployment/999",
    ):
        assert shop.get(gone).status_code == 404
    assert shop.get("/process-definition?nameLike=x").status_code == 501
    assert shop.get("/process-definition/key/approval/statistics").status_code == 501


def test_instances_and_their_variables(site: Site, shop: Program):
    begun = shop.start(businessKey="A-7", variables={"sum": {"value": 5}})
    address = f"/process-instance/{begun['id']}"
    assert set(shop.json(address)) == INSTANCE
    assert shop.json("/process-instance?businessKey=A-7&processDefinitionKey=approval") == [shop.json(address)]
    assert shop.json("/process-instance/count?suspended=true") == {"count": 0}
    assert shop.json(f"{address}/variables/sum") == {"type": "Integer", "value": 5, "valueInfo": {}}
    assert shop.ask("PUT", f"{address}/variables/sum", {"value": "6", "type": "Long"}).status_code == 204
    changes = {"modifications": {"more": {"value": [1, 2]}}, "deletions": ["nothing"]}
    assert shop.post(f"{address}/variables", changes).status_code == 204
    kept = shop.json(f"{address}/variables")
    assert (kept["sum"]["value"], kept["more"]) == (6, {"type": "Json", "value": "[1,2]", "valueInfo": {}})
    assert shop.ask("DELETE", f"{address}/variables/more").status_code == 204
    assert shop.get(f"{address}/variables/more").status_code == 404
    assert shop.ask("PUT", f"{address}/variables/x", {"value": "a", "type": "Integer"}).status_code == 400

    assert shop.ask("PUT", f"{address}/suspended", {"suspended": True}).status_code == 204
    assert shop.ask("PUT", f"{address}/suspended", {"suspended": True}).status_code == 204
    assert shop.json(address)["suspended"] is True
    (review,) = shop.tasks(begun["id"])
    assert review["suspended"] is True
    asleep = shop.post(f"/task/{review['id']}/complete", {})
    assert (asleep.status_code, asleep.headers["X-Error-Code"]) == (409, "instance-suspended")
    assert shop.ask("PUT", f"{address}/suspended", {"suspended": False}).status_code == 204

    assert shop.ask("DELETE", address, data="{}", content_type="application/json").status_code == 204
    assert shop.ask("DELETE", address).status_code == 404
    assert shop.ask("DELETE", f"{address}?failIfNotExists=false").status_code == 204
    past = shop.json(f"/history/process-instance/{begun['id']}")
    assert (past["state"], past["deleteReason"]) == ("EXTERNALLY_TERMINATED", "Deleted over /engine-rest")
    assert shop.json("/history/process-instance?finished=true&processDefinitionKey=approval") == [past]
    assert shop.get("/history/process-instance?startedBefore=x").status_code == 501


def test_an_instance_of_a_foreign_card_is_missing(site: Site, shop: Program, press: Program):
    """`shop` is a clerk and sees the card; `press` is nobody to it."""
    site.file()
    (one,) = shop.json("/process-instance")
    for method, address, body in (
        ("GET", "", None),
        ("GET", "/variables", None),
        ("GET", "/card", None),
        ("GET", "/variables/x", None),
        ("PUT", "/variables/x", {"value": 1}),
        ("DELETE", "/variables/x", None),
        ("POST", "/variables", {}),
        ("PUT", "/suspended", {"suspended": True}),
        ("DELETE", "", None),
    ):
        foreign = press.ask(method, f"/process-instance/{one['id']}{address}", body)
        missing = press.ask(method, f"/process-instance/nothing-there{address}", body)
        assert foreign.status_code == missing.status_code == 404, (method, address)
        assert foreign.text.replace(one["id"], "nothing-there") == missing.text
    assert press.json("/process-instance") == []
    assert press.json("/process-instance/count") == press.json("/history/process-instance/count") == {"count": 0}
    assert press.get(f"/history/process-instance/{one['id']}").status_code == 404
    assert press.json("/incident") == []


def test_messages_and_signals(site: Site, shop: Program):
    deployed(site, LETTERS, solution="letters")
    first, second = (shop.start("letters", businessKey=key, variables={"n": {"value": key}}) for key in ("A-1", "A-2"))
    several = shop.post("/message", {"messageName": "letter"})
    assert several.status_code == 400
    assert "MismatchingMessageCorrelationException: Cannot correlate message 'letter'" in several.json["message"]
    told = {
        "messageName": "letter",
        "correlationKeys": {"n": {"value": "A-1"}},
        "processVariables": {"page": {"value": 1}},
    }
    answer = shop.post("/message", told | {"resultEnabled": True, "withoutTenantId": True})
    assert (answer.status_code, answer.json[0]["processInstance"]["id"]) == (200, first["id"])
    assert shop.post("/message", {"messageName": "letter", "processInstanceId": first["id"]}).status_code == 400
    assert shop.post("/message", {"messageName": "letter", "businessKey": "A-2"}).status_code == 204
    assert shop.post("/message", {"messageName": "letter"}).status_code == 400
    assert shop.post("/message", {}).status_code == shop.post("/signal", {}).status_code == 400
    assert shop.post("/message", {"messageName": "letter", "all": True}).status_code == 501

    assert shop.post("/signal", {"name": "bell"}).status_code == 204
    drain(site.office.engine)
    assert {one["processInstanceId"] for one in shop.json("/task?taskDefinitionKey=read")} == {
        first["id"],
        second["id"],
    }
    assert shop.post("/signal", {"name": "nobody waits"}).status_code == 204


def test_in_whose_hands_a_task_is(site: Site, shop: Program, press: Program):
    other = program(site, "till", "clerk")
    begun = shop.start()
    (review,) = shop.tasks(begun["id"])
    address = f"/task/{review['id']}"
    assert shop.post(f"{address}/claim", {"userId": "shop"}).status_code == 204
    assert shop.json(address)["assignee"] == "shop"
    assert shop.json("/task?assignee=shop") == [shop.json(address)]
    taken = other.post(f"{address}/claim", {"userId": "till"})
    assert (taken.status_code, taken.headers["X-Error-Code"]) == (409, "task-already-claimed")
    assert other.post(f"{address}/complete", {}).status_code == 403
    assert other.post(f"{address}/claim", {"userId": "shop"}).status_code == 403
    assert shop.post(f"{address}/unclaim").status_code == 204
    assert shop.json(address)["assignee"] is None
    assert press.post(f"{address}/claim", {"userId": "press"}).status_code == 404
    assert press.get(address).status_code == press.get(f"{address}/variables").status_code == 404
    assert other.post(f"{address}/assignee", {"userId": "shop"}).status_code == 403
    boss = Program(site, basic("admin"))
    assert boss.post(f"{address}/assignee", {"userId": "till"}).status_code == 204
    assert boss.post(f"{address}/assignee", {"userId": "nobody-at-all"}).status_code == 404
    assert other.json(address)["assignee"] == "till"
    assert shop.json(f"{address}/form-variables") == {}
    assert boss.post(f"{address}/unclaim").status_code == 204
    assert boss.post(f"{address}/complete", {}).status_code == 204


def test_what_is_not_there(shop: Program):
    for address in ("/job", "/filter", "/history/task", "/task/x/comment", "/migration/generate", "/user"):
        answer = shop.get(address)
        assert (answer.status_code, answer.json["code"]) == (501, 20501), address
        assert sorted(answer.json) == ["code", "message", "type"]
    assert shop.post("/process-definition/key/approval/submit-form", {}).status_code == 501
    assert shop.get("/unheard-of").status_code == 404


def test_a_database_that_restarts_is_nobodys_mistake(modeler: Program, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr("webui.engine_rest.process_instances.find_instances", away)
    answer = modeler.get("/process-instance")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (503, "database-away")
    assert answer.headers["Retry-After"] == "5"
