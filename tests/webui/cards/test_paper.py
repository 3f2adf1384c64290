"""The card on paper: a download that no browser runs, of a card one sees, within limits."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from services.printing import print_card
from tests.webui.conftest import Site

HOSTILE = "{{ 7*7 }} {% for x in [1] %} </w:t><w:script>alert(1)</w:script> ${7*7}"


def test_it_is_a_document_with_the_words_as_they_are(site: Site):
    site.file(**{"card.text": HOSTILE})
    anna = site.as_("anna")
    address = anna.get("/cards").links("/cards/")[-1]
    assert f"{address}/paper" in anna.get(address).text

    answer = anna.get(f"{address}/paper").answer

    assert answer.status_code == 200 and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment") and "sandbox" in str(
        answer.headers.getlist("Content-Security-Policy")
    )
    with zipfile.ZipFile(BytesIO(answer.data)) as parts:
        text = parts.read("word/document.xml").decode()
    assert "{{ 7*7 }} {% for x in [1] %} &lt;/w:t&gt;&lt;w:script&gt;" in text
    assert "Клара Соколова" in text


def test_nobody_gets_a_foreign_card_on_paper(site: Site):
    ref = site.registered()

    assert site.as_("egor").get(f"/cards/{ref}/paper").status == 404
    assert site.visitor().get(f"/cards/{ref}/paper").status == 302


def test_a_paper_has_a_limit(site: Site, monkeypatch: pytest.MonkeyPatch):
    ref = site.registered()
    monkeypatch.setattr(print_card, "MOST_BYTES", 1000)

    page = site.as_("anna").get(f"/cards/{ref}/paper")

    assert page.status == 422 and "1" in page.words
