"""The table of elements and attributes is whole and true: what it says runs, is shown or is refused, is so."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine import Engine
from engine.findings import RULES
from engine.store.models import Resource
from tests.engine.conformance.documents import document
from tests.engine.conformance.help_page import LANGUAGES, drawn, page
from tests.engine.conformance.table import (
    lines,
    missing,
    not_refused,
    not_shown,
    refused_places,
    spoken,
    without_a_test,
)
from tests.engine.office import deployed


def wrong(found: list[str | None]) -> list[str]:
    return [each for each in found if each is not None]


def test_every_element_and_attribute_has_a_line_and_every_line_is_of_one() -> None:
    assert missing() == []
    assert {line.verdict for line in lines()} <= {"runs", "shown", "refused"}


def test_what_runs_has_a_test_that_shows_it() -> None:
    assert wrong([without_a_test(line) for line in lines("runs")]) == []


def test_what_is_shown_deploys_and_what_it_does_not_do_is_said() -> None:
    assert wrong([not_shown(line) for line in lines("shown")]) == []


def test_what_is_shown_stays_in_the_stored_file(engine: Engine) -> None:
    files = {}
    for number, line in enumerate(lines("shown")):
        text = document(line.row).replace(b'isExecutable="true"', b'isExecutable="false"')
        assert spoken(line.row).encode() in text, line.row
        files[f"row{number}_dot_bpmn"] = re.sub(rb'"P"', f'"P{number}"'.encode(), text)
    result = deployed(engine, **files)
    with engine.database.reading() as session:
        kept = select(Resource.path, Resource.content).where(Resource.deployment_id == result.deployment_id)
        stored = {path.replace(".", "_dot_"): content for path, content in session.execute(kept)}
    assert stored == files


@pytest.mark.parametrize("where", list(refused_places()))
def test_what_is_refused_is_refused_by_its_rule(where: str) -> None:
    code, xml = refused_places()[where]
    assert RULES[code].severity == "error"
    assert not_refused(code, xml) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_page_says_what_the_table_says(language: str) -> None:
    """Written by `python -m tests.engine.conformance.help_page`."""
    assert page(language).read_text(encoding="utf-8") == drawn(language)
