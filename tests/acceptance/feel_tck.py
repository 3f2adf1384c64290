"""
The DMN TCK: level 2 all values, level 3 at least 97 % of all values and of those that are not null.

Takes the corpus from CHANCERY_CORPUS (its `dmn-tck` folder, compared by the rules of its `runner/score.py`). External
Java functions are excepted, and listed.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.corpus.decide_case import decide, load

EXCEPTED = ("0076-feel-external-java",)


def judge(corpus: Path) -> ModuleType:
    """The corpus's own comparison of values."""
    spec = importlib.util.spec_from_file_location("score", corpus / "runner" / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def right(score: Any, answer: dict[str, Any], wanted: Any, error_allowed: bool) -> bool:
    if error_allowed:
        return "error" in answer or answer.get("value") is None
    return "value" in answer and score.same(wanted, answer["value"])


def main() -> int:
    folder = os.environ.get("CHANCERY_CORPUS")
    if not folder:
        print("Set CHANCERY_CORPUS to the folder of the corpus.")
        return 2
    corpus = Path(folder)
    score = judge(corpus)
    counts: Counter[tuple[str, str]] = Counter()
    for path in sorted({os.path.dirname(f) for f in glob.glob(f"{corpus}/dmn-tck/**/*.dmn", recursive=True)}):
        name, level = os.path.basename(path), "2" if "level-2" in path else "3"
        models = load(sorted(glob.glob(f"{path}/*.dmn")), tolerant=True)
        wrong = []
        for case, question, wanted, error_allowed in score.tck_tests(glob.glob(f"{path}/*-test-*.xml")):
            answer = decide(models, question)
            good = right(score, answer, wanted, error_allowed)
            if not good:
                wrong.append(f"{case.split()[-1]}: {question['name']} wanted {wanted}, got {answer}")
            if name in EXCEPTED:
                counts["excepted", "right" if good else "wrong"] += 1
                continue
            for group in ("all", "told") if wanted is not None else ("all",):
                counts[level, group] += 1
                counts[level, f"{group} right"] += good
        for line in wrong:
            print(f"{name}{' (excepted)' if name in EXCEPTED else ''} {line}")
    shares = []
    for level in ("2", "3"):
        for group, words in (("all", "values"), ("told", "values that are not null")):
            share = counts[level, f"{group} right"] / max(1, counts[level, group])
            shares.append((level, share))
            print(f"level {level}: {counts[level, f'{group} right']}/{counts[level, group]} {words} ({share:.2%})")
    print(f"excepted (external Java): {counts['excepted', 'right']} right, {counts['excepted', 'wrong']} wrong")
    return int(any(share < (1 if level == "2" else 0.97) for level, share in shares))


if __name__ == "__main__":
    sys.exit(main())
