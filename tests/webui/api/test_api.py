"""What scripts and machines ask."""

from __future__ import annotations

import shutil

from tests.webui.conftest import Site


def test_health_names_each_dependency(site: Site):
    answer = site.visitor().get("/healthz").answer

    assert answer.status_code == 200
    assert set(answer.json["checks"]) == {"database", "files"}


def test_health_is_503_when_one_is_silent(site: Site):
    shutil.rmtree(site.office.settings.data_dir / "files")

    assert site.visitor().get("/healthz").status == 503


def test_the_pulse_counts_my_tasks(site: Site):
    site.file()

    assert site.as_("anna").get("/pulse").answer.json["counts"]["inbox"] == {"text": "1", "hot": False}


def test_a_directory_is_walked_and_searched(site: Site):
    anna = site.as_("anna")
    top = anna.get("/lookup?kind=directory&directory=subjects").answer.json
    below = anna.get(f"/lookup?kind=directory&directory=subjects&parent={top[0]['value']}").answer.json
    found = anna.get("/lookup?kind=directory&directory=subjects&q=молочн").answer.json

    assert top[0]["leaf"] is False
    assert below[0]["path"] == [top[0]["label"]]
    assert any(item["label"] == "Молочное" for item in found)


def test_people_and_units_are_found(site: Site):
    anna = site.as_("anna")

    assert anna.get("/lookup?kind=person&q=юрист").answer.json[0]["value"] == "lawyer"
    assert anna.get("/lookup?kind=unit&unit_kind=store&q=101").answer.json[0]["value"] == "101"
    assert anna.get("/lookup?kind=nothing").status == 422


def test_customers_are_found_by_who_may_register_only(site: Site):
    site.file()

    assert site.as_("anna").get("/lookup?kind=party&q=клара").answer.json[0]["label"].startswith("Клара")
    assert site.as_("egor").get("/lookup?kind=party&q=клара").status == 404


def test_a_program_gets_a_problem_document(site: Site):
    page = site.as_("anna").get("/cards/nothing", headers={"Accept": "application/json"})

    assert page.status == 404
    assert page.answer.content_type == "application/problem+json"
    assert page.answer.json["code"] == "card-not-found"
    assert page.answer.json["request_id"] == page.answer.headers["X-Request-Id"]
