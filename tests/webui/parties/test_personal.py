"""The administrator hands out and erases Clara's data; nobody else finds the page."""

from __future__ import annotations

import json

from sqlalchemy import select, update

from engine.store.models import Audit, Instance
from services.cards.models import Card
from services.parties.models import Party
from tests.webui.conftest import Site


def clara(site: Site) -> str:
    with site.office.database.reading() as session:
        return session.scalars(select(Party.ref).where(Party.kind == "person")).one()


def answered(site: Site) -> str:
    """A request that is over, as far as a person's data are concerned."""
    ref = site.registered()

    def close(work) -> None:  # type: ignore[no-untyped-def]
        work.session.execute(update(Card).values(state="closed"))
        work.session.execute(update(Instance).values(state="completed"))

    site.office.database.run(close)
    return ref


def test_only_officers_find_the_page(site: Site):
    site.registered()
    at = f"/parties/{clara(site)}/personal"
    for who in ("anna", "boris", "egor"):
        assert site.as_(who).get(at).status == 404
        assert site.as_(who).post(f"{at}/export").status == 404
        assert site.as_(who).post(f"{at}/erase", {"reason": "x", "sure": "1"}).status == 404
    assert site.as_("admin").get("/parties/nobody/personal").status == 404


def test_while_a_request_is_under_way_nothing_is_erased(site: Site):
    site.registered()
    admin, at = site.as_("admin"), f"/parties/{clara(site)}/personal"

    assert "ОП-2026/00001" in admin.get(at).words
    assert admin.post(f"{at}/erase", {"reason": "asked", "sure": "1"}).status == 409


def test_data_are_handed_out_and_erased(site: Site):
    ref = answered(site)
    admin, party = site.as_("admin"), clara(site)
    at = f"/parties/{party}/personal"
    assert at in admin.get(f"/parties/{party}").text
    site.as_("anna").get(f"/cards/{ref}")

    machine = admin.post(f"{at}/export", {"form": "json"})
    assert machine.answer.headers["Content-Disposition"].startswith("attachment")
    told = json.loads(machine.text)
    assert told["cards"][0]["number"] == "ОП-2026/00001" and told["read_by"][0]["what"] == "personal.read"
    paper = admin.post(f"{at}/export", {"form": "page"})
    assert told["person"]["name"] in paper.words and "The milk was sour." in paper.words

    lacking = admin.post(f"{at}/erase", {"reason": "asked"})
    wordless = admin.post(f"{at}/erase", {"reason": "", "sure": "1"})
    assert (lacking.status, wordless.status) == (422, 422) and 'id="f-reason-error"' in wordless.text
    assert admin.post(f"{at}/erase", {"reason": "asked", "sure": "1"}).status == 303
    card = site.as_("anna").get(f"/cards/{ref}")
    assert told["person"]["name"] not in card.text and "стёрто" in card.words
    with site.office.database.reading() as session:
        actions = set(session.scalars(select(Audit.action).where(Audit.action.like("personal.%"))))
    assert {"personal.read", "personal.exported", "personal.erased"} <= actions
