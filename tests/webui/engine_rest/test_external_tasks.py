"""Workers over HTTP, as the published clients talk."""

from __future__ import annotations

import threading
import time

from sqlalchemy import select

from engine.store.models import ExternalTask
from tests.engine.drawing import drawing, end, path, service, start, task
from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import Program, deployed
from webui.engine_rest import fetching

PRINTING = drawing(
    "printing",
    start(),
    service("print", "print", '<extensionElements><camunda:properties><camunda:property name="tray" value="2"/>'
            "</camunda:properties></extensionElements>"),
    '<boundaryEvent id="no_paper" attachedToRef="print"><errorEventDefinition errorRef="paper"/></boundaryEvent>',
    task("refill", candidateGroups="clerk"),
    end(),
    path("begun", "print", "ended"),
    path("no_paper", "refill"),
    also='<error id="paper" errorCode="NO_PAPER"/>',
)  # fmt: skip
LOCKED = {
    "activityId", "activityInstanceId", "errorMessage", "errorDetails", "executionId", "id", "lockExpirationTime",
    "processDefinitionId", "processDefinitionKey", "processDefinitionVersionTag", "processInstanceId", "tenantId",
    "retries", "suspended", "workerId", "priority", "topicName", "businessKey", "variables", "extensionProperties",
    "createTime",
}  # fmt: skip


