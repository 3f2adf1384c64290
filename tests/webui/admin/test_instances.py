"""Instances on their diagrams, incidents and their mending."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.store.models import Incident, Instance, Job
from tests.webui.conftest import Site


def running(site: Site) -> str:
    return site.as_("admin").get("/admin/instances").links("/admin/instances/")[-1]


def test_it_shows_where_it_stands(site: Site):
    site.registered()

    page = site.as_("admin").get(running(site))

    assert "Назначить исполнителя" in page.words
    assert '"assign": {"state": "now"' in page.text
    assert '"register": {"state": "done"}' in page.text
    assert b"BPMNDiagram" in site.as_("admin").get(running(site) + "/diagram").answer.data


def test_stopping_needs_a_reason(site: Site):
    site.registered()
    address = running(site)

    silent = site.as_("admin").post(address + "/cancel", {"reason": " "})
    said = site.as_("admin").post(address + "/cancel", {"reason": "Подано дважды"})

    assert silent.status == 422
    assert said.status == 303
    assert not site.tasks("boris")


def test_every_state_and_both_lists_of_incidents_open(site: Site):
    for state in ("running", "suspended", "completed", "cancelled", "incident"):
        assert site.as_("admin").get(f"/admin/instances?state={state}").status == 200
    for state in ("open", "resolved"):
        assert site.as_("admin").get(f"/admin/incidents?state={state}").status == 200


def test_an_incident_is_tried_again(site: Site):
    site.registered()
    at = datetime(2026, 11, 22, tzinfo=UTC)

    def broken(work):
        instance = work.session.query(Instance).one()
        job = Job(kind="operation", payload={}, state="failed", run_at=at, created_at=at, instance_id=instance.id)
        work.session.add(job)
        work.session.flush()
        work.session.add(
            Incident(
                instance_id=instance.id, job_id=job.id, code="template-failed", params={"reason": "x"}, created_at=at
            )
        )

    site.office.database.run(broken)
    admin = site.as_("admin")
    number = admin.get("/admin/incidents").text.split("/admin/incidents/")[1].split("/")[0]

    page = admin.post(f"/admin/incidents/{number}/retry")

    assert page.status == 303
    assert "Сбоев нет" in admin.get("/admin/incidents").words


def test_it_is_shown_as_it_was(site: Site):
    site.registered()
    address = running(site)
    before = site.as_("admin").get(address)
    then = next(link for link in before.links("/admin/instances/") if "at=" in link)

    page = site.as_("admin").get(then)

    assert "Каким был" in page.words and "Где стоял" in page.words
    assert "ничего не известно" in site.as_("admin").get(address + "?day=2020-01-01").words
    assert site.as_("admin").get(address + "?at=no-moment&day=&time=").status == 200
    assert site.as_("boris").get(then).status in (403, 404)
