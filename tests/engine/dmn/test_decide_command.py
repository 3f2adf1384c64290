"""`chancery decide` on a file: one input, a table of cases, and a file that cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.engine.dmn.test_decide import HEAD
from webui.decide_command import decide

SOURCE = (
    HEAD + '<inputData id="i" name="amount"><variable name="amount" typeRef="number"/></inputData>'
    '<decision id="fee" name="Fee"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
    '<decisionTable hitPolicy="UNIQUE"><input><inputExpression typeRef="number"><text>amount</text></inputExpression>'
    '</input><output name="fee" typeRef="number"/>'
    "<rule><inputEntry><text>&lt; 100</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
    "<rule><inputEntry><text>&gt;= 100</text></inputEntry><outputEntry><text>amount * 0.01</text></outputEntry></rule>"
    "</decisionTable></decision></definitions>"
)


@pytest.fixture
def dmn(tmp_path: Path) -> Path:
    path = tmp_path / "fee.dmn"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(decide)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_one_input_is_decided_with_its_rules(dmn: Path) -> None:
    code, output = run(dmn, "--decision", "fee", "--input", '{"amount": 250.5}')
    assert code == 0
    assert output.splitlines()[0] == "2.505"
    assert "rules 2" in output


def test_cases_are_marked_line_by_line(dmn: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("amount;fee\n50;1\n200;2\n200;3\n", encoding="utf-8")
    code, output = run(dmn, "--cases", cases)
    assert code == 1
    assert "2 of 3 cases are right." in output
    assert "fee = 3" in output
    cases.write_text("amount,result\n50,1\n", encoding="utf-8")
    assert run(dmn, "--cases", cases)[0] == 0


def test_what_is_wrong_is_said(dmn: Path, tmp_path: Path) -> None:
    assert run(dmn, "--decision", "nothing")[0] == 2
    assert run(dmn, "--input", "{")[0] == 2
    cases = tmp_path / "cases.csv"
    cases.write_text("amuont,fee\n50,1\n", encoding="utf-8")
    code, output = run(dmn, "--cases", cases)
    assert (code, "amuont" in output) == (2, True)
    dmn.write_text(SOURCE.replace("amount * 0.01", "amount *"), encoding="utf-8")
    code, output = run(dmn, "--decision", "fee")
    assert (code, "is no valid FEEL" in output) == (2, True)
