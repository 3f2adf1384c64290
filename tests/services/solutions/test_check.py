"""Each mistake in a solution's files is found, and mended it is found no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.deployment.bundle import Bundle
from engine.errors import Invalid, NotFound
from services.bootstrap import Office
from services.solutions.check import check_files
from services.solutions.export_solution import deployments, solution_files
from services.solutions.folders import read_folder, slugs, write_folder
from tests.services.letters import CARD, MANIFEST, RU, letters, put_on_shelf

ROOT = Path(__file__).resolve().parents[3]
TASK = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><userTask id="read"/></process>
</definitions>"""


def codes(files: Mapping[str, str | bytes]) -> set[str]:
    given = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return {found.code for found in check_files(Bundle("letters", dict(letters().files) | given))}


def test_the_letters_are_clean() -> None:
    assert check_files(letters()) == []


def test_every_shipped_solution_is_clean() -> None:
    assert {slug: check_files(read_folder(ROOT, slug)) for slug in slugs(ROOT)} == {slug: [] for slug in slugs(ROOT)}
    with pytest.raises(NotFound):
        read_folder(ROOT, "no_such_solution")


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("toml-unreadable", {"solution.toml": "slug ="}),
        ("toml-unreadable", {"texts/ru.toml": b"\xff"}),
        ("solution-slug", {"solution.toml": MANIFEST.replace('slug = "letters"', 'slug = "others"', 1)}),
        ("text-missing", {"texts/en.toml": RU.replace('thanks = "Благодарность"\n', "")}),
        ("text-missing", {"texts/fa.toml": RU, "solution.toml": MANIFEST.replace('"en"]', '"en", "de"]')}),
        ("text-language", {"texts/fa.toml": RU}),
        ("card-type-code", {"cards/letter.toml": CARD.replace('type = "letter"', 'type = "Letter!"')}),
        ("field-type-unknown", {"cards/letter.toml": CARD.replace('type = "number"', 'type = "magic"')}),
        ("field-options-missing", {"cards/letter.toml": CARD.replace('options = ["claim", "thanks"]', "")}),
        ("field-directory-missing", {"cards/letter.toml": CARD.replace('directory = "subjects"', "")}),
        ("directory-missing", {"cards/letter.toml": CARD.replace('directory = "subjects"', 'directory = "nope"')}),
        ("card-field-unknown", {"cards/letter.toml": CARD.replace('requires = ["reply"]', 'requires = ["answer"]')}),
        ("card-field-unknown", {"cards/letter.toml": CARD.replace("{number} · {kind}", "{sort}")}),
        ("card-state-unknown", {"cards/letter.toml": CARD.replace('to = "closed"', 'to = "done"')}),
        ("card-state-unreachable", {"cards/letter.toml": CARD.replace('to = "closed"', 'to = "in_work"')}),
        ("card-state-category", {"cards/letter.toml": CARD.replace('"draft"', '"begun"')}),
        ("card-key-twice", {"cards/letter.toml": CARD.replace('key = "sum"', 'key = "due"')}),
        ("card-key-bad", {"cards/letter.toml": CARD.replace('key = "sum"', 'key = "Sum"')}),
        ("card-word-unknown", {"cards/letter.toml": CARD.replace("multiline = true", "multilne = true")}),
        ("card-who-unknown", {"cards/letter.toml": CARD.replace('"relation:unit"', '"relation:boss"')}),
        ("card-right-unknown", {"cards/letter.toml": CARD.replace('"register", "bin"]', '"regster"]')}),
        ("role-unknown", {"cards/letter.toml": CARD.replace('"role:head"', '"role:chief"')}),
        ("role-unknown", {"cards/letter.toml": CARD.replace('group = "lawyer"', 'group = "advocate"')}),
        ("journal-mask", {"cards/letter.toml": CARD.replace("{seq:05}", "")}),
        ("journal-mask", {"cards/letter.toml": CARD.replace("{yyyy}", "{year}")}),
        ("card-process", {"cards/letter.toml": 'process = "nope"\n' + CARD}),
        ("card-type-twice", {"cards/letter2.toml": CARD}),
        ("directory-cycle", {"directories/subjects.csv": "code,parent,name_ru,name_en\na,b,A,A\nb,a,B,B\n"}),
        ("directory-name-missing", {"directories/subjects.csv": "code,name_ru\na,A\n"}),
        ("form-unreadable", {"forms/file_letter.form": "[]"}),
        ("form-field-unknown", {"forms/a.form": '{"components": [{"type": "textfield", "key": "card.nope"}]}'}),
        ("form-field-type", {"forms/a.form": '{"components": [{"type": "number", "key": "card.text"}]}'}),
        ("form-component-unknown", {"forms/a.form": '{"components": [{"type": "iframe", "key": "x"}]}'}),
        ("text-missing", {"forms/a.form": '{"components": [{"type": "text", "text": "$form.a.hint"}]}'}),
        ("form-missing", {"p.bpmn": TASK}),
        ("portal-card", {"solution.toml": MANIFEST.replace('card = "letter"', 'card = "note"')}),
        ("portal-form", {"solution.toml": MANIFEST.replace('"file_letter"', '"nope"')}),
        ("scenario-untitled", {"scenarios/a.toml": '[[step]]\nwho = "anna"\ndoes = "file"\n'}),
    ],
)
def test_a_mistake_is_found_with_its_remedy(code: str, files: dict[str, str | bytes]) -> None:
    assert code in codes(files)
    given = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    found = check_files(Bundle("letters", dict(letters().files) | given))
    assert all(one.reason and one.remedy and one.file for one in found)


def test_no_manifest_is_the_one_finding() -> None:
    files = {path: content for path, content in letters().files.items() if path != "solution.toml"}
    assert "solution-missing" in {found.code for found in check_files(Bundle("letters", files))}


def test_what_was_deployed_comes_back_byte_for_byte(office: Office, tmp_path: Path) -> None:
    put_on_shelf(office, letters())
    with office.database.reading() as session:
        files = solution_files(session, "letters")
        assert [(row.solution, row.version, row.latest) for row in deployments(session)] == [("letters", 1, True)]
        with pytest.raises(NotFound):
            solution_files(session, "letters", 2)
    assert files == letters().files
    write_folder(tmp_path, "letters", files)
    assert read_folder(tmp_path, "letters").files == letters().files
    with pytest.raises(Invalid, match="path-leads-out"):
        write_folder(tmp_path, "letters", {"../../x": b""})
