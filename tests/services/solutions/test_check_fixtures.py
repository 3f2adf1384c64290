"""Everything that can be wrong with a solution is found at its place, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.deployment.bundle import Bundle
from engine.findings import Finding
from services.bootstrap import Office, bootstrap, create_tables
from services.settings import Settings
from services.solutions.deploy_solution import check_solution
from tests.fixtures.check.flaws import FLAWS, SLUG, Flaw, flawed, solution


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("check")
    made = bootstrap(Settings.from_environment({"CHANCERY_DATA_DIR": str(folder)}))
    create_tables(made.database)
    yield made
    made.close()


def places(findings: tuple[Finding, ...]) -> set[tuple[str, str, str | int | None]]:
    return {(found.code, found.file, place) for found in findings for place in (found.element, found.line)}


def test_nothing_is_found_in_the_flawless_solution(office: Office) -> None:
    assert check_solution(office, Bundle(SLUG, solution())) == ()


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name)
def test_a_flaw_is_found_at_its_place(office: Office, flaw: Flaw) -> None:
    findings = check_solution(office, Bundle(SLUG, flawed(flaw)))
    assert (flaw.code, flaw.found_in, flaw.at) in places(findings)
    found = next(each for each in findings if each.code == flaw.code)
    assert found.severity == flaw.severity
    assert found.reason
    assert found.remedy
