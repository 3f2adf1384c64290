"""Event kind × position × interrupting: runs as BPMN means it, or is refused with a finding at the event."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_file
from tests.engine.runtime.drawing import Case
from tests.engine.runtime.event_matrix import KINDS, POSITIONS, RUNS, after, drawn, expected

CELLS = [(kind, position) for position in POSITIONS for kind in KINDS]
RUNNING = [cell for cell in CELLS if cell[0] in RUNS[cell[1]]]
THROWN = {"message": ["M"], "signal": ["S"]}
NOT_ALLOWED = [cell for cell in CELLS if cell[0] not in RUNS[cell[1]]]


@pytest.mark.parametrize(("kind", "position"), RUNNING)
def test_an_event_where_it_may_stand_runs(kind: str, position: str) -> None:
    how = {"start": "s"} if position == "process start" else {}
    case = Case(drawn(kind, position), {"go": False}, **how)
    assert after(case, kind, position) == expected(kind, position)
    if position in ("intermediate throw", "end"):
        assert [thrown.name for thrown in (*case.memory.messages, *case.memory.signals)] == THROWN.get(kind, [])


@pytest.mark.parametrize(("kind", "position"), NOT_ALLOWED)
def test_an_event_where_it_may_not_stand_is_refused(kind: str, position: str) -> None:
    compiled = compile_file(drawn(kind, position).encode(), "x.bpmn")
    assert compiled.refused, [found.code for found in compiled.findings]
    assert any(found.element in ("s", "hs", "c", "t", "x") for found in compiled.findings if found.severity == "error")
