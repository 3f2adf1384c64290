"""
Cases from a CSV file tried on a decision.

The first row names the columns: inputs of the decision, and expected outputs (the name of an output or of the decision,
or `result`). A cell is a FEEL constant (`12.5`, `true`, `@"2026-11-22"`, `[1, 2]`) or plain text; an empty input is null,
an empty expectation is not compared.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from engine.dmn.decide import Decision, DecisionInfo, Model
from engine.errors import Invalid, NotFound
from engine.feel.constants import UNKNOWN, constant
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.expression import parse, vocabulary
from engine.feel.temporal import parse_any
from engine.feel.values import convert, equal, to_string


@dataclass(frozen=True)
class Case:
    """One line: its number in the file (the header is 1), the inputs, and what is expected of which output."""

    line: int
    inputs: dict[str, Any]
    expected: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """How a case ended: `wrong` holds (expected, found) by output; `failure` says why nothing was decided."""

    case: Case
    decision: Decision | None
    wrong: dict[str, tuple[Any, Any]]
    failure: str = ""

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.failure


def information(model: Model, decision: str) -> DecisionInfo:
    """The decision by id or name; raises NotFound."""
    for found in model.decisions:
        if decision in (found.id, found.name):
            return found
    raise NotFound("decision", decision=decision, file=model.file)


def read_cases(text: str, model: Model, decision: str) -> list[Case]:
    """The cases of a CSV text (comma, semicolon or tab); raises Invalid when a column belongs nowhere."""
    info = information(model, decision)
    text = text.removeprefix("\ufeff")
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    if not rows:
        raise Invalid("no-cases")
    names = [name.strip() for name in rows[0]]
    outputs = {"result", info.name, info.variable, *model.outputs(decision)}
    unknown = [name for name in names if name and name not in info.inputs and name not in outputs]
    if unknown:
        raise Invalid("unknown-columns", columns=", ".join(unknown), inputs=", ".join(info.inputs))
    cases = []
    for line, row in enumerate(rows[1:], 2):
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if name}
        if any(cells.values()):
            inputs = {name: cell_value(cell) for name, cell in cells.items() if name in info.inputs}
            expected = {name: cell_value(cell) for name, cell in cells.items() if name not in info.inputs and cell}
            cases.append(Case(line, inputs, expected))
    return cases


def cell_value(cell: str) -> Any:
    """A cell: a FEEL constant, a bare date or duration, or text."""
    if not cell:
        return None
    bare = parse_any(cell)
    if bare is not None:
        return bare
    try:
        value = constant(parse(cell, "feel", vocabulary()))
    except (FeelSyntaxError, FeelLimitError):
        return cell
    return cell if value is UNKNOWN else value


def try_case(
    model: Model, decision: str, case: Case, *, now: datetime | None = None, zone: tzinfo | None = None
) -> Verdict:
    """Decide one case and compare what is expected."""
    try:
        made = model.decide(decision, case.inputs, now=now, zone=zone)
    except FeelLimitError as error:
        return Verdict(case, None, {}, str(error))
    info = information(model, decision)
    wrong = {}
    for name, expected in case.expected.items():
        found = _output(made.value, name, info)
        if not _same(expected, found):
            wrong[name] = (expected, found)
    return Verdict(case, made, wrong)


def _output(value: Any, name: str, info: DecisionInfo) -> Any:
    if isinstance(value, Mapping) and name in value:
        return convert(value[name])
    if isinstance(value, list) and name not in ("result", info.name, info.variable):
        return [_output(row, name, info) for row in value]
    return value


def _same(expected: Any, found: Any) -> bool:
    if equal(expected, found) is True:
        return True
    return isinstance(found, str) and not isinstance(expected, str) and to_string(expected) == found
