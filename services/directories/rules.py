"""Directories as trees: CSV in and out, levels, leaves, cycles. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.findings import Finding, rule

UNREADABLE = rule(
    "directory-unreadable", "The directory is not a CSV file: {reason}.", "Save it as CSV in UTF-8 with a header."
)
NO_COLUMN = rule(
    "directory-column-missing", "The directory has no column {column}.", "Columns: code, parent, name_<language>, …."
)
NO_CODE = rule("directory-code-missing", "A line of the directory has no code.", "Give every line its code.")
TWICE = rule("directory-code-twice", "The code «{code}» occurs twice.", "Codes are unique within a directory.")
NO_PARENT = rule(
    "directory-parent-missing", "«{code}» hangs under «{parent}», which does not exist.", "Correct the parent."
)
CYCLE = rule("directory-cycle", "«{code}» hangs under itself.", "Correct the parents so that they form a tree.")
NO_NAME = rule("directory-name-missing", "«{code}» has no name in {language}.", "Fill name_{language}.")
BAD_DAY = rule("directory-day", "«{code}»: {column} is not a day.", "Write days as 2026-12-31.")

_OWN = {"code", "parent", "custodian", "valid_from", "valid_to"}
LANGUAGES = ("ru", "en", "fa")
LONGEST_CODE = 64


@dataclass(frozen=True)
class Item:
    """One line; `data` holds the further columns as text."""

    code: str
    parent: str | None
    names: Mapping[str, str]
    custodian: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    data: Mapping[str, str] = field(default_factory=dict)


def read_directory(content: bytes, path: str, languages: Iterable[str] = LANGUAGES) -> tuple[list[Item], list[Finding]]:
    """The items of a CSV file, parents before children, with everything wrong in it."""
    findings: list[Finding] = []
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        lines = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Finding(UNREADABLE, file=path, params={"reason": str(error)})]
    if "code" not in (reader.fieldnames or []):
        return [], [Finding(NO_COLUMN, file=path, line=1, params={"column": "code"})]
    items: dict[str, Item] = {}
    for at, line in enumerate(lines, start=2):
        item = _item(line, path, at, findings)
        if item is None:
            continue
        if item.code in items:
            findings.append(Finding(TWICE, file=path, element=item.code, line=at, params={"code": item.code}))
            continue
        for language in languages:
            if not item.names.get(language):
                params = {"code": item.code, "language": language}
                findings.append(Finding(NO_NAME, file=path, element=item.code, line=at, params=params))
        items[item.code] = item
    hung = {code: _hung(item, items) for code, item in items.items()}
    return _ordered(hung, path, findings), findings


def _item(line: Mapping[str, str | None], path: str, at: int, findings: list[Finding]) -> Item | None:
    text = {str(name): (value or "").strip() for name, value in line.items() if name and not isinstance(value, list)}
    code = text.get("code", "")
    if not code or len(code) > LONGEST_CODE:
        findings.append(Finding(NO_CODE, file=path, line=at))
        return None
    days: dict[str, date | None] = {}
    for column in ("valid_from", "valid_to"):
        try:
            days[column] = date.fromisoformat(text[column]) if text.get(column) else None
        except ValueError:
            days[column] = None
            findings.append(Finding(BAD_DAY, file=path, element=code, line=at, params={"code": code, "column": column}))
    names = {name.removeprefix("name_"): value for name, value in text.items() if name.startswith("name_") and value}
    return Item(
        code=code,
        parent=text.get("parent") or None,
        names=names,
        custodian=text.get("custodian") or None,
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
        data={
            name: value for name, value in text.items() if name not in _OWN and not name.startswith("name_") and value
        },
    )


def _hung(item: Item, items: Mapping[str, Item]) -> Item:
    """An empty parent is read from the code: `01.02` hangs under `01` when that exists."""
    above = item.code.rpartition(".")[0]
    if item.parent is None and above in items:
        return Item(item.code, above, item.names, item.custodian, item.valid_from, item.valid_to, item.data)
    return item


def _ordered(items: Mapping[str, Item], path: str, findings: list[Finding]) -> list[Item]:
    ordered: dict[str, Item] = {}
    waiting = dict(items)
    while True:
        ready = [code for code, item in waiting.items() if item.parent is None or item.parent in ordered]
        if not ready:
            break
        for code in ready:
            ordered[code] = waiting.pop(code)
    for code, item in waiting.items():
        broken, params = (CYCLE, {"code": code})
        if item.parent not in items:
            broken, params = (NO_PARENT, {"code": code, "parent": str(item.parent)})
        findings.append(Finding(broken, file=path, element=code, params=params))
    return list(ordered.values())


def write_directory(items: Iterable[Item]) -> bytes:
    """The CSV of a directory; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    listed = list(items)
    further = sorted({name for item in listed for name in item.data})
    languages = sorted({name for item in listed for name in item.names}, key=lambda name: (name not in LANGUAGES, name))
    columns = ["code", "parent", *(f"name_{one}" for one in languages), "custodian", *further, "valid_from", "valid_to"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for item in listed:
        days = [day.isoformat() if day else "" for day in (item.valid_from, item.valid_to)]
        names = [item.names.get(one, "") for one in languages]
        row = [
            item.code,
            item.parent or "",
            *names,
            item.custodian or "",
            *(item.data.get(one, "") for one in further),
            *days,
        ]
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8")


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
