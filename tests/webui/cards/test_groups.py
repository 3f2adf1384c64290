"""Named groups on the screen: a document is put into one, others join, one answer goes to all."""

from __future__ import annotations

from tests.webui.conftest import Site


def test_a_document_is_put_into_a_new_group_and_taken_out(site: Site):
    ref = site.registered()
    anna = site.as_("anna")

    assert "В группе «" not in anna.get(f"/cards/{ref}").words
    empty = anna.post(f"/cards/{ref}/groups", {"name": " "})
    assert empty.status == 422
    made = anna.post(f"/cards/{ref}/groups", {"name": "Кислое молоко"})
    assert made.status == 303
    page = anna.get(made.location)
    assert "Кислое молоко" in page.words and "ОП-2026/00001" in page.words
    assert "Кислое молоко" in anna.get("/groups").words and "Кислое молоко" in anna.get(f"/cards/{ref}/groups").words
    assert anna.post(f"{made.location}/cards", {"card": "nothing-there-000"}).status == 422
    assert anna.get(f"{made.location}/answer/nothing").status == 404
    assert anna.post(f"{made.location}/cards/remove", {"card": ref}).status == 303
    assert "ОП-2026/00001" not in anna.get(made.location).words
    assert "Добавлен в группу" in anna.get(f"/cards/{ref}/history?kind=all").words


def test_a_foreign_group_is_a_missing_one(site: Site):
    ref = site.registered()
    group = site.as_("anna").post(f"/cards/{ref}/groups", {"name": "Кислое молоко"}).location
    egor = site.as_("egor")

    for address in (group, f"{group}/answer/start_work", f"/cards/{ref}/groups"):
        assert egor.get(address).status == 404
    for address in (f"{group}/cards", f"{group}/cards/remove", f"{group}/answer/start_work", f"/cards/{ref}/groups"):
        assert egor.post(address, {"card": ref, "name": "mine"}).status == 404
    assert "Кислое молоко" not in egor.get("/groups").words