def fetch(shop: Program, worker: str = "till", **how: object) -> list[dict]:
    topic = {"topicName": "print", "lockDuration": 60_000, "variables": None, "includeExtensionProperties": True}
    answer = shop.post(
        "/external-task/fetchAndLock", {"workerId": worker, "maxTasks": 10, "sorting": None, "topics": [topic]} | how
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_worker_from_fetch_to_completion(site: Site, shop: Program):
    deployed(site, PRINTING, solution="printing")
    begun = shop.start("printing", businessKey="A-7", variables={"letter": {"value": "A-7"}})
    (job,) = fetch(shop)
    assert set(job) == LOCKED
    assert (job["topicName"], job["businessKey"], job["processInstanceId"]) == ("print", "A-7", begun["id"])
    assert job["variables"] == {"letter": {"type": "String", "value": "A-7", "valueInfo": {}}}
    assert job["extensionProperties"] == {"tray": "2"}
    assert fetch(shop, "press") == []

    (listed,) = shop.json("/external-task?topicName=print&locked=true")
    assert (listed["id"], listed["workerId"], listed["suspended"]) == (job["id"], "till", False)
    assert shop.json("/external-task/count?notLocked=true") == {"count": 0}
    assert shop.json(f"/external-task/{job['id']}")["createTime"] == "2026-11-22T09:00:00.000+0000"
    assert shop.json("/external-task/topic-names") == ["print"]

    foreign = shop.post(f"/external-task/{job['id']}/complete", {"workerId": "press"})
    assert (foreign.status_code, foreign.json["type"]) == (400, "RestException")
    said = f"External Task {job['id']} cannot be completed by worker 'press'. It is locked by worker 'till'"
    assert foreign.json["message"].startswith(said)
    body = {"workerId": "till", "variables": {"pages": {"value": 3, "type": "integer", "valueInfo": {}}}}
    assert (
        shop.post(f"/external-task/{job['id']}/extendLock", {"workerId": "till", "newDuration": 90_000}).status_code
        == 204
    )
    once = {"headers": {"Idempotency-Key": "done-7"}}
    assert [shop.post(f"/external-task/{job['id']}/complete", body, **once).status_code for _ in range(3)] == [204] * 3
    gone = shop.post(f"/external-task/{job['id']}/complete", body)
    assert (gone.status_code, gone.json["type"]) == (404, "RestException")
    assert shop.get(f"/process-instance/{begun['id']}").status_code == 404
    past = shop.json(f"/history/process-instance/{begun['id']}")
    assert (past["state"], past["businessKey"]) == ("COMPLETED", "A-7")


def test_failures_errors_and_retries(site: Site, shop: Program):
    deployed(site, PRINTING, solution="printing")
    begun = shop.start("printing")
    (job,) = fetch(shop)
    address = f"/external-task/{job['id']}"
    assert shop.get(f"{address}/errorDetails").status_code == 204
    sent = {"workerId": "till", "errorMessage": "no paper", "errorDetails": "tray 2", "retries": 2, "retryTimeout": 0}
    assert shop.post(f"{address}/failure", sent).status_code == 204
    (again,) = fetch(shop)
    assert (again["retries"], again["errorMessage"]) == (2, "no paper")
    assert shop.get(f"{address}/errorDetails").text == "tray 2"
    assert shop.post(f"{address}/failure", sent | {"retries": -1}).status_code == 400

    assert shop.post(f"{address}/failure", {"workerId": "till", "errorMessage": "still none"}).status_code == 204
    (incident,) = shop.json(f"/incident?processInstanceId={begun['id']}&incidentType=failedExternalTask")
    assert (incident["configuration"], incident["incidentMessage"]) == (job["id"], "still none")
    assert shop.json(f"/incident/{incident['id']}") == incident
    assert shop.json("/incident?incidentType=failedJob") == []
    assert shop.json("/incident/count") == {"count": 1}
    assert len(shop.json("/process-instance?withIncident=true")) == 1
    assert fetch(shop) == []
    assert shop.ask("PUT", f"{address}/retries", {"retries": 1}).status_code == 204
    assert shop.json("/incident") == []
    (last,) = fetch(shop)
    assert last["retries"] == 1
    assert shop.post(f"{address}/unlock").status_code == 204
    assert shop.post(f"{address}/lock", {"workerId": "press", "lockDuration": 1000}).status_code == 204
    error = {
        "workerId": "press",
        "errorCode": "NO_PAPER",
        "errorMessage": "tray 2",
        "variables": {"tray": {"value": 2}},
    }
    assert shop.post(f"{address}/bpmnError", error).status_code == 204
    (refill,) = shop.tasks(begun["id"])
    assert refill["taskDefinitionKey"] == "refill"
    assert shop.json(f"/process-instance/{begun['id']}/variables")["tray"]["value"] == 2


def test_the_urgent_and_several_at_once(site: Site, shop: Program):
    deployed(site, PRINTING, solution="printing")
    jobs = [shop.start("printing")["id"] for _ in range(3)]
    refs = {one["processInstanceId"]: one["id"] for one in shop.json("/external-task")}
    assert shop.ask("PUT", f"/external-task/{refs[jobs[2]]}/priority", {"priority": 70}).status_code == 204
    assert [one["processInstanceId"] for one in fetch(shop, maxTasks=2)] == [jobs[2], jobs[0]]
    assert shop.json("/external-task?sortBy=taskPriority&sortOrder=desc")[0]["id"] == refs[jobs[2]]
    assert (
        shop.ask("PUT", "/external-task/retries", {"retries": 4, "externalTaskIds": list(refs.values())}).status_code
        == 204
    )
    assert {one["retries"] for one in shop.json("/external-task?withRetriesLeft=true")} == {4}
    assert shop.ask("PUT", "/external-task/retries", {"retries": 4, "externalTaskIds": []}).status_code == 400


def test_a_request_waits_for_work_and_is_answered_when_it_comes(site: Site, shop: Program):
    deployed(site, PRINTING, solution="printing")
    began = time.monotonic()
    assert fetch(shop, asyncResponseTimeout=200) == []
    assert time.monotonic() - began >= 0.2
    got: list[list[dict]] = []
    waiting = threading.Thread(target=lambda: got.append(fetch(shop, asyncResponseTimeout=20_000)))
    waiting.start()
    time.sleep(0.1)
    shop.start("printing")
    waiting.join(10)
    assert [len(one) for one in got] == [1]


def test_one_too_many_does_not_wait(site: Site, shop: Program):
    deployed(site, PRINTING, solution="printing")
    site.app.extensions["parking"] = parking = fetching.Parking(1)
    assert parking.enter()
    began = time.monotonic()
    assert fetch(shop, asyncResponseTimeout=20_000) == []
    assert time.monotonic() - began < 10
    parking.leave()


def test_what_no_worker_can_mean(site: Site, shop: Program):
    topic = {"topicName": "print", "lockDuration": 1000}
    for body in (
        {"topics": [topic]},
        {"workerId": "x" * 300, "topics": [topic]},
        {"workerId": "till", "topics": [{"topicName": "print"}]},
        {"workerId": "till", "topics": [{"topicName": "print", "lockDuration": 10**15}]},
        {"workerId": "till", "topics": [{"lockDuration": 1000}]},
        {"workerId": "till", "topics": [topic] * 101},
        {"workerId": "till", "topics": "print"},
        {"workerId": "till", "maxTasks": 100_000, "topics": [topic]},
        {"workerId": "till", "maxTasks": "many", "topics": [topic]},
        {"workerId": "till", "asyncResponseTimeout": 1_800_001, "topics": [topic]},
    ):
        assert shop.post("/external-task/fetchAndLock", body).status_code == 400, body
    narrowed = {"workerId": "till", "topics": [topic | {"processVariables": {"a": 1}}]}
    assert shop.post("/external-task/fetchAndLock", narrowed).status_code == 501
    for action, body in (("complete", {}), ("failure", {}), ("bpmnError", {"errorCode": "x"}), ("unlock", None)):
        assert shop.post(f"/external-task/nothing/{action}", {"workerId": "till", **(body or {})}).status_code == 404
    assert shop.get("/external-task?priorityHigherThanOrEquals=3").status_code == 501


def test_idle_fetching_never_writes(site: Site, shop: Program):
    from tests.engine.commands.test_cost import counted

    shop.get("/version")
    with counted(site.office.database) as counts:
        assert fetch(shop) == []
    assert counts == {"statements": 2, "commits": 0}
    with site.office.database.reading() as session:
        assert session.scalar(select(ExternalTask.id)) is None
