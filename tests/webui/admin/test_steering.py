"""An administrator steers an instance: sees what will change, then changes it; stale pages change nothing."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed
from engine.runtime.modifying import StartBefore
from engine.store.models import Incident, Instance, Job, Variable
from services.accounts.actors import actor_of
from services.processes.operate import foresee_modification, standing_of
from services.tables import Base
from tests.webui.admin.test_instances import running
from tests.webui.conftest import CAST, Site


def kept(site: Site) -> dict[str, str]:
    with site.office.database.reading() as session:
        return {row.name: row.value for row in session.execute(select(Variable).where(Variable.scope == "")).scalars()}


def revision(site: Site) -> int:
    with site.office.database.reading() as session:
        return session.scalars(select(Instance.revision)).one()


def test_variables_show_the_difference_first(site: Site):
    site.registered()
    address, admin, before = running(site) + "/variables", site.as_("admin"), kept(site)
    typed = {"name": [*before, "sum"], "value": [*before.values(), "12"], "revision": revision(site)}

    looked = admin.post(address, typed | {"go": "look"})
    assert looked.status == 200
    assert "12" in looked.words
    assert kept(site) == before
    done = admin.post(address, typed | {"go": "do"})

    assert done.status == 303
    assert kept(site) == before | {"sum": "12"}
    stale = admin.post(address, typed | {"go": "do", "value": [*before.values(), "13"]})
    assert stale.status == 409
    wrong = admin.post(address, typed | {"go": "do", "value": [*before.values(), "{oops"], "revision": revision(site)})
    assert wrong.status == 200
    assert kept(site)["sum"] == "12"
    gone = {"name": [*before, "sum"], "value": [*before.values(), "1"], "gone": "sum", "revision": revision(site)}
    assert admin.post(address, gone | {"go": "do"}).status == 303
    assert kept(site) == before


def test_it_sleeps_and_wakes(site: Site):
    site.registered()
    address, admin = running(site), site.as_("admin")
    assert admin.post(address + "/suspend", {"revision": revision(site) + 1}).status == 409
    assert admin.post(address + "/suspend", {"revision": revision(site)}).status == 303
    assert "Продолжить" in admin.get(address).words
    assert admin.post(address + "/resume", {"revision": revision(site)}).status == 303


def test_changes_are_gathered_and_applied_at_once(site: Site):
    site.registered()
    address, admin = running(site) + "/modify", site.as_("admin")
    token = admin.get(address).text.split('name="token"')[1].split('<option value="')[2].split('"')[0]
    at = {"revision": revision(site)}

    first = admin.post(address, at | {"go": "add", "do": "move", "token": token, "element": "register"})
    assert f"move {token} register" in first.text
    both = admin.post(
        address, at | {"go": "add", "do": "before", "element": "assign", "change": f"move {token} register"}
    )
    assert "before assign" in both.text
    left = admin.post(address, at | {"go": "drop-1", "change": [f"move {token} register", "before assign"]})
    assert "before assign" not in left.text
    looked = admin.post(address, at | {"go": "look", "change": f"move {token} register"})
    assert "Что было бы" in looked.words and f"move {token} register" in looked.text
    assert revision(site) == at["revision"], "nothing is kept"
    assert admin.post(address, {"revision": 1, "go": "look", "change": f"move {token} register"}).status == 409
    assert admin.post(address, at | {"go": "look", "change": "before nowhere"}).status == 422
    silent = admin.post(address, at | {"go": "do", "change": f"move {token} register", "reason": " "})
    assert silent.status == 422
    done = admin.post(address, at | {"go": "do", "change": f"move {token} register", "reason": "не туда"})

    assert done.status == 303
    assert '"register": {"state": "now"' in admin.get(running(site)).text
    assert admin.post(address, at | {"go": "do", "change": "before assign", "reason": "ещё"}).status == 409
    nonsense = admin.post(address, {"revision": revision(site), "go": "do", "change": "<b>", "reason": "x"})
    assert nonsense.status == 422


def test_whatever_is_tried_leaves_no_trace(site: Site):
    """Each step of the shipped route is begun in a dry run: numbers, letters, visas, notices, jobs are none of them kept."""
    site.registered()
    boss, office = actor(site, "admin"), site.office
    ref = running(site).rsplit("/", 1)[-1]
    with office.database.reading() as session:
        _, stands = standing_of(office, session, boss, ref)
    before, comes = everything(site), set()
    for element, _ in stands.elements:
        with contextlib.suppress(Conflict, Invalid):  # what lacks something on the card refuses, as it would in earnest
            comes |= {one.kind for one in foresee_modification(office, boss, ref, [StartBefore(element)]).comes}
    assert everything(site) == before
    assert {"task", "job"} <= comes and len(stands.elements) > 5
    with pytest.raises(NotAllowed):
        foresee_modification(office, actor(site, "anna"), ref, [StartBefore("assign")])


def actor(site: Site, who: str) -> Actor:
    with site.office.database.reading() as session:
        return actor_of(site.office, session, CAST[who], via="web")


def everything(site: Site) -> dict[str, list[Any]]:
    """All rows of all tables, and the names of all files."""
    with site.office.database.reading() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
        }
    folder = site.office.settings.data_dir / "files"
    return rows | {"files": sorted(str(one) for one in folder.rglob("*"))}


def test_a_finished_one_begins_again(site: Site):
    site.registered()
    address, admin = running(site), site.as_("admin")
    assert admin.post(address + "/restart", {"inputs": "first"}).status == 409
    admin.post(address + "/cancel", {"reason": "ошибка"})

    again = admin.post(address + "/restart", {"inputs": "last"})

    assert again.status == 303
    assert again.location != address
    assert admin.get(again.location).status == 200


def test_several_incidents_in_one_way(site: Site):
    site.registered()
    at = site.clock.now()

    def broken(work):
        instance = work.session.query(Instance).one()
        for _ in range(3):
            job = Job(kind="operation", payload={}, state="failed", run_at=at, created_at=at, instance_id=instance.id)
            work.session.add(job)
            work.session.flush()
            one = Incident(instance_id=instance.id, job_id=job.id, code="template-failed", params={}, created_at=at)
            work.session.add(one)
            instance.open_incidents += 1

    site.office.database.run(broken)
    admin = site.as_("admin")
    with site.office.database.reading() as session:
        numbers = list(session.scalars(select(Incident.id).order_by(Incident.id)))

    assert admin.get("/admin/incidents").text.count('name="number"') == 3
    done = admin.post("/admin/several-incidents", {"what": "cancel", "number": [*numbers[:2], 999999]})

    assert done.status == 303
    page = admin.get("/admin/incidents")
    assert page.text.count('name="number"') == 1
    assert "999999" in page.words
    for bad in (
        {"what": "burn", "number": numbers},
        {"what": "retry", "number": []},
        {"what": "retry", "number": list(range(101))},
    ):
        assert admin.post("/admin/several-incidents", bad).status == 422
