"""Every scenario of every solution on disk, played on the real engine through the use cases a page calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.actor import Actor
from engine.deployment.bundle import Bundle
from engine.store.unit_of_work import Database
from services.bootstrap import Office
from services.sandbox.sandbox import Sandbox
from services.solutions.deploy_solution import check_solution
from services.solutions.folders import read_folder
from services.solutions.play_scenario import Mismatch, play_scenario
from services.solutions.scenarios import Scenario, read_scenario
from tests.services.conftest import installer, office  # noqa: F401 - fixtures
from tests.solutions.shelves import ROOT, SLUGS, Shelf

STORIES = [(slug, name) for slug in SLUGS for name in Shelf(slug).scenarios]


def story(slug: str, name: str) -> tuple[Bundle, Scenario]:
    shelf = Shelf(slug)
    tasks = {task: tuple(properties["outcomes"].split(",")) for task, properties in shelf.user_tasks()}
    made, findings = read_scenario(shelf.scenarios[name], name, tasks, shelf.transitions)
    assert findings == [] and made is not None
    return read_folder(ROOT, slug), made


@pytest.mark.parametrize("slug", SLUGS)
def test_every_solution_is_checked_clean(office: Office, installer: Actor, slug: str) -> None:  # noqa: F811
    assert check_solution(office, read_folder(ROOT, slug)) == ()


@pytest.mark.parametrize(("slug", "name"), STORIES, ids=[f"{slug}-{name}" for slug, name in STORIES])
def test_every_scenario_plays_as_told(
    database: Database, sandbox: Sandbox, tmp_path: Path, slug: str, name: str
) -> None:
    bundle, told = story(slug, name)
    assert play_scenario(bundle, told, tmp_path, database, sandbox).mismatches == ()


def test_a_play_says_what_was_not_as_told(tmp_path: Path, sandbox: Sandbox) -> None:
    bundle, told = story(*STORIES[0])
    first = replace(told, steps=told.steps[:1], expect={"state": "somewhere else", "ended": True})
    assert play_scenario(bundle, first, tmp_path, sandbox=sandbox).mismatches == (
        Mismatch(None, "state", "somewhere else", "received"),
        Mismatch(None, "ended", True, False),
    )


def test_a_play_stops_at_a_step_its_person_may_not_do(tmp_path: Path, sandbox: Sandbox) -> None:
    bundle, told = story(*STORIES[0])
    others = [login for login in told.cast.values() if isinstance(login, str) and login != told.cast[told.steps[1].who]]
    stranger = replace(told, cast={**told.cast, told.steps[1].who: others[0]})
    (stopped,) = play_scenario(bundle, stranger, tmp_path, sandbox=sandbox).mismatches
    assert (stopped.step, stopped.expected) == (2, "done")
    assert "nothing-to-do" in stopped.found
