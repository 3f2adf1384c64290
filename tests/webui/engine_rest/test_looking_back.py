"""A program reads an instance as it was, and the card it is about; strangers read neither."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.accounts.actors import INSTALLER
from services.processes.look_back import card_of_instance
from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import Program, basic, program
from webui.engine_rest import looking_back


def test_what_was_read_then_is_read_of_then(site: Site, shop: Program):
    ref = shop.start(variables={"sum": {"value": 5}, "note": {"value": "wait"}})["id"]
    address, then = f"/process-instance/{ref}", f"/history/process-instance/{ref}/as-of"
    boss = Program(site, basic("admin"))
    seen = []
    for change in ({"sum": {"value": 6}}, {"more": {"value": [1, 2]}}, {}):
        tree = boss.json(f"{address}/activity-instances")
        tokens = [(each["id"].split(":")[1], each["activityId"]) for each in tree["childActivityInstances"]]
        seen.append((site.clock.now() + timedelta(seconds=30), tokens, shop.json(f"{address}/variables")))
        site.clock.move(timedelta(minutes=5))
        if change:
            assert (
                shop.post(f"{address}/variables", {"modifications": change, "deletions": ["note"]}).status_code == 204
            )
        else:
            assert shop.post(f"/task/{shop.tasks(ref)[0]['id']}/complete", {}).status_code == 204
    for moment, tokens, variables in seen:
        past = shop.json(f"{then}?at={moment:%Y-%m-%dT%H:%M:%S.000%%2B0000}")
        assert [(each["id"], each["activityId"]) for each in past["tokens"]] == tokens
        assert past["variables"] == variables
        assert (past["whole"], past["tokenCount"], past["cardRevision"], past["inner"]) == (True, 1, None, {})
    today = f"{then}?at={site.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    assert [each["activityId"] for each in shop.json(today)["tokens"]] == ["sign"]
    assert shop.json(f"{today}&variableNames=sum,other&firstResult=1") | {"tokenCount": 1} == shop.json(today) | {
        "tokens": [],
        "variables": {"sum": {"type": "Integer", "value": 6, "valueInfo": {}}},
    }
    assert shop.get(f"{address}/card").status_code == 404


def test_what_cannot_be_read(site: Site, shop: Program, monkeypatch: pytest.MonkeyPatch):
    ref = shop.start(variables={"sum": {"value": "x" * 500}})["id"]
    then = f"/history/process-instance/{ref}/as-of"
    for bad in ("", "?at=", "?at=yesterday", "?at=2026-11-24", "?at=2026-11-24T10:00:00", "?at=" + "9" * 5000):
        assert shop.get(f"{then}{bad}").status_code == 400, bad
    early = shop.get(f"{then}?at=2001-01-01T00:00:00Z")
    assert (early.status_code, early.headers["X-Error-Code"]) == (404, "moment-not-known")
    late = f"{then}?at=9999-12-31T23:59:59-14:00"
    assert shop.get(late).status_code == 400, "no calendar has it in UTC"
    assert shop.get("/history/process-instance/nothing/as-of?at=2026-11-24T10:00:00Z").status_code == 404
    assert shop.get(f"{then}?at=2026-11-24T10:00:00Z&maxResults=x").status_code == 400
    assert Program(site, None).get(f"{then}?at=2026-11-24T10:00:00Z").status_code == 401
    assert program(site, "egor2", machine=False).get(late).status_code == 403
    monkeypatch.setattr(looking_back, "LARGEST", 400)
    today = f"{then}?at={site.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    assert shop.get(today).status_code == 413
    assert shop.get(f"{today}&variableNames=other").status_code == 200


def test_of_a_card(site: Site, shop: Program, press: Program):
    """Its revision of then and of today; a program whose account does not see the card finds nothing."""
    card = site.registered()
    boss = Program(site, basic("admin"))
    (one,) = boss.json("/process-instance")
    now = boss.json(f"/process-instance/{one['id']}/card")
    assert (now["ref"], now["type"]) == (card, "appeal")
    assert now["revision"] > 1
    at = f"{site.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    past = boss.json(f"/history/process-instance/{one['id']}/as-of?at={at}")
    assert (past["cardRevision"], past["whole"]) == (now["revision"], True)
    for nobody in (press, program(site, "late_till", "nobody_in_particular")):
        assert nobody.get(f"/process-instance/{one['id']}/card").status_code == 404
        assert nobody.get(f"/history/process-instance/{one['id']}/as-of?at={at}").status_code == 404
    with site.office.database.reading() as session:
        kept = card_of_instance(session, INSTALLER, one["id"])
    assert kept is not None and kept.ref == card
