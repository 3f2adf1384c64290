"""
The reference: pages drawn from the code itself at every request, so that they cannot lie.

What stands in the code as an English sentence (a setting's help, a finding's reason, a command's docstring) is a message
id; `sentences` gives those gettext cannot see to the collector of the catalogues.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from typer.core import TyperArgument

from engine.findings import RULES as FINDINGS
from engine.operations import Operation, Operations
from services.fields import TYPES, FieldType
from services.policies.rules import RULES as POLICIES
from services.printing.context import DOCUMENTED
from services.settings import TABLE
from services.solutions.check import CARD_COMPONENTS
from webui.errors import FAMILIES
from webui.messages import MESSAGES


@dataclass(frozen=True)
class Line:
    """What one entry says in one line: `code` stands in the type of code, `text` follows it."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing of the code: its name, one sentence, and lines of detail."""

    name: str
    text: str
    lines: tuple[Line, ...] = ()
    mark: str = ""  # the colour of its edge: no, note, idle


@dataclass(frozen=True)
class Chapter:
    """A page of the reference."""

    title: Any
    intro: Any
    column: Any  # what the third column tells
    entries: Callable[[Operations], list[Entry]]


def _settings(_operations: Operations) -> list[Entry]:
    return [Entry(one.variable, said(one.help), _default(one.default)) for one in TABLE]


def _default(value: Any) -> tuple[Line, ...]:
    return (Line(str(value), ""),) if value not in ("", None) else ()


def _policies(_operations: Operations) -> list[Entry]:
    return [Entry(one.name, said(one.help), (*_default(one.default), *_limits(one))) for one in POLICIES.values()]


def _limits(policy: Any) -> tuple[Line, ...]:
    if policy.choices():
        return (Line(", ".join(policy.choices()), ""),)
    if isinstance(policy.default, int) and not isinstance(policy.default, bool):
        return (Line(f"{policy.low}–{policy.high}", _(policy.unit) if policy.unit else ""),)
    return ()


def _errors(_operations: Operations) -> list[Entry]:
    families = [
        Entry(one.error.__name__, str(one.title), (Line(str(one.status), str(one.text)),), "note") for one in FAMILIES
    ]
    return families + [Entry(code, _PARAMETER.sub(r"{\1}", str(text))) for code, text in sorted(MESSAGES.items())]


_PARAMETER = re.compile(r"%\((\w+)\)s")
_SEVERITIES = {"error": "no", "warning": "note", "note": "idle"}


def _findings(_operations: Operations) -> list[Entry]:
    return [
        Entry(
            code, braced(said(one.reason)), (Line(one.severity, braced(said(one.remedy))),), _SEVERITIES[one.severity]
        )
        for code, one in sorted(FINDINGS.items())
    ]


def _operations(operations: Operations) -> list[Entry]:
    return [
        Entry(name, said(one.summary), tuple(_of_operation(one))) for name, one in sorted(operations.by_name.items())
    ]


def _of_operation(one: Operation) -> Iterator[Line]:
    effects = {"database": _("In the step itself, in its transaction."), "outside": _("A job the instance waits for.")}
    yield Line(one.effect, effects[one.effect])
    for given in one.parameters:
        yield Line(f"{given.name}: {given.type}", _("input") if given.required else _("input, may be left out"))
    for name in one.outputs:
        yield Line(name, _("output"))


def _commands(_operations: Operations) -> list[Entry]:
    return [
        Entry(name, said(_first(command.help)), tuple(_of_command(command)))
        for name, command in sorted(commands().items())
    ]


def commands() -> dict[str, Any]:
    """Every command of the product by its full name, `chancery user add`."""
    from webui.cli import app  # the command line starts the site, which has this page

    return dict(_walk(typer.main.get_command(app), "chancery"))


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for word, below in getattr(command, "commands", {}).items():
        yield from _walk(below, f"{name} {word}")
    if not hasattr(command, "commands"):
        yield name, command


def _of_command(command: Any) -> Iterator[Line]:
    for given in command.params:
        told = said(_first(given.help or "")) if getattr(given, "help", "") else ""
        if isinstance(given, TyperArgument):
            yield Line((given.name or "").upper(), told)
        elif given.name != "help":
            yield Line(max(given.opts, key=len), told)


def _first(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split())


