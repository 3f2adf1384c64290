"""`chancery decide`: a decision tried before it is deployed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engine.dmn import Decision, Model, Verdict, check_model, read_cases, read_model, try_case
from engine.errors import Invalid, NotFound, SolutionError
from engine.feel import FeelLimitError, values
from engine.findings import Finding

_MARKS = {"error": "✗", "warning": "!", "note": "·"}


def decide(
    model: Annotated[Path, typer.Argument(help="A DMN file.", exists=True, dir_okay=False)],
    decision: Annotated[str, typer.Option(help="The id or name of the decision.")] = "",
    input: Annotated[str | None, typer.Option(help="The inputs as a JSON object.")] = None,
    cases: Annotated[
        Path | None, typer.Option(help="A CSV file of inputs and expected outputs.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Try a decision before it is deployed: with one input, or with a table of cases."""
    console = Console()
    read = _read(console, model)
    for finding in check_model(read):
        _show_finding(console, finding)
    name = decision or (read.decisions[-1].id if len(read.decisions) == 1 else "")
    if not name:
        _list_decisions(console, read)
        raise typer.Exit(2)
    try:
        if cases is not None:
            raise typer.Exit(_try_cases(console, read, name, cases))
        made = read.decide(name, _inputs(console, input), now=datetime.now(UTC))
    except NotFound:
        console.print(f"There is no decision “{name}”.")
        _list_decisions(console, read)
        raise typer.Exit(2) from None
    except FeelLimitError as error:
        console.print(str(error))
        raise typer.Exit(1) from None
    _show(console, made)


def _read(console: Console, path: Path) -> Model:
    """The model, with the files beside it for its imports."""
    try:
        neighbours = [other for other in sorted(path.parent.glob("*.dmn")) if other != path]
        imports: list[Model] = []
        for other in neighbours:
            try:
                imports.append(read_model(other.read_bytes(), other.name, imports))
            except SolutionError:
                continue
        return read_model(path.read_bytes(), path.name, imports)
    except SolutionError as error:
        for finding in error.findings:
            _show_finding(console, finding)
        raise typer.Exit(2) from None


def _inputs(console: Console, text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}", parse_float=Decimal)
    except json.JSONDecodeError as error:
        console.print(f"The input is no JSON: {error.msg} at character {error.pos + 1}.")
        raise typer.Exit(2) from None
    if not isinstance(found, dict):
        console.print('The input must be a JSON object: {"amount": 1200}.')
        raise typer.Exit(2)
    return {name: values.from_json(value) for name, value in found.items()}


def _show_finding(console: Console, finding: Finding) -> None:
    place = ":".join(str(part) for part in (finding.file, finding.line) if part)
    element = f" {finding.element}" if finding.element else ""
    console.print(f"{_MARKS[finding.severity]} {place}{element} {finding.reason} {finding.remedy}", markup=False)


def _list_decisions(console: Console, model: Model) -> None:
    for found in model.decisions:
        console.print(f"  --decision {found.id}   {found.name} ({', '.join(found.inputs)})", markup=False)


def _show(console: Console, made: Decision) -> None:
    console.print(values.to_string(made.value, nested=True), markup=False)
    for evaluation in made.evaluations:
        rules = ", ".join(str(number) for number in evaluation.matched_rules)
        matched = f"rules {rules}" if rules else ("no rule" if evaluation.inputs else "")
        inputs = values.to_string(evaluation.inputs)
        shown = values.to_string(evaluation.outputs, nested=True)
        console.print(f"  {evaluation.decision_name}: {inputs} → {matched or '='} → {shown}", markup=False)
    for warning in made.warnings:
        details = ", ".join(f"{key}={value}" for key, value in warning.params.items())
        console.print(f"  null because: {warning.code} {details}", markup=False)


def _try_cases(console: Console, model: Model, decision: str, path: Path) -> int:
    """Try every line; the exit code says whether all were right."""
    try:
        found = read_cases(path.read_text(encoding="utf-8-sig"), model, decision)
    except Invalid as error:
        details = ", ".join(f"{key}: {value}" for key, value in error.params.items())
        console.print(f"The cases cannot be read ({error.code}; {details}).", markup=False)
        return 2
    now = datetime.now(UTC)
    verdicts = [try_case(model, decision, case, now=now) for case in found]
    table = Table("line", "", "rules", "result", "expected")
    for verdict in verdicts:
        table.add_row(*_row(verdict))
    console.print(table)
    right = sum(verdict.passed for verdict in verdicts)
    console.print(f"{right} of {len(verdicts)} cases are right.")
    return int(right < len(verdicts))


def _row(verdict: Verdict) -> list[str]:
    if verdict.decision is None:
        return [str(verdict.case.line), "✗", "", verdict.failure, ""]
    own = [e for e in verdict.decision.evaluations if e.matched_rules]
    rules = ", ".join(str(number) for number in own[-1].matched_rules) if own else ""
    expected = "; ".join(f"{name} = {values.to_string(wanted)}" for name, (wanted, _) in verdict.wrong.items())
    shown = values.to_string(verdict.decision.value, nested=True)
    return [str(verdict.case.line), "✓" if verdict.passed else "✗", rules, shown, expected]
