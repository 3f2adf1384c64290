"""Printed forms are read at deploy: a template that cannot be opened or names what no letter has is found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from engine.deployment.bundle import Bundle
from engine.errors import Invalid, ScriptFailed, SolutionError
from engine.findings import Finding, rule
from services.printing.context import undocumented
from services.printing.fill import undeclared_variables
from services.solutions.check import read_solution

if TYPE_CHECKING:
    from services.office import Parts

UNREADABLE = rule(
    "template-unreadable", "The printed form cannot be opened: {reason}.", "Save it again as DOCX in a word processor."
)
BROKEN = rule(
    "template-broken", "The printed form cannot be read: {reason}.", "Mend the marks {{{{ }}}} and {{% %}} in it."
)
UNKNOWN_NAME = rule(
    "template-name-unknown",
    "The printed form names «{name}», which no letter has.",
    "Use names of the help page on printed forms, or fields of the card (card.<field>).",
)


def check_templates(office: Parts) -> Callable[[Bundle], Iterable[Finding]]:
    """A checker for the engine's deployment."""

    def check(bundle: Bundle) -> Iterator[Finding]:
        templates = list(bundle.of_kind("docx"))
        if not templates:
            return
        types = read_solution(bundle).card_types
        fields = {key for one in types.values() for key in one.by_key}
        for path, content in templates:
            yield from _findings(office, path, content, fields)

    return check


def _findings(office: Parts, path: str, content: bytes, fields: set[str]) -> Iterator[Finding]:
    try:
        names = undeclared_variables(office, content)
    except SolutionError as error:
        yield Finding(
            BROKEN, file=path, element=_named(path), params={"reason": error.params.get("reason", error.code)}
        )
    except (Invalid, ScriptFailed) as error:
        yield Finding(UNREADABLE, file=path, element=_named(path), params={"reason": error.code})
    else:
        for name in sorted(undocumented(names, fields)):
            yield Finding(UNKNOWN_NAME, file=path, element=name, params={"name": name})


def _named(path: str) -> str:
    """A printed form's name is its file's without the ending."""
    return path.rpartition("/")[2].removesuffix(".docx")
