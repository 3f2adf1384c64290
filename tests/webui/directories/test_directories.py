"""Everybody looks into directories; the admin and the stewards keep them."""

from __future__ import annotations

import io

from tests.webui.conftest import Page, Site, Visitor

FILE = "code,parent,name_ru,name_en,name_fa\nportal,,Портал,Portal,درگاه\nfax,,Факс,Fax,دورنگار\n"


def look(visitor: Visitor, content: bytes) -> Page:
    sent = {"file": (io.BytesIO(content), "channels.csv")}
    return visitor.post("/directories/channels/import", sent, content_type="multipart/form-data")


def test_everybody_sees_the_tree_level_by_level_and_finds_in_it(site: Site):
    anna = site.as_("anna")
    top = anna.get("/directories/subjects")
    level = anna.get("/directories/subjects/level?parent=01")
    found = anna.get("/directories/subjects?q=плесень")

    assert "Тематики обращений" in anna.get("/directories").words
    assert top.links("/items/01") and not top.links("/items/01.01.01")
    assert level.links("/items/01.01") and "<html" not in level.text
    assert len(found.links("/directories/subjects/items/")) >= 1
    assert "Из файла" not in top.words


def test_only_who_keeps_a_directory_changes_it(site: Site):
    anna = site.as_("anna")
    for page in (
        anna.get("/directories/channels/new"),
        anna.get("/directories/channels/import"),
        anna.post("/directories/channels/items", {"name_ru": "Факс", "code": "fax"}),
        anna.post("/directories/channels/items/portal", {"name_ru": "Портал"}),
        anna.post("/directories/channels/items/portal/close"),
        anna.post("/directories/channels/items/portal/delete"),
        anna.get("/directories/channels/items/portal/uses"),
        look(anna, FILE.encode()),
        anna.post("/directories/channels/import/take"),
    ):
        assert page.status == 403, page.words
    assert anna.get("/directories/channels/items/portal").status == 200
    assert anna.get("/admin/directories/channels").status == 404


def test_a_steward_made_by_the_admin_adds_and_changes_an_entry(site: Site):
    admin, anna = site.as_("admin"), site.as_("anna")
    sent = admin.get("/admin/directories/channels").fields("/admin/directories/channels")
    page = admin.post(
        "/admin/directories/channels",
        sent | {"csrf_token": admin.token(), "name_ru": "Каналы", "scope": "organisation", "stewards": "clerk"},
    )
    assert page.status == 303, page.words

    page = anna.post("/directories/channels/items", {"name_ru": "Факс", "name_fa": "دورنگار", "code": "fax"})
    assert page.location.endswith("/directories/channels/items/fax")
    seen = {"revision": "1", "name_ru": "Телефакс"}
    changed = anna.post("/directories/channels/items/fax", seen)
    second = anna.post("/directories/channels/items/fax", seen | {"name_ru": "Факсимиле"})
    assert changed.status == 303, changed.words
    assert second.status == 409
    assert "Факсимиле" in second.text
    assert "Телефакс" in anna.get("/directories/channels").words


def test_what_is_wrong_stands_beside_its_field(site: Site):
    admin = site.as_("admin")
    empty = admin.post("/directories/channels/items", {"name_ru": "", "code": "x"})
    day = admin.post("/directories/channels/items", {"name_ru": "x", "code": "x", "valid_from": "когда-то"})
    taken = admin.post("/directories/channels/items", {"name_ru": "x", "code": "portal"})
    cycle = admin.post("/directories/subjects/items/01", {"name_ru": "Товар", "parent": "01.01"})

    assert (empty.status, day.status, taken.status, cycle.status) == (422, 422, 409, 422)
    assert 'id="f-name_ru-error"' in empty.text
    assert 'id="f-valid_from-error"' in day.text
    assert 'id="f-code-error"' in taken.text
    assert "ниже самой себя" in cycle.words


def test_a_closed_entry_is_offered_no_more_and_a_used_one_is_not_deleted(site: Site):
    site.file()
    admin = site.as_("admin")
    assert "1 документ использует" in admin.get("/directories/demands/items/refund/uses").words
    assert admin.post("/directories/demands/items/refund/delete").status == 409
    assert admin.post("/directories/demands/items/refund/close").status == 303
    offered = [one["value"] for one in site.as_("anna").get("/lookup?kind=directory&directory=demands").answer.json]
    assert "refund" not in offered
    assert "refund" in site.as_("anna").get("/directories/demands?closed=1").text
    assert admin.post("/directories/demands/items/exchange/delete").status == 303


def test_a_file_is_looked_at_and_then_taken(site: Site):
    admin = site.as_("admin")
    seen = look(admin, FILE.encode())
    assert seen.status == 200
    assert "Добавлено: 1" in seen.words
    form = seen.fields("/import/take")
    page = admin.post("/directories/channels/import/take", form | {"csrf_token": admin.token()})
    assert page.status == 303, page.words
    assert "fax,,Факс,Fax" in admin.get("/directories/channels.csv").text
    stale = admin.post("/directories/channels/import/take", form | {"csrf_token": admin.token(), "request_id": "2"})
    assert stale.status == 409

    broken = look(admin, "code,parent,name_ru\nх,у,Х\n".encode())
    unreadable = look(admin, b"\xff\xfe\x00")
    assert (broken.status, unreadable.status) == (422, 422)
    assert "Строка" in broken.words and not broken.links("/take")
    assert admin.post("/directories/channels/import", {}).status == 422


def test_an_admin_makes_a_directory(site: Site):
    admin = site.as_("admin")
    assert admin.get("/admin/directories/new").status == 200
    wrong = admin.post("/admin/directories", {"code": "Плохо", "name_ru": "Х"})
    made = admin.post(
        "/admin/directories", {"code": "topics", "name_ru": "Темы", "scope": "personal", "columns": "days"}
    )
    again = admin.post("/admin/directories", {"code": "topics", "name_ru": "Темы"})
    assert (wrong.status, made.status, again.status) == (422, 303, 409)

    egor = site.as_("egor")
    own = egor.post("/directories/topics/items", {"owner": "me", "name_ru": "Моё поручение", "data.days": "3"})
    assert own.status == 303, own.words
    assert "Моё поручение" in egor.get("/directories/topics").words
    assert "Моё поручение" not in site.as_("anna").get("/directories/topics").words
    assert site.as_("anna").get(own.location).status == 404
    assert egor.post("/directories/topics/items", {"owner": "", "name_ru": "Чужое"}).status == 403
