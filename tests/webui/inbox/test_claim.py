"""Taking a task on and giving it back."""

from __future__ import annotations

from services.accounts.actors import INSTALLER
from services.accounts.memberships import set_groups
from tests.webui.conftest import Site


def take(site: Site, who: str, ref: str, **changes: str):
    sent = site.as_(who).get(f"/inbox/{ref}").fields("/claim")
    return site.as_(who).post(f"/inbox/{ref}/claim", sent | {"csrf_token": site.as_(who).token()} | changes)


def test_it_is_mine_then(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    page = take(site, "anna", ref)

    assert page.status == 303
    assert "у вас" in site.as_("anna").get(f"/inbox/{ref}").words


def test_the_second_is_told_who_was_faster(site: Site):
    set_groups(site.office, INSTALLER, "egor", {"clerk"})
    site.file()
    ref = site.tasks("anna")[0]
    sent = site.as_("egor").get(f"/inbox/{ref}").fields("/claim")
    take(site, "anna", ref)

    page = site.as_("egor").post(f"/inbox/{ref}/claim", sent | {"csrf_token": site.as_("egor").token()})

    assert page.status in (404, 409)


def test_it_is_harmless_twice(site: Site):
    site.file()
    ref = site.tasks("anna")[0]
    sent = site.as_("anna").get(f"/inbox/{ref}").fields("/claim") | {"csrf_token": site.as_("anna").token()}

    first, again = (site.as_("anna").post(f"/inbox/{ref}/claim", sent) for _ in range(2))

    assert first.status == again.status == 303


def test_it_can_be_given_back(site: Site):
    site.file()
    ref = site.tasks("anna")[0]
    take(site, "anna", ref)
    sent = site.as_("anna").get(f"/inbox/{ref}").fields("/release")

    page = site.as_("anna").post(f"/inbox/{ref}/release", sent | {"csrf_token": site.as_("anna").token()})

    assert page.status == 303
    assert ref in site.tasks("anna")


def test_a_stranger_finds_nothing(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    assert site.as_("egor").post(f"/inbox/{ref}/claim").status == 404
    assert site.as_("egor").post(f"/inbox/{ref}/release").status == 404


def test_htmx_gets_the_pane_again(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    page = site.as_("anna").post(f"/inbox/{ref}/claim", headers={"HX-Request": "true"})

    assert page.status == 200
    assert "/release" in page.text
