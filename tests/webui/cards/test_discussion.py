"""The discussion on the card's page."""

from __future__ import annotations

from tests.webui.conftest import Site


def test_notes_are_written_mended_and_deleted(site: Site):
    ref = site.registered()
    anna, boris = site.as_("anna"), site.as_("boris")
    sent = anna.get(f"/cards/{ref}?tab=discussion").fields("/notes")

    words = {**sent, "csrf_token": anna.token(), "text": "@manager <script>alert(1)</script> посмотрите"}
    assert [anna.post(f"/cards/{ref}/notes", words).status for _ in range(2)] == [303, 303]
    page = boris.get(f"/cards/{ref}?tab=discussion")
    assert "<script>alert" not in page.text and page.words.count("посмотрите") == 1
    assert "ОП-2026/00001" in boris.get("/notices").words

    note = anna.get(f"/cards/{ref}?tab=discussion").text.split(f"/cards/{ref}/notes/")[1].split('"')[0]
    assert anna.post(f"/cards/{ref}/notes/{note}", {"text": "Иначе"}).status == 303
    assert anna.post(f"/cards/{ref}/notes/{note}", {"text": ""}).status == 422
    assert boris.post(f"/cards/{ref}/notes/{note}", {"text": "Чужое"}).status == 404
    assert site.as_("egor").post(f"/cards/{ref}/notes/{note}", {"text": "Чужое"}).status == 404
    assert site.as_("egor").post(f"/cards/{ref}/notes", {"text": "Чужое"}).status == 404
    assert anna.post(f"/cards/{ref}/notes", {"text": "x" * 5000}).status == 422
    assert anna.post(f"/cards/{ref}/notes", {"text": "@egor тоже"}).status == 422
    assert "Иначе" in boris.get(f"/cards/{ref}?tab=discussion").words
    assert anna.post(f"/cards/{ref}/notes/{note}", {"go": "delete"}).status == 303
    assert "Иначе" not in boris.get(f"/cards/{ref}?tab=discussion").words
    assert "Заметка удалена" in anna.get(f"/cards/{ref}?tab=history&kind=notes").words


def test_the_customer_reads_none_of_it(site: Site):
    filed = site.file()
    ref = site.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]
    assert site.as_("anna").post(f"/cards/{ref}/notes", {"text": "Между нами"}).status == 303

    followed = filed.clara.post("/p/appeals/follow", {"number": filed.number, "code": filed.code})
    shown = filed.clara.get(followed.location).words if followed.location else followed.words
    assert "Между нами" not in shown
    assert filed.clara.get(f"/cards/{ref}?tab=discussion").status in (302, 401)
