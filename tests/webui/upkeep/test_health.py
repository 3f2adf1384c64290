"""The health page in plain words, and `/metrics` for whoever may read it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from services.upkeep.chores import do_chores
from services.upkeep.health_rules import Facts, lights
from services.upkeep.note_run import note_run
from tests.services.upkeep.test_health import counting
from tests.webui.conftest import BASE, Site
from webui.admin.health import NAMES, SAYS
from webui.app import create_app


def test_an_administrator_reads_what_to_do_the_reddest_first(site: Site) -> None:
    page = site.as_("admin").get("/admin/health")
    assert page.status == 200
    assert "Резервной копии нет" in page.words and "chancery backup" in page.words
    assert page.words.index("Резервная копия") < page.words.index("Вложенные файлы")
    do_chores(site.office)
    note_run(site.office, "backup", True, taken_at=site.clock.now().isoformat())
    note_run(site.office, "verify", False, broken=3)
    page = site.as_("admin").get("/admin/health")
    assert "Последняя копия — от" in page.words and "недопустимое: 3" in page.words
    assert site.as_("anna").get("/admin/health").status == 404


def test_everything_a_light_can_say_has_its_words() -> None:
    import inspect

    from services.upkeep import health_rules

    said = set(re.findall(r'"((?:backup|workers|queue|mail|incidents|disk|verify|files|audit|door|redis)-[a-z-]+)"',
                          inspect.getsource(health_rules)))  # fmt: skip
    assert said == set(SAYS)
    assert {light.name for light in lights(replace(Facts(now=None), redis=True))} == set(NAMES)  # type: ignore[arg-type]


def read(app: Flask, **headers: Any) -> Any:
    return app.test_client().get("/metrics", base_url=BASE, headers=headers.pop("headers", {}), **headers)


def test_metrics_count_without_naming_anybody(site: Site) -> None:
    with counting(site.office.database) as few:
        assert read(site.app).status_code == 200
    for number in range(3):
        site.file(**{"card.text": f"Молоко {number}"})
    site.as_("anna").get("/inbox")
    with counting(site.office.database) as many:
        answer = read(site.app)
    assert len(few) == len(many)
    text = answer.text
    assert answer.content_type.startswith("text/plain")
    for figure in (
        "chancery_tasks_open 3.0",
        'chancery_http_requests_total{area="portal",status="2xx"}',
        "process_resident",
    ):
        assert figure in text
    assert 'chancery_health{light="backup"} 2.0' in text
    for secret in ("anna", "Клара", "clara@", "Молоко", "ОП-", site.office.settings.secret_key):
        assert secret not in text
    labels = set(re.findall(r'\{(\w+)="', text))
    assert labels <= {"area", "status", "state", "light", "le", "implementation"}
    site.visitor().get("/nothing/here/at/all")
    site.visitor().get("/p/another-portal")
    assert set(re.findall(r'area="([^"]+)"', read(site.app).text)) <= {*site.app.blueprints, "other"}


def test_metrics_are_missing_for_everybody_else(site: Site) -> None:
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    assert read(site.app, environ_overrides=stranger).status_code == 404
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert read(site.app, headers={header: "127.0.0.1"}).status_code == 404, header
    token = "a-token-for-the-monitor"
    guarded = create_app(replace(site.office, settings=replace(site.office.settings, metrics_token=token)))
    for sent in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token}, {"Authorization": "Bearer ё"}):
        assert read(guarded, headers=sent).status_code == 404, sent
    let_in = {"Authorization": f"Bearer {token}"}
    assert read(guarded, headers=let_in, environ_overrides=stranger).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_metrics_are_only_read(site: Site, method: str) -> None:
    assert getattr(site.app.test_client(), method)("/metrics", base_url=BASE).status_code in (400, 403, 405)
