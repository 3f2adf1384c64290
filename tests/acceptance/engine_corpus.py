"""
The BPMN cases of a corpus, scored by its own script; then copies with other ids, prefixes and order: the same verdicts.

`CHANCERY_CORPUS` is the corpus' folder. Prints what the script says about `tests/corpus/run_case.py`; of the cases where a
refusal is also right, which deploy and, for each refused one, the element and why; and every case on which a copy gets
another verdict than the original. Exits 1 when a case falls short or a copy differs.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.errors import ChanceryError
from tests.corpus import copies
from tests.corpus.run_case import Player

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"{sys.executable} {ROOT / 'tests/corpus/run_case.py'}"


class Here:
    """The program of the cases without a process of its own: what the script asks, the player answers."""

    def __init__(self, command: str, timeout: float) -> None:
        self.player = Player()
        self.files: list[str] = []

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        told = dict(question)
        action = getattr(self.player, told.pop("do").replace("-", "_"))
        try:
            answer: dict[str, Any] = action(**told)
        except ChanceryError as error:
            answer = {"tasks": [], "ended": False, "error": str(error)}
        return answer

    def close(self) -> None:
        """Nothing to stop."""


def scoring(corpus: Path) -> ModuleType:
    """The corpus' own script, as a module."""
    place = importlib.util.spec_from_file_location("score", corpus / "runner" / "score.py")
    assert place is not None and place.loader is not None
    script = importlib.util.module_from_spec(place)
    place.loader.exec_module(script)
    return script


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "MANIFEST.csv").open(newline="", encoding="utf-8") as listed:
        return [row for row in csv.DictReader(listed) if row["kind"].startswith("bpmn")]


def verdicts(script: ModuleType, folder: Path) -> dict[str, tuple[str, str]]:
    """Case -> verdict and why, each case played here."""
    script.Product = Here
    asked = Namespace(folder=str(folder), case="", timeout=60)
    scored = [script.one(asked, row) for row in rows_of(folder)]
    return {row["id"]: (verdict, why) for row, verdict, why, *_ in scored}


def show_free(corpus: Path, found: dict[str, tuple[str, str]]) -> None:
    """The cases where deploying and refusing are both right."""
    free = [row for row in rows_of(corpus) if row["expected"] == "deploys-or-clear-error"]
    counts = Counter(found[row["id"]][0] for row in free)
    print(f"of {len(free)} cases where a refusal is also right: {dict(counts)}")
    print("  deploy: " + " ".join(row["id"] for row in free if found[row["id"]][0] == "deployed"))
    for row in free:
        if found[row["id"]][0] != "deployed":
            print(f"  {row['id']} {row['kind']} {Path(row['path']).name}")
            answer = Here("", 0).ask({"do": "deploy", "files": [str(corpus / row["path"])]})
            reasons = Counter((error["element"], error["reason"]) for error in answer.get("errors", []))
            for (element, reason), _ in reasons.most_common(4):
                print(f"    {element}: {reason}")
            if len(reasons) > 4:
                print(f"    … and {len(reasons) - 4} more")


def main() -> int:
    if "CHANCERY_CORPUS" not in os.environ:
        print("CHANCERY_CORPUS must be the corpus' folder.")
        return 2
    corpus = Path(os.environ["CHANCERY_CORPUS"])
    command = [sys.executable, str(corpus / "runner" / "score.py"), str(corpus), "--case", PROGRAM, "--kind", "bpmn"]
    short = subprocess.run(command, check=False).returncode
    script = scoring(corpus)
    original = verdicts(script, corpus)
    print(f"played here: {dict(Counter(verdict for verdict, _ in original.values()))}")
    show_free(corpus, original)
    differing = 0
    for kind in copies.KINDS:
        with tempfile.TemporaryDirectory() as folder:
            changed = copies.copy_of(corpus, Path(folder), kind)
            copied = verdicts(script, Path(folder))
        other = [id for id, (verdict, _) in original.items() if copied[id][0] != verdict]
        print(f"{kind}: {changed} files changed, {len(original) - len(other)} of {len(original)} verdicts the same")
        for id in other:
            print(f"  {id}: {original[id][0]}, as a copy {copied[id][0]} {copied[id][1][:200]}")
        differing += len(other)
    return int(bool(short or differing))


if __name__ == "__main__":
    sys.exit(main())
