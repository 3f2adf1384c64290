"""The index of a table says exactly what trying every cell of every rule would say."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn.logic import Logic, TableLogic
from engine.dmn.model import DecisionTable, InputClause, Literal_, OutputClause, Rule
from engine.dmn.tables import Visits
from engine.dmn.types import Types
from engine.feel.expression import vocabulary
from engine.feel.run import TESTED, Run
from engine.feel.temporal import parse_any

CELLS = (
    *(
        "-",
        "",
        "2",
        "2, 4",
        "< 3",
        "<= 3",
        "> 2.5",
        ">= 4",
        "[1..3]",
        "(1..3)",
        "]1..3[",
        "not(2)",
        "not(< 2, > 4)",
        "null",
    ),
    *(
        "-1",
        "= 2",
        "!= 2",
        "[1, 3]",
        '"a"',
        '"a", "c"',
        'not("b")',
        '["a".."c"]',
        '< "b"',
        "true",
        "not(true)",
        "? > 2",
    ),
    *('@"2026-01-01"', '> @"2026-01-01"', 'not(@"2026-01-02")', 'date("2026-01-02")', '@"2026-01-01T12:00:00"'),
    *('>= @"2026-01-01T00:00:00Z"', '@"P1D"', '< @"PT36H"', '@"P1Y"', '@"10:00:00"', '> @"09:00:00Z"', 'limit, "b"'),
    *('2, "a"', "not(2, null)", "? in [1, 2]", "limit", "[1..limit]", '2, @"2026-01-01"', "(< 3), 5", "[[1..2], 4]"),
)
VALUES: tuple[Any, ...] = (
    *(Decimal(number) for number in ("1", "2", "2.5", "3", "4", "-1", "2.0")),
    *("a", "b", "c", "", None, True, False, [Decimal(2)], [], {"x": Decimal(2)}),
    *(parse_any(text) for text in ("2026-01-01", "2026-01-02", "2026-01-01T12:00:00", "2026-01-01T12:00:00Z")),
    *(parse_any(text) for text in ("P1D", "PT36H", "P1Y", "10:00:00", "10:00:00Z", "2026-01-01T00:00:00Z")),
)


def build(rows: list[list[str]]) -> tuple[TableLogic, Logic]:
    columns = tuple(InputClause(expression=Literal_(text=f"c{n}")) for n in range(len(rows[0])))
    rules = tuple(Rule(inputs=tuple(Literal_(text=c) for c in row), outputs=(Literal_(text="1"),)) for row in rows)
    logic = Logic("x.dmn", Types(()), vocabulary(), None)
    made = TableLogic(logic, DecisionTable(inputs=columns, outputs=(OutputClause(),), rules=rules))
    assert logic.findings == []
    return made, logic


@given(st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_the_index_agrees_with_trying_every_cell(seed: int) -> None:
    r = random.Random(seed)
    width = r.randrange(1, 4)
    table, logic = build([[r.choice(CELLS) for _ in range(width)] for _ in range(r.randrange(1, 12))])
    values = [r.choice(VALUES) for _ in range(width)]
    frame = logic.frame({"limit": Decimal(3)}, Run(None, None, {}, None))
    found = list(table.index.matching(values, frame, Visits()))
    expected = []
    for number, row in enumerate(table.cells):
        verdicts = []
        for cell, value in zip(row, values, strict=True):
            frame[TESTED] = value
            verdicts.append(cell.test(frame) is True)
        if all(verdicts):
            expected.append(number)
    assert found == expected, ([rule.inputs for rule in table.rules], values)


@pytest.mark.parametrize("size", [10, 1000])
def test_an_indexed_table_visits_only_the_rules_that_match(size: int) -> None:
    table, logic = build([[f"[{n * 10}..{n * 10 + 9}]", f'"u{n % 7}"'] for n in range(size)])
    visits = Visits()
    frame = logic.frame({}, Run(None, None, {}, None))
    assert list(table.index.matching([Decimal(53), "u5"], frame, visits)) == [5]
    assert visits.rules == 1
    assert table.index.open_columns == ()
