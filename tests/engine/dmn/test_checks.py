"""What `chancery check` finds in decision tables; the pairs are those of the acceptance program."""

from __future__ import annotations

import pytest

from engine.dmn import check_model
from tests.acceptance.feel_checks import PAIRS, Pair, findings, names
from tests.engine.dmn.test_decide import model


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{number}-{pair.code}" for number, pair in enumerate(PAIRS, 1)])
def test_a_flaw_is_found_and_its_correction_is_sound(pair: Pair) -> None:
    found = findings(pair, pair.flawed)
    assert any(names(finding, pair) for finding in found), [f.reason for f in found]
    assert findings(pair, pair.sound) == []


def test_names_and_functions_nobody_provides_are_found() -> None:
    made = model(
        '<inputData id="i" name="Net"><variable name="Net"/></inputData><inputData id="j" name="Other"/>'
        '<decision id="a" name="A"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        '<literalExpression id="e"><text>Net + Other + rate(Net) + sum(for x in [1] return x)</text>'
        "</literalExpression></decision>"
    )
    assert [(f.code, f.params["name"]) for f in check_model(made)] == [
        ("dmn-unknown-function", "rate"),
        ("dmn-unknown-name", "Other"),
    ]
    assert [f.code for f in check_model(made, frozenset({"rate"}))] == ["dmn-unknown-name"]


def test_a_wide_table_ends_within_the_budget() -> None:
    columns = "; ".join(f"n{i}:number" for i in range(12))
    rules = "; ".join(" | ".join(f"< {(i * k) % 17}" for i in range(1, 13)) + " => 1" for k in range(1, 40))
    pair = Pair("FIRST", columns, "o:number", rules, "dmn-gap", (), "")
    assert {f.code for f in findings(pair, pair.flawed)} <= {"dmn-gap", "dmn-unproven", "dmn-shadowed"}


def test_types_that_never_go_together_are_found_where_they_are_declared() -> None:
    made = model(
        '<inputData id="i" name="Net"><variable name="Net" typeRef="number"/></inputData>'
        '<inputData id="j" name="Day"><variable name="Day" typeRef="date"/></inputData>'
        '<decision id="a" name="A"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        '<informationRequirement><requiredInput href="#j"/></informationRequirement>'
        '<literalExpression id="e"><text>if Net = "much" then Day + duration("P1D") else Day + Net</text>'
        "</literalExpression></decision>"
    )
    assert [(f.code, f.params["operator"], f.params["left"], f.params["right"]) for f in check_model(made)] == [
        ("dmn-type-clash", "=", "number", "string"),
        ("dmn-type-clash", "+", "date", "number"),
    ]
