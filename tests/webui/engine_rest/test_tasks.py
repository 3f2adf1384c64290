"""A process is started and its tasks are completed by a program."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.store.models import Instance
from tests.engine.commands.test_cost import counted
from tests.webui.conftest import PASSWORD, Site
from tests.webui.engine_rest.conftest import Program, basic

FIELDS = {
    "id", "name", "assignee", "owner", "created", "lastUpdated", "due", "followUp", "delegationState", "description",
    "executionId", "parentTaskId", "priority", "processDefinitionId", "processInstanceId", "caseExecutionId",
    "caseDefinitionId", "caseInstanceId", "taskDefinitionKey", "suspended", "formKey", "camundaFormRef", "tenantId",
    "taskState",
}  # fmt: skip


def test_from_start_to_end(site: Site, shop: Program):
    sent = {"businessKey": "A-7", "variables": {"sum": {"value": 12, "type": "Integer"}}, "withVariablesInReturn": True}
    begun = shop.start(**sent)
    assert begun["businessKey"] == "A-7"
    assert begun["definitionId"].startswith("approval:1:")
    assert (begun["ended"], begun["suspended"], begun["tenantId"]) == (False, False, None)
    assert begun["variables"]["sum"] == {"type": "Integer", "value": 12, "valueInfo": {}}

    (review,) = shop.tasks(begun["id"])
    assert set(review) >= FIELDS
    assert (review["taskDefinitionKey"], review["created"]) == ("review", "2026-11-22T09:00:00.000+0000")
    assert shop.post(f"/task/{review['id']}/complete", {"variables": {"ok": {"value": True}}}).status_code == 204
    (sign,) = shop.tasks(begun["id"])
    answer = shop.post(f"/task/{sign['id']}/complete", {"withVariablesInReturn": True})
    assert (answer.status_code, answer.json["ok"]["value"]) == (200, True)
    assert shop.tasks(begun["id"]) == []


def test_a_completion_costs_ten_statements_and_one_commit(site: Site, shop: Program, press: Program):
    """The look-up of the token is not counted; one more when the request has a key of its own."""
    begun = shop.start()
    (review,) = shop.tasks(begun["id"])
    body = {"variables": {"ok": {"value": True}}}
    with counted(site.office.database) as alone:
        shop.get("/version")
    with counted(site.office.database) as plain:
        assert shop.post(f"/task/{review['id']}/complete", body).status_code == 204
    (sign,) = shop.tasks(begun["id"])
    with counted(site.office.database) as keyed:
        shop.post(f"/task/{sign['id']}/complete", body, headers={"Idempotency-Key": "k1"})
    assert alone == {"statements": 1, "commits": 0}
    assert plain["commits"] == keyed["commits"] == 1
    assert plain["statements"] - 1 <= 10
    assert keyed["statements"] - 1 <= 10


def test_a_repeated_key_gets_the_first_answer(site: Site, shop: Program):
    once = {"headers": {"Idempotency-Key": "start-7"}}
    first = shop.post("/process-definition/key/approval/start", {}, **once)
    again = shop.post("/process-definition/key/approval/start", {}, **once)
    assert first.json == again.json
    with site.office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Instance)) == 1

    (review,) = shop.tasks(first.json["id"])
    twice = {"headers": {"Idempotency-Key": "review-7"}}
    assert [shop.post(f"/task/{review['id']}/complete", {}, **twice).status_code for _ in range(3)] == [204] * 3
    other = shop.post(f"/task/{review['id']}/complete", {})
    assert (other.status_code, other.headers["X-Error-Code"]) == (409, "task-already-completed")


def test_a_stranger_sees_and_completes_nothing(site: Site, shop: Program, press: Program):
    begun = shop.start()
    (review,) = shop.tasks(begun["id"])

    assert press.tasks(begun["id"]) == []
    assert press.json("/task/count") == {"count": 0}
    foreign = press.post(f"/task/{review['id']}/complete", {})
    missing = press.post("/task/nothing-there/complete", {})
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json["type"] == missing.json["type"]
    assert len(Program(site, basic("admin")).tasks(begun["id"])) == 1


def test_a_task_of_a_card_goes_the_way_of_its_page(site: Site, shop: Program):
    """What its form asks for is asked of a program too, whatever variables it sends."""
    site.file()
    (mine,) = [task for task in shop.json("/task") if task["formKey"] or task["taskDefinitionKey"] != "review"]

    refused = shop.post(f"/task/{mine['id']}/complete", {"variables": {"whatever": {"value": 1}}})
    assert refused.status_code == 400
    assert refused.headers["X-Error-Code"] == "form-refused"
    assert [task["id"] for task in shop.json("/task")] == [mine["id"]]


def test_filters_orders_and_pages(site: Site, shop: Program):
    for number in range(3):
        shop.start(businessKey=f"A-{number}")
    assert shop.json("/task/count") == {"count": 3}
    assert shop.json("/task?maxResults=0") == []
    assert len(shop.json("/task?maxResults=2")) == 2
    assert len(shop.json("/task?maxResults=2&firstResult=2")) == 1
    assert len(shop.json("/task?processInstanceBusinessKey=A-1")) == 1
    assert len(shop.json("/task?candidateGroup=clerk&processDefinitionKey=approval")) == 3
    assert len(shop.json("/task?candidateGroups=head,clerk")) == 3
    assert len(shop.json("/task?candidateUser=shop")) == 3
    assert shop.json("/task?candidateGroup=head") == shop.json("/task?assignee=shop") == []
    newest = shop.json("/task?sortBy=id&sortOrder=desc")
    assert [one["id"] for one in newest] == [one["id"] for one in reversed(shop.json("/task"))]
    assert len(shop.json("/task?nobody_knows=1")) == 3
    for wrong in ("sortBy=id", "sortBy=x&sortOrder=asc", "maxResults=x", "unassigned=perhaps"):
        answer = shop.get(f"/task?{wrong}")
        assert (answer.status_code, answer.json["type"]) == (400, "InvalidRequestException")
    later = shop.get("/task?nameLike=%25x")
    assert (later.status_code, later.json["code"]) == (501, 20501)


def test_bad_bodies_are_a_clear_no(site: Site, shop: Program):
    start = "/process-definition/key/approval/start"
    wrong = ("x", 1), ("a", "Integer"), (2**31, "Integer"), (1, "Java"), ("y", "Object"), ("", "File"), ("{", "Json")
    wrong += ("2026", "Date"), (1, "String"), ("yes", "Boolean"), (True, "Long"), ("NaN", "Double")
    bodies = [{"variables": {"x": {"value": value, "type": kind}}} for value, kind in wrong]
    bodies += [{"variables": {name: {"value": 1}}} for name in ("__class__", " ")]
    for body in ([], {"variables": []}, {"variables": {"x": 1}}, *bodies):
        answer = shop.post(start, body)
        assert (answer.status_code, sorted(answer.json)) == (400, ["code", "message", "type"]), body
    assert shop.ask("POST", start, data="{", content_type="application/json").status_code == 400
    assert (
        shop.ask("POST", start, data='{"variables":{"x":{"value":NaN}}}', content_type="application/json").status_code
        == 400
    )
    assert shop.ask("POST", start, data="[" * 100_000, content_type="application/json").status_code == 400
    assert shop.ask("POST", start, data="{}", content_type="text/plain").status_code == 415
    assert (
        shop.ask("POST", start, data=b'{"a":"' + b"x" * 11_000_000 + b'"}', content_type="application/json").status_code
        == 413
    )
    unknown = shop.post("/process-definition/key/nothing/start", {})
    assert (unknown.status_code, unknown.json["type"]) == (404, "RestException")
    assert "No matching process definition with key: nothing and no tenant-id" in unknown.json["message"]
    with site.office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Instance)) == 0


def test_values_stay_exact(site: Site, shop: Program):
    exact = "12345678901234567890.12345678901234"
    text = (
        '{"variables":{"d":{"type":"Double","value":' + exact + '},"l":{"value":9007199254740993,"type":"long"},'
        '"s":{"value":"текст"},"n":{"value":null,"type":"null"},"b":{"value":false},'
        '"m":{"value":"2026-01-23T17:42:45.000+0300","type":"Date"},'
        '"j":{"type":"json","value":"{\\"a\\":[0.10,2]}"}},"withVariablesInReturn":true}'
    )
    answer = shop.ask(
        "POST", "/process-definition/key/approval/start", data=text.encode(), content_type="application/json"
    )
    assert f'"value":{exact}' in answer.text
    kept = answer.json["variables"]
    assert kept["l"] == {"type": "Long", "value": 9007199254740993, "valueInfo": {}}
    assert kept["m"] == {"type": "Date", "value": "2026-01-23T14:42:45.000+0000", "valueInfo": {}}
    assert kept["j"] == {"type": "Json", "value": '{"a":[0.10,2]}', "valueInfo": {}}
    assert [kept[name]["type"] for name in "snb"] == ["String", "Null", "Boolean"]
    assert PASSWORD not in answer.text
