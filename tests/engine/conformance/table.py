"""The table of what runs, what is shown and what is refused: read, and looked at line by line."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bpmn import compile_file
from engine.findings import Finding
from tests.engine.conformance.documents import Document, document
from tests.engine.conformance.schemas import VOCABULARIES, Row, extensions, rows

HERE = Path(__file__).parent
TESTS = HERE.parent
DRAWING = TESTS / "runtime" / "drawing.py"
MATRIX = TESTS / "runtime" / "event_matrix.py"


@dataclass(frozen=True)
class Line:
    """A row with its verdict (`runs`, `shown`, `refused`) and what stands behind it: a test, or a finding's code."""

    row: Row
    verdict: str
    behind: str


@cache
def written() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "verdicts.toml").read_text(encoding="utf-8"))


def lines(*verdicts: str) -> Iterator[Line]:
    """The lines with one of these verdicts (all when none is named), in the order of the schemas."""
    for vocabulary in VOCABULARIES:
        for row in rows(vocabulary):
            said = written()[vocabulary].get(str(row), "")
            verdict, _, behind = said.partition(" ")
            if not verdicts or verdict in verdicts:
                yield Line(row, verdict, behind)


def missing() -> list[str]:
    """Rows without a line, and lines without a row."""
    wrong = []
    for vocabulary in VOCABULARIES:
        known = {str(row) for row in rows(vocabulary)}
        told = set(written()[vocabulary])
        wrong += [f"{vocabulary}: {each} has no line" for each in sorted(known - told)]
        wrong += [f"{vocabulary}: there is no {each}" for each in sorted(told - known)]
    return wrong


@cache
def _tests() -> dict[str, tuple[str, frozenset[str]]]:
    """File stem -> (text with the helpers it draws by, names of its tests)."""
    shared = DRAWING.read_text(encoding="utf-8")
    found = {}
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        names = frozenset(each.name for each in ast.parse(text).body if isinstance(each, ast.FunctionDef))
        own = MATRIX.read_text(encoding="utf-8") if path.stem == "test_event_matrix" else ""
        found[path.stem] = (text + shared + own, names)
    return found


def without_a_test(line: Line) -> str | None:
    """What is wrong with a line that says it runs: no such test, or one that never speaks of it."""
    file, _, name = line.behind.partition("::")
    text, names = _tests().get(file, ("", frozenset()))
    if name not in names:
        return f"{line.row}: there is no test {line.behind}"
    word = spoken(line.row)
    return None if word in text else f"{line.row}: {file} never says {word}"


def spoken(row: Row) -> str:
    """The name by which a file speaks of the row."""
    member = row.member.lstrip("@")
    if row.vocabulary not in ("camunda", "zeebe"):
        return member or row.owner
    extension = extensions(row.vocabulary)[row.owner]
    each = next((one for one in extension.properties if one.name == member), None)
    if not member or member in ("text", "definition"):
        heir = next((one for one in extensions(row.vocabulary).values() if extension.name in one.bases), extension)
        return heir.element
    if each is not None and each.type.startswith("bpmn:"):
        return each.type[5].lower() + each.type[6:]
    if each is not None and not each.attribute and each.type in extensions(row.vocabulary):
        child = extensions(row.vocabulary)[each.type]
        return child.element if not child.abstract else extension.element
    return member


@cache
def _of_the_base() -> frozenset[tuple[str, str | None]]:
    return frozenset((each.code, each.element) for each in compile_file(Document().text(), "base.bpmn").findings)


def told_of(row: Row) -> list[Finding]:
    """What is found in the row's diagram beyond what is found in the base diagram."""
    found = compile_file(document(row), "row.bpmn").findings
    return [each for each in found if (each.code, each.element) not in _of_the_base()]


def not_shown(line: Line) -> str | None:
    """What is wrong with a line that says it is shown: it does not deploy, is said nothing of, or too much."""
    found = told_of(line.row)
    errors = [each.code for each in found if each.severity == "error"]
    codes = {each.code for each in found}
    if errors:
        return f"{line.row}: refused by {', '.join(errors)}"
    if line.behind and line.behind not in codes:
        return f"{line.row}: {line.behind} is not said"
    if codes - {line.behind}:
        return f"{line.row}: {', '.join(sorted(codes - {line.behind}))} is said, too"
    return None


def refused_places() -> dict[str, tuple[str, str]]:
    """What is refused where it stands: description -> (code, text to put into the base diagram)."""
    return {name: (said["code"], said["xml"]) for name, said in written()["refused"].items()}  # type: ignore[index]


def not_refused(code: str, xml: str) -> str | None:
    before = b"<category " if xml.startswith("<import ") else b"<textAnnotation"
    text = Document().text().replace(before, xml.encode() + before, 1)
    codes = [each.code for each in compile_file(text, "x.bpmn").findings if each.severity == "error"]
    return None if code in codes else f"{code} is not said, but {codes or 'nothing'}"
