"""Named groups on the screen: a document is put into one, others join, one answer goes to all."""

from __future__ import annotations

from engine.jobs import drain
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


def three_in_a_group(site: Site) -> tuple[list[str], str]:
    """Three registered appeals in Anna's group."""
    refs = [site.registered() for _ in range(3)]
    refs = list(dict.fromkeys(link.split("/")[-1] for link in site.as_("anna").get("/cards").links("/cards/")))[-3:]
    anna = site.as_("anna")
    group = anna.post(f"/cards/{refs[0]}/groups", {"name": "Кислое молоко"}).location
    for ref in refs[1:]:
        assert anna.post(f"{group}/cards", {"card": ref}).status == 303
    return refs, group


def said_to_all(site: Site, who: str, group: str, element: str, **values: str) -> str:
    """Somebody answers a step for the whole group; gives the words of its page when the worker is done."""
    page = site.as_(who).post(f"{group}/step/{element}", values)
    assert page.status == 303, page.words
    drain(site.office.engine)
    return site.as_(who).get(group).words


def test_one_answer_completes_what_the_routes_of_all_documents_wait_for(site: Site):
    refs, group = three_in_a_group(site)

    page = site.as_("boris").get(group)
    assert "Всем: Назначить исполнителя" in page.words
    assert site.as_("boris").get(f"{group}/step/assign").status == 200
    assert site.as_("boris").post(f"{group}/step/assign", {"outcome": "change"}).status == 422, (
        "a change needs a remark"
    )
    assert "Готово: 3 из 3" in said_to_all(site, "boris", group, "assign", outcome="accept")
    assert site.tasks("boris") == [] and "Назначить" not in site.as_("boris").get(f"{group}/step/assign").words

    executors = {who for who in ("vera", "galina", "dmitri", "head") if site.tasks(who)}
    assert executors == {"vera"}
    site.complete(
        "vera", "submit", site.tasks("vera")[0], **{"card.reply": "<p>Уже ответили</p>", "card.result": "confirmed"}
    )
    words = said_to_all(
        site,
        "vera",
        group,
        "prepare",
        outcome="submit",
        **{"card.reply": "<p>Вернём деньги.</p>", "card.result": "confirmed"},
    )
    assert "Готово: 2 из 3" in words and "Его маршрут не ждёт от вас этого" in words
    assert site.tasks("vera") == []
    replies = [site.as_("anna").get(f"/cards/{ref}").words for ref in refs]
    assert sum("Вернём деньги." in one for one in replies) == 2 and sum("Уже ответили" in one for one in replies) == 1


def test_what_is_left_empty_stays_and_what_is_lacking_is_named(site: Site):
    _, group = three_in_a_group(site)
    said_to_all(site, "boris", group, "assign", outcome="accept")

    words = said_to_all(site, "vera", group, "prepare", outcome="submit")

    assert "Готово: 0 из 3" in words and "Ответ" in words, "the field that is needed is named"
    assert len(site.tasks("vera")) == 3


def test_a_signature_is_never_given_to_many_and_a_stranger_answers_nothing(site: Site):
    _, group = three_in_a_group(site)
    said_to_all(site, "boris", group, "assign", outcome="accept")
    reply = {"card.reply": "<p>Вернём деньги.</p>", "card.result": "confirmed"}
    said_to_all(site, "vera", group, "prepare", outcome="submit", **reply)
    for who in ("galina", "dmitri", "boris"):
        if site.tasks(who):
            said_to_all(site, who, group, "approve", outcome="agree")
    assert len(site.tasks("head")) == 3
    assert "Всем: Подписать" not in site.as_("head").get(group).words
    for who in ("head", "egor"):
        assert site.as_(who).get(f"{group}/step/sign").status == 404
        assert site.as_(who).post(f"{group}/step/sign", {"outcome": "sign"}).status == 404
    assert len(site.tasks("head")) == 3
