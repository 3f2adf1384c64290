"""
Every kind of event in every position, interrupting and not: runs with its expected trace, or is refused with a finding.

Prints the table; exits 1 when a cell that BPMN allows does not run as it should, or one it forbids is accepted.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.bpmn import compile_file
from tests.engine.runtime.drawing import Case
from tests.engine.runtime.event_matrix import KINDS, POSITIONS, RUNS, after, drawn, expected


def cell(kind: str, position: str) -> str:
    """`runs`, the code of the finding that refuses it, or what went wrong."""
    compiled = compile_file(drawn(kind, position).encode(), "x.bpmn")
    if compiled.refused:
        return next(found.code for found in compiled.findings if found.severity == "error")
    case = Case(drawn(kind, position), {"go": False}, **({"start": "s"} if position == "process start" else {}))
    return "runs" if after(case, kind, position) == expected(kind, position) else "WRONG"


def main() -> int:
    wrong = []
    counts = {"runs": 0, "refused": 0}
    for position in POSITIONS:
        print(position)
        for kind in KINDS:
            result = cell(kind, position)
            counts["runs" if result == "runs" else "refused"] += 1
            print(f"  {kind:<13} {result}")
            if (result == "runs") != (kind in RUNS[position]):
                wrong.append(f"{kind} as {position}: {result}")
    print(f"{counts['runs']} run, {counts['refused']} are refused, {len(wrong)} are not as BPMN says")
    for each in wrong:
        print("short: " + each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
