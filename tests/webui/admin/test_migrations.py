"""An administrator takes running instances over: plan, look, begin, watch, take back."""

from __future__ import annotations

import re

from engine.jobs import drain
from engine.store.models import Definition, Migration
from tests.engine.drawing import drawing, end, path, start, task
from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import deployed

FIRST = drawing("road", start(), task("write"), end(), path("begun", "write", "ended"))
SECOND = drawing("road", start(), task("compose"), task("sign"), end(), path("begun", "compose", "sign", "ended"))


def begun(site: Site, count: int = 3) -> tuple[int, int]:
    from engine.runtime.commands import start_instance
    from services.accounts.actors import INSTALLER

    deployed(site, FIRST)
    for _ in range(count):
        with site.office.database.unit_of_work() as work:
            start_instance(site.office.engine, work, INSTALLER, "road")
    deployed(site, SECOND)
    with site.office.database.reading() as session:
        first, second = session.query(Definition).filter_by(key="road").order_by(Definition.version)
        return first.id, second.id


def test_from_plan_to_the_way_back(site: Site):
    source, target = begun(site)
    admin = site.as_("admin")
    assert "road" in admin.get("/admin/migrations").words
    plan = admin.get(f"/admin/migrations/plan?source={source}&target={target}")
    assert plan.status == 200
    old = re.findall(r'name="old" value="(\w+)"', plan.text)
    ids = {"source": source, "target": target, "old": old}

    looked = admin.post("/admin/migrations/plan", ids | {"new": ["" for _ in old], "go": "look"})
    assert "write" in looked.words
    assert 'value="do"' not in looked.text
    wrong = admin.post("/admin/migrations/plan", ids | {"new": ["sign" for _ in old], "go": "do", "reason": "x"})
    assert wrong.status == 200
    right = [{"write": "compose"}.get(element, element) for element in old]
    fits = admin.post("/admin/migrations/plan", ids | {"new": right, "go": "look"})
    assert 'value="do"' in fits.text
    assert admin.post("/admin/migrations/plan", ids | {"new": right, "go": "do", "reason": " "}).status == 422
    started = admin.post("/admin/migrations/plan", ids | {"new": right, "go": "do", "reason": "новый порядок"})
    assert started.status == 303
    address = started.location

    assert admin.post(address + "/pause").status == 303
    drain(site.office.engine)
    assert "0 / 3" in admin.get(address).words
    assert admin.post(address + "/pause").status == 409
    assert admin.post(address + "/resume").status == 303
    drain(site.office.engine)
    page = admin.get(address)
    assert "3 / 3" in page.words
    back = re.findall(r'action="([^"]+/revert)"', page.text)
    assert len(back) == 3
    assert admin.post(back[0]).status == 303
    assert admin.post(back[0]).status == 409
    assert len(re.findall(r"/revert", admin.get(address).text)) == 2


def test_what_is_not_there(site: Site):
    source, target = begun(site, 1)
    admin = site.as_("admin")
    for address in ("/admin/migrations/plan?source=9999&target=1", "/admin/migrations/nothing"):
        assert admin.get(address).status == 404
    for address in ("/admin/migrations/nothing/pause", "/admin/migrations/nothing/items/1/revert"):
        assert admin.post(address).status == 404
    with site.office.database.reading() as session:
        assert session.query(Migration).count() == 0
    same = admin.get(f"/admin/migrations/plan?source={source}&target={source}")
    assert same.status == 200
    assert admin.get(f"/admin/migrations/plan?source=x&target={target}").status == 404
