"""A letter's draft: what is known is filled in, what is not yet known stays a mark that the next filling finds."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from docx import Document

from services.printing.draft_letter import LATER
from services.sandbox.sandbox import Limits, Sandbox
from tests.services.printing.papers import paper

KNOWN: dict[str, Any] = {
    "applicant": {"name": "Клара", "mail": ""},
    "letter": {"number": "ОП-1", "date": "22.11.2026", "answer_to": "ОП-1"},
    "approvals": [],
    "signature": {"name": ""},
    "reply": {"$rich": "<p>Деньги вернём.</p>"},
}
LATER_ON = KNOWN | {
    "signature": {"name": "Сергей"},
    "approvals": [{"name": "Борис"}, {"name": "Вера"}],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits(wall_seconds=10, cpu_seconds=3))
    yield made
    made.close()


def drafted(sandbox: Sandbox, template: bytes, context: dict[str, Any] = KNOWN) -> bytes:
    payload = {"docx": b64encode(template).decode(), "context": context, "later": sorted(LATER)}
    return b64decode(sandbox.run("docx.draft", payload)["docx"])


def finished(sandbox: Sandbox, letter: bytes, context: dict[str, Any]) -> bytes:
    return b64decode(sandbox.run("docx.render", {"docx": b64encode(letter).decode(), "context": context})["docx"])


def lines(content: bytes) -> list[str]:
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [p.text for p in document.paragraphs] + cells + [document.sections[0].header.paragraphs[0].text]


def test_what_comes_later_keeps_its_marks_and_is_filled_the_next_time(sandbox: Sandbox) -> None:
    template = paper(
        "Кому: {{ applicant.name }}, на {{ letter.answer_to }}",
        "{{p reply.blocks }}",
        "{%p if approvals %}",
        "Лист согласования",
        "{%p endif %}",
        "{{ signature.name }}",
        header="№ {{ letter.number }}",
        rows=[["{%tr for visa in approvals %}"], ["{{ visa.name }}"], ["{%tr endfor %}"]],
    )
    draft = drafted(sandbox, template)
    assert lines(draft) == [
        "Кому: Клара, на ОП-1",
        "Деньги вернём.",
        "{%p if approvals %}",
        "Лист согласования",
        "{%p endif %}",
        "{{ signature.name }}",
        "{%tr for visa in approvals %}",
        "{{ visa.name }}",
        "{%tr endfor %}",
        "№ {{ letter.number }}",
    ]
    made = lines(finished(sandbox, draft, LATER_ON))
    assert made == ["Кому: Клара, на ОП-1", "Деньги вернём.", "Лист согласования", "Сергей", "Борис", "Вера", "№ ОП-1"]


def test_a_mark_parted_by_the_word_processor_is_kept_whole(sandbox: Sandbox) -> None:
    document = Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ signa", "ture.na", "me }", "}"):
        paragraph.add_run(piece)
    kept = BytesIO()
    document.save(kept)
    draft = drafted(sandbox, kept.getvalue())
    assert lines(draft)[0] == "{{ signature.name }}"
    assert lines(finished(sandbox, draft, LATER_ON))[0] == "Сергей"


def test_a_block_about_the_known_is_filled_and_one_about_the_later_kept_with_its_otherwise(sandbox: Sandbox) -> None:
    template = paper(
        "{% if applicant.mail %}{{ applicant.mail }}{% else %}без почты{% endif %} {{ letter.date }}",
        "{% if signature.name %}{{ applicant.name }}{% else %}нет{% endif %}",
    )
    draft = lines(drafted(sandbox, template))
    assert draft[0] == "без почты {{ letter.date }}"
    assert draft[1] == "{% if signature.name %}{{ applicant.name }}{% else %}нет{% endif %}"


@pytest.mark.parametrize("name", ["{{ signature.name }}", "{% if %}", "\ufdd0\ufdd0 signature.name \ufdd1\ufdd1", "{#"])
def test_what_a_customer_is_called_never_becomes_a_mark(sandbox: Sandbox, name: str) -> None:
    context = KNOWN | {"applicant": {"name": name}, "reply": {"$rich": f"<p>{name}</p>"}}
    draft = drafted(sandbox, paper("{{ applicant.name }}", "{{p reply.blocks }}"), context)
    made = lines(finished(sandbox, draft, LATER_ON))
    assert "Сергей" not in "".join(made)
    bare = name.translate(dict.fromkeys(range(0xFDD0, 0xFDD4)))
    assert [line.replace("\u2060", "").strip() for line in made[:2]] == [bare.strip()] * 2


def test_a_letter_without_a_text_yet_has_a_place_for_it(sandbox: Sandbox) -> None:
    draft = drafted(sandbox, paper("до", "{{p reply.blocks }}", "после"), KNOWN | {"reply": {"$rich": ""}})
    assert lines(draft)[:3] == ["до", "", "после"]
