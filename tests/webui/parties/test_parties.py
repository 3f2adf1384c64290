"""Anna finds and writes down who is outside; contacts are masked until somebody asks, and that is written down."""

from __future__ import annotations

from sqlalchemy import select

from engine.store.models import Audit
from services.parties.models import Party
from tests.webui.conftest import Site

CLARA = {
    "kind": "person",
    "surname": "Соколова",
    "given_name": "Клара",
    "father_name": "Ивановна",
    "mail": "clara@example.org",
    "identifier.snils": "112-233-445 95",
    "contact_kind": ["phone", "phone"],
    "contact_value": ["8 900 111-22-33", ""],
    "contact_purpose": ["work", "other"],
}


def made(site: Site, **changes: object) -> str:
    page = site.as_("anna").post("/parties", CLARA | changes)
    assert page.status == 303, page.words
    return page.location


def test_a_party_is_made_found_and_shown_masked(site: Site):
    at = made(site)
    page = site.as_("anna").get(at)

    assert "Уважаемая Клара Ивановна!" in page.words
    assert "clara@example.org" not in page.text and "c•••@example.org" in page.text
    assert site.as_("anna").get("/parties?q=11223344595").links("/parties/")
    assert "Ничего не найдено" in site.as_("anna").get("/parties?q=11223344596").words


def test_looking_in_full_is_written_down(site: Site):
    at = made(site)
    page = site.as_("anna").post(f"{at}/reveal")

    assert "clara@example.org" in page.text and "112-233-445-95" in page.text
    with site.office.database.reading() as session:
        told = session.scalars(select(Audit).where(Audit.action == "personal.revealed")).all()
    assert len(told) == 1 and "clara" not in str(told[0].details)


def test_it_is_changed_by_its_form_and_the_second_saver_is_told(site: Site):
    at, anna = made(site), site.as_("anna")
    form = anna.post(f"{at}/edit")
    assert "clara@example.org" in form.text
    saved = anna.post(at, CLARA | {"surname": "Орлова", "revision": "1"})
    late = anna.post(at, CLARA | {"surname": "Сокол", "revision": "1"})
    wrong = anna.post(at, CLARA | {"identifier.snils": "1", "revision": "2"})

    assert (saved.status, late.status, wrong.status) == (303, 409, 422)
    assert 'id="f-identifier.snils-error"' in wrong.text
    assert "Орлова" in anna.get(at).words


def test_twins_are_compared_and_merged(site: Site):
    first, second = made(site), made(site, **{"identifier.snils": "", "contact_value": ["", ""]})
    anna = site.as_("anna")
    ref, other = first.rpartition("/")[2], second.rpartition("/")[2]
    page = anna.get(first)

    assert page.links(f"/parties/{ref}/merge?with={other}")
    assert "Это одно и то же лицо?" in anna.get(f"{first}/merge?with={other}").words
    for _ in range(2):
        assert anna.post(f"{first}/merge", {"with": other}).status == 303
    assert anna.get(second).links(f"/parties/{ref}") or "Соколова" in anna.get(second).words
    with site.office.database.reading() as session:
        assert len(session.scalars(select(Party).where(Party.merged_into_id.is_(None))).all()) == 1


def test_earlier_documents_stand_on_the_page_of_who_may_see_them(site: Site):
    site.file()
    with site.office.database.reading() as session:
        ref = session.scalar(select(Party.ref))
    assert len(site.as_("anna").get(f"/parties/{ref}").links("/cards/")) >= 1


def test_strangers_find_no_parties(site: Site):
    at = made(site)
    egor = site.as_("egor")
    for page in (
        egor.get("/parties?q=Соколова"),
        egor.get(at),
        egor.post(f"{at}/reveal"),
        egor.post(f"{at}/edit"),
        egor.post(at, CLARA),
        egor.post("/parties", CLARA),
        egor.post(f"{at}/merge", {"with": at.rpartition("/")[2]}),
    ):
        assert page.status == 404, page.words
    assert "/parties" not in egor.get("/").text
