"""The reply as a Word file, from the task's page."""

from __future__ import annotations

import io
import json

import pytest
from docx import Document

from tests.webui.conftest import Page, Site


@pytest.fixture
def ref(site: Site) -> str:
    """Vera's task of preparing the reply."""
    site.registered()
    site.complete("boris", "accept")
    return site.tasks("vera")[0]


def take(site: Site, ref: str, who: str = "vera") -> Page:
    page = site.as_("vera").get(f"/inbox/{ref}")
    address = next(one for one in page.text.split('"') if one.endswith("/draft-letter"))
    return site.as_(who).post(address)


def send(site: Site, ref: str, content: bytes) -> Page:
    sent = site.as_("vera").get(f"/inbox/{ref}").fields("/complete")
    values = {"card.result": "confirmed", "approvers": ["lawyer", "quality"]}
    data = {
        **sent,
        "submission": json.dumps(values),
        "outcome": "submit",
        "csrf_token": site.as_("vera").token(),
        "files.answer_files": (io.BytesIO(content), "ответ.docx"),
    }
    return site.as_("vera").post(f"/inbox/{ref}/complete", data, content_type="multipart/form-data")


def in_form(words: str) -> str:
    """Words as they stand in a form's JSON."""
    return json.dumps(words).strip('"')


def test_the_draft_is_taken_written_on_and_sent_without_a_text(site: Site, ref: str):
    taken = take(site, ref)
    draft = site.as_("vera").get(taken.location).answer
    document = Document(io.BytesIO(draft.data))
    document.add_paragraph("Вернём деньги.")
    written = io.BytesIO()
    document.save(written)

    page = send(site, ref, written.getvalue())

    assert taken.status == 303
    assert draft.headers["Content-Disposition"].startswith("attachment")
    assert page.status == 303, page.words
    seen = site.as_("galina").get(f"/inbox/{site.tasks('galina')[0]}").words
    assert "Ответ – файл Word «ответ.docx», версия 2." in seen


def test_what_is_no_letter_is_told_beside_the_field(site: Site, ref: str):
    page = send(site, ref, b"no document")

    assert page.status == 422
    assert in_form("документом Word") in page.text
    assert site.tasks("vera") == [ref]


def test_neither_text_nor_file_is_told(site: Site, ref: str):
    page = site.complete("vera", "submit", ref, **{"card.result": "confirmed", "approvers": ["lawyer"]})

    assert page.status == 422
    assert in_form("приложите его файлом Word") in page.text


def test_an_approver_and_a_stranger_take_no_draft(site: Site, ref: str):
    assert take(site, ref, "boris").status == 403
    assert take(site, ref, "egor").status == 404
