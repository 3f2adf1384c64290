"""Users and groups."""

from __future__ import annotations

import re

from tests.webui.conftest import Site


def test_a_new_account_gets_a_password_shown_once(site: Site):
    admin = site.as_("admin")
    page = admin.post("/admin/people", {"login": "nina", "name": "Нина", "groups": ["clerk"]})
    told = admin.get("/admin/people").text
    password = re.search(r"только сейчас: ([\w-]+)", told).group(1)

    assert page.status == 303
    assert password not in admin.get("/admin/people").text
    assert site.visitor().post("/sign-in", {"login": "nina", "password": password}).status == 303


def test_wrong_and_taken_names_stand_beside_the_field(site: Site):
    wrong = site.as_("admin").post("/admin/people", {"login": "Нина", "name": "Нина"})
    taken = site.as_("admin").post("/admin/people", {"login": "clerk", "name": "Нина"})

    assert wrong.status == 422
    assert taken.status == 409
    assert 'id="f-login-error"' in wrong.text
    assert 'id="f-login-error"' in taken.text


def test_groups_are_in_force_at_once(site: Site):
    site.file()
    site.as_("egor").get("/")
    page = site.as_("admin").post("/admin/people/egor", {"groups": ["clerk"], "active": "1"})

    assert page.status == 303
    assert len(site.tasks("egor")) == 1


def test_shutting_somebody_out_ends_the_session(site: Site):
    egor = site.as_("egor")
    site.as_("admin").post("/admin/people/egor", {"groups": []})

    assert egor.get("/").location.startswith("/sign-in")


def test_nobody_shuts_themselves_out(site: Site):
    assert site.as_("admin").post("/admin/people/admin", {"groups": []}).status == 422
