"""A database that takes no more: a sentence and 503 instead of a crash, pages are read on, and it works again by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from engine.store.ailments import ailment
from services.upkeep.verify import verify
from tests.webui.conftest import BASE, Site
from webui import logs

ASKED = {
    "card.kind": "complaint",
    "card.text": "Молоко " * 400,
    "card.demand": "refund",
    "card.store": "101",
    "card.applicant.name": "Клара",
    "card.applicant.mail": "clara@example.org",
    "card.consent": "given",
    "go": "send",
}


@contextmanager
def full(site: Site) -> Iterator[None]:
    """SQLite may not grow: what a full disk is for it."""
    pool = site.office.database.pool

    def allow(pages: int) -> Any:
        def on_checkout(connection: Any, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages}")

        return on_checkout

    no, yes = allow(1), allow(1_000_000)  # fewer than there are: as many as there are
    event.listen(pool, "checkout", no)
    try:
        yield
    finally:
        event.remove(pool, "checkout", no)
        event.listen(pool, "checkout", yes)


def test_nothing_is_saved_everything_is_read_and_it_works_again(site: Site) -> None:
    kept = site.file()
    anna = site.as_("anna")
    clara = site.visitor()
    token = clara.token()
    with full(site):
        refused = [clara.client.post("/p/appeals", data=ASKED | {"csrf_token": token}, base_url=BASE) for _ in range(3)]
        assert {answer.status_code for answer in refused} == {503}
        assert refused[0].headers["X-Error-Code"] == "database-full" and refused[0].headers["Retry-After"]
        assert "диск полон" in refused[0].text
        assert [anna.get(page).status for page in ("/", "/inbox", "/cards")] == [200, 200, 200]
    again = clara.client.post("/p/appeals", data=ASKED | {"csrf_token": token}, base_url=BASE)
    assert again.status_code == 303
    assert kept.clara.get("/p/appeals/followed").status in (200, 302)
    broken = [one.rule.code for one in verify(site.office).violations if one.rule.code != "database-revision"]
    assert broken == []


class Refusal(Exception):
    def __init__(self, said: str = "", sqlstate: str = "") -> None:
        super().__init__(said)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("orig", "cause"),
    [
        (Refusal(sqlstate="53100"), "database-full"),
        (Refusal("database or disk is full"), "database-full"),
        (Refusal(sqlstate="57P01"), "database-away"),
        (Refusal(sqlstate="08006"), "database-away"),
        (Refusal("database is locked"), "database-away"),
        (Refusal("syntax error", "42601"), None),
    ],
)
def test_the_cause_is_known(orig: Refusal, cause: str | None) -> None:
    assert ailment(DBAPIError("SELECT", {}, orig)) == cause


def test_a_log_that_cannot_be_written_costs_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    logs._Forgiving(Full()).write("x")
    structlog.WriteLogger(logs._Forgiving(Full())).info("x")  # type: ignore[arg-type]
