"""Vera leaves: the admin sees what she has, chooses who takes it, and it is theirs."""

from __future__ import annotations

from tests.webui.conftest import Site


def assigned(site: Site) -> None:
    site.registered()
    page = site.complete("boris", "accept", **{"card.executor": "executor"})
    assert page.status == 303, page.words


def test_what_somebody_has_is_shown_and_handed_over(site: Site):
    assigned(site)
    admin = site.as_("admin")
    page = admin.get("/admin/people/executor/hand-over")
    assert "Открытые задачи" in page.words

    refused = admin.post("/admin/people/executor/hand-over", {"why": "leaves"})
    assert refused.status == 422 and 'id="f-tasks-error"' in refused.text
    wrong = admin.post("/admin/people/executor/hand-over", {"why": "leaves", "default": "lawyer"})
    assert wrong.status == 422 and 'id="f-cards-error"' in wrong.text

    vera = site.as_("vera")
    assert vera.get("/").status == 200
    done = admin.post("/admin/people/executor/hand-over", {"why": "leaves", "default": "executor2"})
    assert done.status == 303, done.words
    assert "Передано: 2" in admin.get("/admin/people/executor/hand-over").words
    assert vera.get("/").location.startswith("/sign-in")
    assert admin.post("/admin/people/executor/hand-over", {"why": "leaves", "default": "executor2"}).status == 303
    assert admin.get("/admin/people/nobody/hand-over").status == 404


def test_an_object_that_is_none_is_nobodys(site: Site):
    site.registered()
    strange = {"why": "moves", "cards:abc": "executor2", f"tasks:{10**40}": "executor2", "cards:": "executor2"}

    assert site.as_("admin").post("/admin/people/executor/hand-over", strange).status == 303


def test_a_substitution_begins_and_ends(site: Site):
    site.file()
    admin = site.as_("admin")
    lacking = admin.post("/admin/substitutions", {"absent": "clerk"})
    unknown = admin.post("/admin/substitutions", {"absent": "clerk", "deputy": "nobody", "from_on": "2026-11-01"})
    made = admin.post("/admin/substitutions", {"absent": "clerk", "deputy": "egor", "from_on": "2026-11-01"})
    assert (lacking.status, unknown.status, made.status) == (422, 422, 303)
    assert len(site.tasks("egor")) == 1
    page = admin.get("/admin/substitutions")
    assert "Егор" in page.words
    number = page.text.split("/admin/substitutions/")[1].split("/")[0]
    assert admin.post(f"/admin/substitutions/{number}/end").status == 303
    assert site.tasks("egor") == []


def test_posts_begin_overlap_and_end(site: Site):
    admin = site.as_("admin")
    wrong = admin.post("/admin/people/egor/posts", {"post_unit": "nowhere", "post": "Курьер"})
    first = admin.post("/admin/people/egor/posts", {"post_unit": "legal", "post": "Юрист", "main": "1"})
    second = admin.post("/admin/people/egor/posts", {"post_unit": "101", "post": "Продавец"})
    assert (wrong.status, first.status, second.status) == (422, 303, 303)
    page = admin.get("/admin/people/egor")
    assert "Юрист" in page.words and "Продавец" in page.words
    number = page.text.split("/admin/people/egor/posts/")[1].split("/")[0]
    assert admin.post(f"/admin/people/egor/posts/{number}/end").status == 303
    assert admin.post(f"/admin/people/admin/posts/{number}/end").status == 404
