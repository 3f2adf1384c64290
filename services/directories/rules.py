"""Directories as trees: CSV in and out, levels, leaves, cycles. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from engine.errors import Invalid
from engine.findings import Finding, rule
from services.csv_tables import read_table, write_table

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
BACKWARDS = rule(
    "directory-days-backwards", "«{code}»: valid_to comes before valid_from.", "Correct one of the two days."
)
TOO_LONG = rule("directory-text-long", "«{code}»: {column} is longer than {most} characters.", "Shorten the text.")
TAKEN = rule("directory-code-owned", "«{code}» is the code of somebody's own item.", "Choose another code.")
TOO_DEEP = rule("directory-too-deep", "«{code}» stands deeper than {most} levels.", "Make the tree flatter.")

_OWN = {"code", "parent", "custodian", "valid_from", "valid_to"}
LANGUAGES = ("ru", "en", "fa")
SCOPES = ("organisation", "unit", "personal")
TOP = "/"
LONGEST_CODE = 64
LONGEST_TEXT = 500
DEEPEST = 20


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


@dataclass(frozen=True)
class Keeping:
    """What somebody may do in one directory: keep all of it, own items of theirs, those of units they head."""

    everything: bool = False
    own: bool = False
    units: frozenset[int] = frozenset()

    def any(self) -> bool:
        return self.everything or self.own or bool(self.units)

    def may_change(self, owner_account: int | None, owner_unit: int | None, me: int | None) -> bool:
        """Whether an item with this owner may be changed by *me*."""
        if owner_account is not None:
            return self.own and owner_account == me
        if owner_unit is not None:
            return self.everything or owner_unit in self.units
        return self.everything


def keeps_all(code: str, stewards: Iterable[str], roles: Iterable[str], rights: Iterable[str]) -> bool:
    """Whether somebody with these groups and rights keeps the directory: an admin, a steward, or by the right itself."""
    groups = set(roles)
    return "admin" in groups or bool(groups & set(stewards)) or bool({f"directory:{code}", "directory:*"} & set(rights))


def is_open(valid_from: date | None, valid_to: date | None, today: date) -> bool:
    """Both days belong to the time an item may be chosen in."""
    return (valid_from is None or valid_from <= today) and (valid_to is None or today <= valid_to)


def closed_from(valid_from: date | None, today: date) -> tuple[date | None, date]:
    """The days of an item that may not be chosen from *today* on."""
    last = today - timedelta(days=1)
    return (min(valid_from, last) if valid_from else None), last


What = Literal["added", "changed", "closed"]


@dataclass(frozen=True)
class Change:
    """What a file does to one item; `columns` are those that differ."""

    what: What
    code: str
    name: str
    columns: tuple[str, ...] = ()


def changes(
    now: Mapping[str, Item], wanted: Iterable[Item], today: date, *, close_missing: bool = False
) -> list[Change]:
    """What taking the *wanted* items in does to those there are *now*; items the file has not stay, or are closed."""
    listed = list(wanted)
    found: list[Change] = []
    for item in listed:
        before = now.get(item.code)
        if before is None:
            found.append(Change("added", item.code, _name(item)))
            continue
        if columns := _differing(before, item):
            shut = is_open(before.valid_from, before.valid_to, today) and not is_open(
                item.valid_from, item.valid_to, today
            )
            found.append(Change("closed" if shut else "changed", item.code, _name(item), columns))
    if close_missing:
        given = {item.code for item in listed}
        found += [
            Change("closed", item.code, _name(item), ("valid_to",))
            for item in now.values()
            if item.code not in given and is_open(item.valid_from, item.valid_to, today)
        ]
    return found


def _differing(before: Item, after: Item) -> tuple[str, ...]:
    own = ("parent", "custodian", "valid_from", "valid_to")
    columns = [name for name in own if getattr(before, name) != getattr(after, name)]
    named = sorted(set(before.names) | set(after.names))
    columns += [f"name_{one}" for one in named if before.names.get(one) != after.names.get(one)]
    further = sorted(set(before.data) | set(after.data))
    return (*columns, *(one for one in further if before.data.get(one) != after.data.get(one)))


def _name(item: Item) -> str:
    return next(iter(item.names.values()), item.code)


def read_directory(
    content: bytes, path: str, languages: Iterable[str] = LANGUAGES, known: Mapping[str, Item] | None = None
) -> tuple[list[Item], list[Finding]]:
    """The items of a CSV file, parents before children, with everything wrong in it; *known* items may be parents too."""
    findings: list[Finding] = []
    try:
        table = read_table(content)
    except ValueError as error:
        return [], [Finding(UNREADABLE, file=path, params={"reason": str(error)})]
    if "code" not in table.columns:
        return [], [Finding(NO_COLUMN, file=path, line=1, params={"column": "code"})]
    items: dict[str, Item] = {}
    places: dict[str, int] = {}
    for at, line in table.rows:
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
        items[item.code], places[item.code] = item, at
    whole = {**(known or {}), **items}
    hung = {code: _hung(item, whole) if code in items else item for code, item in whole.items()}
    ordered = _ordered(hung, path, findings, places)
    return [item for item in ordered if item.code in items], findings


def _item(text: Mapping[str, str], path: str, at: int, findings: list[Finding]) -> Item | None:
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
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        findings.append(Finding(BACKWARDS, file=path, element=code, line=at, params={"code": code}))
    for column, value in text.items():
        if len(value) > LONGEST_TEXT:
            params = {"code": code, "column": column, "most": LONGEST_TEXT}
            findings.append(Finding(TOO_LONG, file=path, element=code, line=at, params=params))
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
    """An empty parent is read from the code: `01.02` hangs under `01` when that exists; `/` says the top."""
    above = item.code.rpartition(".")[0]
    if item.parent == TOP:
        return replace(item, parent=None)
    if item.parent is None and above in items:
        return replace(item, parent=above)
    return item


def _ordered(items: Mapping[str, Item], path: str, findings: list[Finding], places: Mapping[str, int]) -> list[Item]:
    ordered: dict[str, Item] = {}
    waiting = dict(items)
    for level in range(len(items) + 1):
        ready = [code for code, item in waiting.items() if item.parent is None or item.parent in ordered]
        if not ready:
            break
        if level == DEEPEST:
            params = {"code": ready[0], "most": DEEPEST}
            findings.append(Finding(TOO_DEEP, file=path, element=ready[0], line=places.get(ready[0]), params=params))
        for code in ready:
            ordered[code] = waiting.pop(code)
    for code, item in waiting.items():
        broken, params = (CYCLE, {"code": code})
        if item.parent not in items:
            broken, params = (NO_PARENT, {"code": code, "parent": str(item.parent)})
        findings.append(Finding(broken, file=path, element=code, line=places.get(code), params=params))
    return list(ordered.values())


def write_directory(items: Iterable[Item]) -> bytes:
    """The CSV of a directory; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    listed = list(items)
    further = sorted({name for item in listed for name in item.data})
    used = {name for item in listed for name in item.names}
    languages = [*(one for one in LANGUAGES if one in used), *sorted(used - set(LANGUAGES))]
    columns = ["code", "parent", *(f"name_{one}" for one in languages), "custodian", *further, "valid_from", "valid_to"]
    codes = {item.code for item in listed}
    return write_table(columns, (_cells(item, languages, further, codes) for item in listed))


