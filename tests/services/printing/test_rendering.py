"""What a DOCX template may say and what comes out of it."""

from __future__ import annotations

import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import segno
from docx import Document

from engine.errors import ChanceryError, Invalid, ScriptFailed, SolutionError
from services.printing.rich import plain
from services.sandbox.sandbox import Limits, Sandbox
from tests.services.printing.papers import paper

FIRM = "ООО «Рога & <Копыта>»"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits(wall_seconds=10, cpu_seconds=3))
    yield made
    made.close()


def fill(sandbox: Sandbox, template: bytes, **context: Any) -> Any:
    answer = sandbox.run("docx.render", {"docx": b64encode(template).decode(), "context": context})
    return Document(BytesIO(b64decode(answer["docx"])))


def lines(document: Any) -> list[str]:
    return [p.text for p in document.paragraphs]


def test_names_with_signs_come_out_intact_in_body_header_and_table(sandbox: Sandbox) -> None:
    template = paper("Кому: {{ applicant.name }}", header="{{ applicant.name }}", rows=[["{{ applicant.name }}"]])
    made = fill(sandbox, template, applicant={"name": FIRM})
    assert lines(made) == [f"Кому: {FIRM}"]
    assert made.sections[0].header.paragraphs[0].text == FIRM
    assert made.tables[0].cell(0, 0).text == FIRM


def test_text_of_a_customer_is_never_a_template(sandbox: Sandbox) -> None:
    made = fill(sandbox, paper("{{ card.text }}"), card={"text": "{{ 7 * 7 }} </w:t> {% raw %}"})
    assert lines(made) == ["{{ 7 * 7 }} </w:t> {% raw %}"]


def test_a_rich_reply_keeps_paragraphs_bold_italic_and_lists(sandbox: Sandbox) -> None:
    firm = FIRM.replace("&", "&amp;").replace("<", "&lt;")
    html = f"<p>Уважаемый <b>покупатель</b> {firm}!</p><ol><li>деньги</li><li><em>извинения</em></li></ol>"
    made = fill(sandbox, paper("до", "{{p reply.blocks }}", "после {{ reply }}"), reply={"$rich": html})
    assert lines(made)[:4] == ["до", f"Уважаемый покупатель {FIRM}!", "1.\tденьги", "2.\tизвинения"]
    runs = {run.text: run for p in made.paragraphs for run in p.runs}
    assert runs["покупатель"].bold and runs["извинения"].italic and not runs["деньги"].bold
    assert lines(made)[4].startswith("после Уважаемый покупатель")


def test_the_approval_sheet_is_a_table_with_a_row_a_visa(sandbox: Sandbox) -> None:
    template = paper(
        rows=[
            ["Кто", "Решение"],
            ["{%tr for v in approvals %}", ""],
            ["{{ v.person }}", "{{ v.decision }}"],
            ["{%tr endfor %}", ""],
        ]
    )
    made = fill(
        sandbox,
        template,
        approvals=[{"person": "Борис", "decision": "Согласен"}, {"person": "Вера", "decision": "Не согласна"}],
    )
    assert [[c.text for c in row.cells] for row in made.tables[0].rows] == [
        ["Кто", "Решение"],
        ["Борис", "Согласен"],
        ["Вера", "Не согласна"],
    ]


def test_a_field_named_items_is_the_field(sandbox: Sandbox) -> None:
    assert lines(fill(sandbox, paper("{{ card.items }}"), card={"items": "три"})) == ["три"]


def test_a_qr_code_is_a_picture(sandbox: Sandbox) -> None:
    png = BytesIO()
    segno.make("https://example.org/p/requests").save(png, kind="png", scale=4)
    made = fill(sandbox, paper("{{ qr }}"), qr={"$picture": b64encode(png.getvalue()).decode(), "mm": 25})
    assert len(made.inline_shapes) == 1


def test_document_properties_are_cleared_and_never_rendered(sandbox: Sandbox) -> None:
    made = fill(sandbox, paper("тело", title="{{ cycler.__init__.__globals__ }}"))
    assert (made.core_properties.title, made.core_properties.author) == ("", "")


@pytest.mark.parametrize(
    "attack",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum(n=200000) }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ card.__class__ }}",
        "{{ card.update({'a': 1}) }}",
        "{{ qr._image.tpl }}",
        "{{ reply.blocks.__class__ }}",
        "{{ unknown.name }}",
        "{% if %}",
        "{% include 'word/document.xml' %}",
    ],
)
def test_a_hostile_or_broken_template_is_refused(sandbox: Sandbox, attack: str) -> None:
    with pytest.raises(SolutionError) as refused:
        fill(sandbox, paper(attack), card={"a": "b"}, reply={"$rich": "<p>x</p>"}, qr={"$rich": ""})
    assert refused.value.code == "template-failed"


@pytest.mark.parametrize("attack", ["{{ 'a' * 10000000000 }}", "{{ '%999999999d' % 1 }}", "{{ 9 ** (9 ** 9) }}"])
def test_a_template_that_devours_is_stopped(sandbox: Sandbox, attack: str) -> None:
    with pytest.raises(ChanceryError) as stopped:
        fill(sandbox, paper(attack))
    assert isinstance(stopped.value, ScriptFailed | SolutionError)
    assert lines(fill(sandbox, paper("{{ a }}"), a="живой")) == ["живой"]


def test_a_zip_bomb_is_refused_before_it_is_parsed(sandbox: Sandbox) -> None:
    bomb = BytesIO(paper("x"))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/big.xml", b"<a>" + b" " * 60_000_000)
    with pytest.raises(Invalid) as refused:
        fill(sandbox, bomb.getvalue())
    assert refused.value.code == "docx-too-large"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", "не документ".encode()])
def test_what_is_no_document_is_refused(sandbox: Sandbox, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        fill(sandbox, content)
    assert refused.value.code == "docx-unreadable"


def test_names_a_template_reads(sandbox: Sandbox) -> None:
    template = paper(
        "{{p reply.blocks }}",
        "{{ letter.number }} {% for v in approvals %}{{ v.person }}{% endfor %}",
        header="{{ org.name }}",
    )
    answer = sandbox.run("docx.names", {"docx": b64encode(template).decode()})
    assert answer["names"] == ["approvals", "letter.number", "org.name", "reply.blocks"]


def test_plain_text_of_rich_text() -> None:
    assert plain("<p>Раз,<br>два</p><ul><li>три</li></ul>") == "Раз,\nдва\n• три"
