"""
Every element and attribute of BPMN 2.0, Camunda and Zeebe: how many run, are shown, are refused; and whether it is true.

Prints the counts of the table by vocabulary; exits 1 when a line is missing or not so. `--all` prints every line.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.engine.conformance.schemas import VOCABULARIES
from tests.engine.conformance.table import lines, missing, not_refused, not_shown, refused_places, without_a_test


def main() -> int:
    counts = {vocabulary: Counter[str]() for vocabulary in VOCABULARIES}
    wrong = missing()
    for line in lines():
        counts[line.row.vocabulary][line.verdict] += 1
        check = {"runs": without_a_test, "shown": not_shown}.get(line.verdict)
        wrong += [said for said in [check(line) if check is not None else None] if said is not None]
        if "--all" in sys.argv:
            print(f"{line.row.vocabulary:<8} {line.row!s:<60} {line.verdict} {line.behind}")
    for vocabulary, found in counts.items():
        print(f"{vocabulary:<8} {found.total():>4} lines: {found['runs']} run, {found['shown']} are shown")
    total = sum(counts.values(), Counter())
    told = sum(1 for line in lines("shown") if line.behind)
    print(f"in all   {total.total():>4} lines: {total['runs']} run, {total['shown']} are shown ({told} with a finding)")
    for where, (code, xml) in refused_places().items():
        said = not_refused(code, xml)
        wrong += [] if said is None else [f"{where}: {said}"]
        print(f"refused: {where} ({code})")
    for each in wrong:
        print("short: " + each)
    print(f"{len(wrong)} are not so")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