FIELD_TYPES: Mapping[str, Any] = {
    "text": _l("Words: one line, or several with multiline. Limits: min, max, in characters."),
    "rich": _l("Formatted text: headings, lists, tables, emphasis; anything else is taken out."),
    "number": _l("A number of any size, exact. Limits: min, max, decimals."),
    "money": _l(
        "An amount with its currency, exact; currency names those it takes, the first is meant when none is typed."
    ),
    "date": _l("A day, not a moment; typed and shown in the reader's calendar, Gregorian or Jalali. Limits: min, max."),
    "moment": _l("A day with its time; typed and shown in the reader's zone and calendar, kept in UTC."),
    "period": _l("From a day to a day, both included; either end may stay open."),
    "yes_no": _l("Yes or no; nothing said is a third answer while the field is not required."),
    "choice": _l(
        "One of the options, by code; their texts are card.<type>.option.<field>.<option>. Several with many."
    ),
    "person": _l("An account, kept by its sign-in name; of one group when group is said. Several with many."),
    "unit": _l("A unit of the organisation, by code; of one kind when kind is said. Several with many."),
    "party": _l("A person or organisation outside: name, phone, mail, address. A new one is entered on the spot."),
    "directory": _l("An item of a directory, by code; with leaf only items without children. Several with many."),
    "file": _l("Files of the card in the file class that kind names; at most max of them."),
    "table": _l(
        "Rows of columns, each a field of its own; their texts are card.<type>.column.<field>.<column>. "
        "Limits: min, max rows."
    ),
    "computed": _l("What formula gives in FEEL, reckoned at every save; result says which type it is."),
}


def _field_types(_operations: Operations) -> list[Entry]:
    return [
        Entry(
            name,
            str(FIELD_TYPES[name]),
            (*(Line(component, "") for component in CARD_COMPONENTS[name]), *_places(field)),
        )
        for name, field in TYPES.items()
    ]


def _places(field: FieldType) -> Iterator[Line]:
    """Where else a type may stand."""
    if field.in_tables:
        yield Line("", _("May be a column of a table."))
    if field.computable:
        yield Line("", _("May be what a formula gives."))


def _printing(_operations: Operations) -> list[Entry]:
    return [Entry(name, said(text)) for name, text in DOCUMENTED.items()]


CHAPTERS: Mapping[str, Chapter] = {
    "settings": Chapter(
        _l("Settings"),
        _l("Environment variables the server reads once at its start. A variable it does not know stops the start."),
        _l("Default"),
        _settings,
    ),
    "policies": Chapter(
        _l("Policies"),
        _l("What administrators change while the office runs; a change is in force at once."),
        _l("Default, limits"),
        _policies,
    ),
    "commands": Chapter(
        _l("Commands"),
        _l("What is typed in a terminal. make run and make setup leave the program in .venv/bin."),
        _l("Arguments and options"),
        _commands,
    ),
    "errors": Chapter(_l("Messages"), _l("What the pages and the API say, by code."), _l("Answer"), _errors),
    "findings": Chapter(
        _l("Findings"),
        _l("What the check of a solution's files can find. Errors refuse the files; warnings and notes do not."),
        _l("What to do"),
        _findings,
    ),
    "operations": Chapter(
        _l("Operations"),
        _l("What a service task of a diagram may call: camunda:topic names it, input parameters feed it."),
        _l("Inputs and outputs"),
        _operations,
    ),
    "field-types": Chapter(
        _l("Field types"),
        _l("What a field of a card may be, and the form components that show it."),
        _l("Form components"),
        _field_types,
    ),
    "printing": Chapter(
        _l("Printing"),
        _l("What a DOCX template may name between double braces."),
        _l("Notes"),
        _printing,
    ),
}


def sentences() -> Iterator[str]:
    """The English sentences of the code which the reference shows and nobody wraps in `_()`."""
    for setting in TABLE:
        yield setting.help
    yield from (one.unit for one in POLICIES.values() if one.unit.isalpha())
    yield from (text for text in DOCUMENTED.values() if text)
    for command in commands().values():
        yield _first(command.help)
        yield from (
            _first(given.help) for given in command.params if getattr(given, "help", "") and given.name != "help"
        )


def said(text: str) -> str:
    """A sentence of the code in the reader's language; an empty one stays empty."""
    return _(text) if text else ""


def braced(template: str) -> str:
    """A finding's template as a reader expects it: doubled braces are one."""
    return template.replace("{{", "{").replace("}}", "}")
