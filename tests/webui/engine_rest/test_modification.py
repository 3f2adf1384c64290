"""Modification and restart as Camunda's clients ask for them; only for administrators."""

from __future__ import annotations

from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import Program, basic


def standing(boss: Program, ref: str) -> list[tuple[str, str]]:
    tree = boss.json(f"/process-instance/{ref}/activity-instances")
    return [(each["id"], each["activityId"]) for each in tree["childActivityInstances"]]


def test_modification(site: Site, shop: Program):
    boss = Program(site, basic("admin"))
    ref = shop.start()["id"]
    ((token, element),) = standing(boss, ref)
    assert element == "review"
    instructions = [
        {"type": "startBeforeActivity", "activityId": "sign", "variables": {"sum": {"value": 3}}},
        {"type": "cancel", "activityInstanceId": token},
    ]
    address = f"/process-instance/{ref}/modification"

    assert shop.post(address, {"instructions": instructions}).status_code == 403
    done = boss.post(address, {"instructions": instructions, "annotation": "moved", "skipCustomListeners": False})
    assert (done.status_code, done.text) == (204, "")
    assert [element for _, element in standing(boss, ref)] == ["sign"]
    assert boss.json(f"/process-instance/{ref}/variables/sum")["value"] == 3

    for bad, status in (
        ([], 400),
        ([{"type": "jump"}], 400),
        ([{"type": "cancel"}], 400),
        ([{"type": "startBeforeActivity", "activityId": "nowhere"}], 400),
        ([{"type": "cancel", "activityId": "review"}], 409),
        ([{"type": "startBeforeActivity", "activityId": "sign"}] * 101, 400),
        ([{"type": "cancel", "activityId": "sign", "variables": {"a": {"value": 1, "local": True}}}], 501),
        ("all", 400),
    ):
        assert boss.post(address, {"instructions": bad}).status_code == status, bad
    assert boss.post("/process-instance/nothing/modification", {"instructions": instructions}).status_code == 404
    whole = [
        {"type": "cancel", "activityId": "sign"},
        {"type": "startTransition", "transitionId": "begun_to_review"},
        {"type": "startAfterActivity", "activityId": "review"},
    ]
    assert boss.post(address, {"instructions": whole}).status_code == 204
    assert sorted(element for _, element in standing(boss, ref)) == ["review", "sign"]


def test_a_dry_run_of_the_same_body_keeps_nothing(site: Site, shop: Program, press: Program):
    boss = Program(site, basic("admin"))
    ref = shop.start(variables={"sum": {"value": 1}})["id"]
    address = f"/process-instance/{ref}/modification/dry-run"
    ((token, _),) = standing(boss, ref)
    sign = {"type": "startBeforeActivity", "activityId": "sign", "variables": {"sum": {"value": 3}}}
    whole = {"instructions": [sign, {"type": "cancel", "activityInstanceId": token}]}

    seen = boss.post(address, whole)
    assert seen.status_code == 200, seen.text
    assert [one["activityId"] for one in seen.json["before"]] == ["review"]
    assert [one["activityId"] for one in seen.json["after"]] == ["sign"]
    assert seen.json["comes"] == [{"kind": "task", "activityId": "sign", "about": ""}]
    assert seen.json["goes"] == [{"kind": "task", "activityId": "review", "about": ""}]
    assert [seen.json["variables"]["sum"][when]["value"] for when in ("before", "after")] == [1, 3]
    assert standing(boss, ref) == [(token, "review")]
    assert boss.json(f"/process-instance/{ref}/variables/sum")["value"] == 1
    only = boss.post(address, {"instructions": [{"type": "cancel", "activityId": "review"}]}).json
    assert (only["state"], only["after"]) == ("cancelled", [])

    assert shop.post(address, whole).status_code == 403
    assert press.post(address, whole).status_code == 403
    assert boss.post("/process-instance/nothing/modification/dry-run", whole).status_code == 404
    for bad in ([], [sign] * 101, [{"type": "jump"}], "all"):
        assert boss.post(address, {"instructions": bad}).status_code == 400, bad


def test_restart(site: Site, shop: Program):
    boss = Program(site, basic("admin"))
    old = shop.start(businessKey="A-1", variables={"sum": {"value": 5}})
    address = f"/process-definition/{old['definitionId']}/restart"
    wanted = {"processInstanceIds": [old["id"]], "initialVariables": True}
    assert boss.post(address, wanted).status_code == 409
    boss.ask("DELETE", f"/process-instance/{old['id']}")
    assert shop.post(address, wanted).status_code == 403

    sign = [{"type": "startBeforeActivity", "activityId": "sign"}]
    assert boss.post(address, wanted | {"instructions": sign}).status_code == 204
    (new,) = boss.json("/process-instance?businessKey=A-1")
    assert [element for _, element in standing(boss, new["id"])] == ["sign"]
    assert boss.json(f"/process-instance/{new['id']}/variables/sum")["value"] == 5
    assert boss.post(address, {"processInstanceIds": ["nothing"]}).status_code == 400
    assert boss.post(address, {"processInstanceIds": []}).status_code == 400
    assert boss.post(address, wanted | {"instructions": [{"type": "cancel", "activityId": "sign"}]}).status_code == 400
    assert boss.post(address, wanted | {"historicProcessInstanceQuery": {"finished": True}}).status_code == 501
    assert boss.post("/process-definition/road:1:99999/restart", wanted).status_code == 400
