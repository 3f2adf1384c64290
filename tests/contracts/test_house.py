"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import engine
import services
import webui

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("engine", "services", "webui")


def sources(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return [path for path in found if not {"node_modules", "vendor", "translations"} & set(path.parts)]


def test_the_three_packages_are_ours_and_stand_in_one_folder() -> None:
    parents = {Path(package.__file__ or "").resolve().parent.parent for package in (engine, services, webui)}
    assert parents == {ROOT}
    owners = packages_distributions()
    assert {owner for layer in LAYERS for owner in owners.get(layer, ["chancery"])} == {"chancery"}


def test_there_is_one_commit() -> None:
    committing = {
        path.relative_to(ROOT).as_posix()
        for path in sources(*LAYERS)
        if re.search(r"\.commit\(", path.read_text(encoding="utf-8"))
    }
    assert committing == {"engine/store/unit_of_work.py"}


def test_no_solution_is_known_by_name() -> None:
    suffixes = (".py", ".html", ".js", ".css", ".svg", ".md")
    named = [
        path.relative_to(ROOT).as_posix()
        for path in sources(*LAYERS, suffixes=suffixes)
        if re.search(r"appeal", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert named == []


def test_nothing_is_evaluated_as_python() -> None:
    forbidden = re.compile(r"(?<![\w.])(eval|exec)\(|pickle|yaml\.load|marshal\.loads")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sources(*LAYERS)
        if forbidden.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in sources(*LAYERS) if path.stem in nameless] == []


def test_every_decision_is_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "engine" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_every_core_dependency_is_in_the_third_party_notice() -> None:
    notice = (ROOT / "THIRD-PARTY.md").read_text(encoding="utf-8").casefold()
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "locks" / "core.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in pinned if f"| {name} |" not in notice] == []
