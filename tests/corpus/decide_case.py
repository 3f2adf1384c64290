"""
Answers the questions of a conformance corpus about DMN files.

One JSON object a line in, one out: {"do": "deploy", "kind": …, "files": […]} and then
{"do": "decide", "name": …, "type": "decision" | "decisionService" | "bkm", "inputs": {…}}.
Values are tagged: {"number": "1.5"}, {"string": "x"}, {"date": "2026-11-22"}, {"context": {…}}, lists, null.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.dmn import Model, read_model
from engine.dmn.reader import read
from engine.errors import NotFound, SolutionError
from engine.feel import FeelLimitError
from engine.feel.temporal import (
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from engine.feel.values import Decimal, Range, convert
from engine.findings import Finding

_READERS: dict[str, Any] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_time,
    "duration": parse_duration,
}


def value_in(data: Any) -> Any:
    """A tagged value as FEEL's."""
    if data is None:
        return None
    if isinstance(data, list):
        return [value_in(item) for item in data]
    tag, inner = next(iter(data.items()))
    if tag == "context":
        return {name: value_in(item) for name, item in inner.items()}
    return _READERS[tag](inner)


def value_out(value: Any) -> Any:
    """The reverse; a range is shown by its four properties."""
    value = convert(value)
    if value is None:
        return None
    if isinstance(value, list):
        return [value_out(item) for item in value]
    if isinstance(value, Range):
        parts = {"start": value.low, "end": value.high}
        included = {"start included": value.low_included, "end included": value.high_included}
        return {"context": {name: value_out(part) for name, part in (parts | included).items()}}
    if isinstance(value, Mapping):
        return {"context": {str(name): value_out(value[name]) for name in value}}
    tags = {Decimal: "number", str: "string", bool: "boolean", Date: "date", Time: "time", DateTime: "dateTime"}
    tag = tags.get(type(value)) or ("duration" if isinstance(value, DaysDuration | MonthsDuration) else "function")
    return {tag: value if tag == "boolean" else str(value)}


def load(files: list[str], tolerant: bool) -> list[Model]:
    """All files, imported ones first."""
    waiting = {path: Path(path).read_bytes() for path in files}
    wanted = {
        path: ({i.namespace for i in read(source, path)[0].imports}, read(source, path)[0].namespace)
        for path, source in waiting.items()
    }
    models: list[Model] = []
    while waiting:
        open_names = {wanted[path][1] for path in waiting}
        ready = [path for path in waiting if not (wanted[path][0] & open_names - {wanted[path][1]})] or list(waiting)
        for path in ready:
            models.append(read_model(waiting.pop(path), path, models, tolerant=tolerant))
    return models


def refusal(findings: tuple[Finding, ...]) -> dict[str, Any]:
    errors = [
        {"element": f.element, "reason": f"{f.reason} {f.remedy}", "line": f.line}
        for f in findings
        if f.severity == "error"
    ]
    return {"status": "refused", "errors": errors}


def decide(models: list[Model], question: dict[str, Any]) -> dict[str, Any]:
    inputs = {name: value_in(data) for name, data in question["inputs"].items()}
    for model in models:
        try:
            ask = model.decide if question["type"] == "decision" else model.invoke
            return {"value": value_out(ask(question["name"], inputs).value)}
        except NotFound:
            continue
        except FeelLimitError as error:
            return {"error": str(error)}
    return {"error": f"no such decision: {question['name']}"}


def main() -> None:
    models: list[Model] = []
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "deploy":
            try:
                models = load(question["files"], tolerant=question["kind"].startswith("dmn-tck"))
                answer: dict[str, Any] = {"status": "deployed", "elements": {}}
            except SolutionError as error:
                answer = refusal(error.findings)
        else:
            answer = decide(models, question)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
