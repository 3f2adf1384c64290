"""
Hostile and malformed solutions are refused with place, rule and remedy; mended there alone, the finding is gone.

The flaws are `tests/fixtures/check/flaws.py`; `chancery check` reads all of them as folders, once flawed and once mended.
With CHANCERY_CORPUS also the malformed BPMN files of the corpus, and its real ones that must run to their end.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from services.solutions.folders import write_folder
from tests.acceptance._server import CHANCERY, environment
from tests.fixtures.check.flaws import FLAWS, SLUG, Flaw, flawed, solution

LEAST = 30
LINE = re.compile(
    r"(?P<slug>\w+): (?P<severity>error|warning|note): (?P<file>[^ :]*)(:(?P<line>\d+))?( (?P<element>.+?))?: "
    r"(?P<code>[a-z0-9-]+): (?P<words>.+)"
)
RUNNER = [sys.executable, "-m", "tests.corpus.run_case"]


def slug_of(number: int) -> str:
    return f"{SLUG}_{number:03}"


def write(root: Path, slug: str, files: dict[str, bytes]) -> None:
    """The solution under a slug of its own, so that many stand in one folder."""
    manifest = files["solution.toml"].replace(f'slug = "{SLUG}"'.encode(), f'slug = "{slug}"'.encode(), 1)
    write_folder(root, slug, {**files, "solution.toml": manifest})


def check(root: Path, data: Path) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """What `chancery check` prints about every solution in a folder, and its exit code."""
    done = subprocess.run(
        [*CHANCERY, "check", "--folder", str(root)],
        env=environment(data, 1),
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        match = LINE.fullmatch(line)
        if match:
            found[match["slug"]].append({name: value or "" for name, value in match.groupdict().items()})
    if done.returncode not in {0, 1}:
        raise SystemExit(f"chancery check ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.returncode, found


def says(flaw: Flaw, findings: list[dict[str, str]]) -> bool:
    """Whether the flaw's rule is told at the flaw's place, with a reason and a remedy."""
    told = [one for one in findings if one["code"] == flaw.code and one["file"] == flaw.found_in]
    at_place = [one for one in told if str(flaw.at) in {one["element"], one["line"]}]
    return any(one["severity"] == flaw.severity and len(one["words"].split()) >= 6 for one in at_place)


def own_fixtures(data: Path) -> int:
    """Every flaw in a folder of its own beside the others; gives how many are not found as they should be."""
    with tempfile.TemporaryDirectory(prefix="chancery-check-") as folder:
        root = Path(folder)
        for number, flaw in enumerate(FLAWS):
            write(root, slug_of(number), flawed(flaw))
        code, found = check(root, data)
    missed = [flaw for number, flaw in enumerate(FLAWS) if not says(flaw, found[slug_of(number)])]
    for flaw in missed:
        number = FLAWS.index(flaw)
        print(f"  not found: {flaw.name} ({flaw.code} at {flaw.at} of {flaw.found_in}): {found[slug_of(number)]}")
    refusing = sum(flaw.severity == "error" for flaw in FLAWS)
    print(f"flaws: {len(FLAWS)} ({refusing} refuse the solution), found at their place {len(FLAWS) - len(missed)}")
    print(f"`chancery check` of the flawed folder exits {code}")
    return len(missed) + (code != 1) + (refusing < LEAST)


def mended_fixtures(data: Path) -> int:
    """The same solutions with the one place mended: no finding at all."""
    with tempfile.TemporaryDirectory(prefix="chancery-check-") as folder:
        root = Path(folder)
        for number, flaw in enumerate(FLAWS):
            write(root, slug_of(number), {**flawed(flaw), flaw.file: solution()[flaw.file]})
        code, found = check(root, data)
    noise = sum(len(one) for one in found.values())
    print(f"the same {len(FLAWS)} mended at that place: findings {noise}, exit {code}")
    return noise + code


def corpus(folder: Path) -> int:
    """The malformed files are refused with a line, the real ones run; gives how many do not."""
    rows = list(csv.DictReader((folder / "MANIFEST.csv").open(encoding="utf-8")))
    malformed = [row for row in rows if row["kind"] == "bpmn-malformed-xml"]
    real = [row for row in rows if row["kind"] == "bpmn-real" and row["expected"] == "deploys-and-runs"]
    refused = sum(_refused(folder / row["path"], row["id"]) for row in malformed)
    ran = sum(_ran(folder / row["path"], row["id"]) for row in real)
    print(
        f"corpus: malformed files refused with a line {refused}/{len(malformed)}, real files that run {ran}/{len(real)}"
    )
    return len(malformed) - refused + len(real) - ran


def _refused(path: Path, name: str) -> bool:
    answer = _ask({"do": "deploy", "kind": "bpmn-malformed-xml", "files": [str(path)]})[0]
    good = answer.get("status") == "refused" and all(one.get("line") for one in answer.get("errors", []))
    if good:
        print(f"  {name} {path.name}: {answer['errors'][0]}")
    return good


def _ran(path: Path, name: str) -> bool:
    answers = _ask({"do": "deploy", "kind": "bpmn-real", "files": [str(path)]}, {"do": "play", "variables": {}})
    good = answers[-1].get("ended") is True and not answers[-1].get("errors")
    print(f"  {name} {path.name}: {answers[-1]}")
    return good


def _ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(RUNNER, input=lines, capture_output=True, text=True, check=False, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()] or [{"broken": done.stderr[-500:]}]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
        short = own_fixtures(Path(folder)) + mended_fixtures(Path(folder))
    if "CHANCERY_CORPUS" in os.environ:
        short += corpus(Path(os.environ["CHANCERY_CORPUS"]))
    else:
        print("CHANCERY_CORPUS is not set: the files of the corpus are left out")
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main())
