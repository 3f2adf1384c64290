"""An administrator makes a directory, or says how it is called, who keeps it and whose items it may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Principal
from services.accounts.rules import must_administer
from services.directories.models import Directory
from services.directories.rules import LONGEST_TEXT, SCOPES
from services.directories.tree import locked_directory, touch

if TYPE_CHECKING:
    from services.office import Parts

_CODE = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_OWN = {"code", "parent", "custodian", "valid_from", "valid_to"}


@dataclass(frozen=True)
class DirectoryFacts:
    """What is typed about a directory."""

    names: Mapping[str, str]
    scope: str = "organisation"
    stewards: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def make_directory(office: Parts, actor: Actor, code: str, facts: DirectoryFacts) -> None:
    """Make an empty directory. Raises NotAllowed, Invalid, Conflict("directory-code-taken")."""
    must_administer(actor)
    if not _CODE.match(code):
        raise Invalid("directory-refused", {"code": ("key-letters", {})})

    def act(work: UnitOfWork) -> None:
        if work.session.get(Directory, code) is not None:
            raise Conflict("directory-code-taken", value=code)
        _write(office, work, actor, locked_directory(work, code, make=True), facts, "directory.made")

    office.database.run(act)


def change_directory(office: Parts, actor: Actor, code: str, facts: DirectoryFacts, revision: int) -> None:
    """Raises NotFound, NotAllowed, Invalid, Conflict("directory-changed")."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        row = locked_directory(work, code)
        if row.revision != revision:
            raise Conflict("directory-changed")
        touch(row)
        _write(office, work, actor, row, facts, "directory.changed")

    office.database.run(act)


def _write(office: Parts, work: UnitOfWork, actor: Actor, row: Directory, facts: DirectoryFacts, action: str) -> None:
    names = {language: " ".join(text.split()) for language, text in facts.names.items() if text.strip()}
    wrong: dict[str, tuple[str, dict[str, object]]] = {}
    if not names:
        wrong["name_en"] = ("required", {})
    for language, text in names.items():
        if len(text) > LONGEST_TEXT:
            wrong[f"name_{language}"] = ("too-long", {"most": LONGEST_TEXT, "length": len(text)})
    if facts.scope not in SCOPES:
        wrong["scope"] = ("not-an-option", {})
    if bad := [one for one in facts.columns if not _COLUMN.match(one) or one in _OWN or one.startswith("name_")]:
        wrong["columns"] = ("column-letters", {"value": ", ".join(bad)})
    if missing := set(facts.stewards) - _groups(work, facts.stewards):
        wrong["stewards"] = ("no-such-group", {"value": ", ".join(sorted(missing))})
    if wrong:
        raise Invalid("directory-refused", wrong)
    row.names, row.scope = names, facts.scope
    row.stewards, row.columns = sorted(set(facts.stewards)), list(dict.fromkeys(facts.columns))
    record(
        work.session,
        actor,
        action,
        f"directory:{row.code}",
        office.clock.now(),
        scope=row.scope,
        stewards=row.stewards,
    )


def _groups(work: UnitOfWork, codes: Iterable[str]) -> set[str]:
    asked = select(Principal.code).where(Principal.kind.in_(("group", "role")), Principal.code.in_(list(codes)))
    return set(work.session.scalars(asked))
