"""The tree of units and files of units and people, on their pages."""

from __future__ import annotations

import io

from tests.webui.conftest import Page, Site


def look(site: Site, kind: str, content: str) -> Page:
    sent = {"file": (io.BytesIO(content.encode()), "x.csv")}
    return site.as_("admin").post(f"/admin/organisation/files/{kind}", sent, content_type="multipart/form-data")


def test_a_unit_is_made_changed_and_closed(site: Site):
    admin = site.as_("admin")
    made = admin.post("/admin/units", {"code": "306", "name_ru": "Магазин 306", "parent": "volga", "kind": "store"})
    taken = admin.post("/admin/units", {"code": "306", "name_ru": "Магазин"})
    nameless = admin.post("/admin/units", {"code": "307"})
    cycle = admin.post("/admin/units/volga", {"name_ru": "Волга", "parent": "306", "kind": "region"})
    assert (made.status, taken.status, nameless.status, cycle.status) == (303, 409, 422, 422)
    assert "Магазин 306" in admin.get("/admin/units").words
    assert admin.post("/admin/units/volga/close").status == 409
    assert admin.post("/admin/units/306/close").status == 303
    assert admin.get("/lookup?kind=unit&q=306").answer.json == []
    assert admin.get("/admin/units/nowhere").status == 404


def test_files_are_looked_at_and_then_taken(site: Site):
    admin = site.as_("admin")
    seen = look(site, "people", "login,name,unit\nzoya,Зоя,101\n")
    assert seen.status == 200 and "Добавлено" in seen.words
    assert admin.post("/admin/organisation/files/people/take").status == 303
    assert "Зоя" in admin.get("/admin/people?q=zoya").words
    wrong = look(site, "people", "login,name,unit\nzoya,Зоя,nowhere\n")
    assert wrong.status == 422 and "nowhere" in wrong.words
    assert look(site, "units", "code,parent,name_ru\n308,volga,Магазин 308\n").status == 200
    assert admin.post("/admin/organisation/files/units/take").status == 303
    assert admin.post("/admin/organisation/files/units", {}).status == 422