def _cells(item: Item, languages: Iterable[str], further: Iterable[str], codes: set[str]) -> list[str]:
    parent = item.parent or (TOP if item.code.rpartition(".")[0] in codes else "")
    days = [day.isoformat() if day else "" for day in (item.valid_from, item.valid_to)]
    names = [item.names.get(one, "") for one in languages]
    rest = [item.data.get(one, "") for one in further]
    return [item.code, parent, *names, item.custodian or "", *rest, *days]


CODE = re.compile(r"[^\s/'\"=+@-][^\s/'\"]{0,63}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")
_CUSTODIAN = re.compile(r"(user|unit|group):\S{1,64}\Z|\S{1,64}\Z")


@dataclass(frozen=True)
class ItemFacts:
    """What is typed about an item. `owner` is organisation, me, or the code of a unit; `place` counts from 1."""

    names: Mapping[str, str]
    parent: str | None = None
    custodian: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    place: int | None = None


def checked_facts(facts: ItemFacts) -> ItemFacts:
    """The facts, trimmed. Raises Invalid with fields `name_<language>`, `valid_to`, `custodian`, `data.<column>`."""
    names = {language: " ".join(text.split()) for language, text in facts.names.items()}
    data = {column: text.strip() for column, text in facts.data.items()}
    wrong: dict[str, tuple[str, dict[str, object]]] = {}
    if not any(names.values()):
        wrong[f"name_{next(iter(names), LANGUAGES[0])}"] = ("required", {})
    texts = {f"name_{one}": text for one, text in names.items()} | {f"data.{one}": text for one, text in data.items()}
    for key, text in texts.items():
        if len(text) > LONGEST_TEXT:
            wrong[key] = ("too-long", {"most": LONGEST_TEXT, "length": len(text)})
        elif _CONTROL.search(text):
            wrong[key] = ("control-characters", {})
    if facts.valid_from and facts.valid_to and facts.valid_to < facts.valid_from:
        wrong["valid_to"] = ("ends-before-it-begins", {})
    if facts.custodian and not _CUSTODIAN.match(facts.custodian):
        wrong["custodian"] = ("not-a-choice", {})
    if wrong:
        raise Invalid("directory-refused", wrong)
    return replace(
        facts,
        names={language: text for language, text in names.items() if text},
        data={column: text for column, text in data.items() if text},
    )


def checked_code(typed: str) -> str:
    """Raises Invalid beside `code` for one that cannot be an item's code."""
    code = typed.strip()
    if not CODE.match(code) or _CONTROL.search(code):
        raise Invalid("directory-refused", {"code": ("item-code-characters", {"most": LONGEST_CODE})})
    return code
