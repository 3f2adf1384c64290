"""Units come in from CSV (`code,parent,kind,name_<language>…,head`): looked at first, then taken whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import SolutionError
from engine.findings import Finding, has_errors, rule
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.queries import logins
from services.accounts.rules import must_administer
from services.directories.rules import Change, Item, changes, read_directory
from services.organisation.units import add_unit_in, move_unit_in, set_head_in, unit_by_code, units

if TYPE_CHECKING:
    from services.office import Parts

NO_HEAD = rule("units-head-unknown", "«{code}»: nobody signs in as «{head}».", "Correct the head or leave it empty.")
PATH = "units.csv"


@dataclass(frozen=True)
class FilePreview:
    """What a file of units or people would do, and everything wrong in it."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return has_errors(self.findings)


def preview_units(office: Parts, session: Session, actor: Actor, content: bytes) -> FilePreview:
    """Raises NotAllowed("admin-only")."""
    must_administer(actor)
    wanted, now, findings = _read(session, content)
    return FilePreview(tuple(changes(now, wanted, office.clock.now().date())), tuple(findings))


def import_units(office: Parts, actor: Actor, content: bytes) -> list[Change]:
    """Add and change units by code; the ones the file has not stay. Raises NotAllowed, SolutionError with findings."""
    must_administer(actor)

    def act(work: UnitOfWork) -> list[Change]:
        session = work.session
        wanted, now, findings = _read(session, content)
        if has_errors(findings):
            raise SolutionError("file-refused", tuple(findings))
        done = changes(now, wanted, office.clock.now().date())
        touched = {change.code for change in done}
        heads = logins(session, {item.data.get("head", "") for item in wanted})
        for item in wanted:
            if item.code in touched:
                _put(office, work, actor, item, now.get(item.code), heads)
        if done:
            record(session, actor, "units.imported", "units", office.clock.now(), count=len(done))
        return done

    return office.database.run(act)


def _read(session: Session, content: bytes) -> tuple[list[Item], dict[str, Item], list[Finding]]:
    now = {
        unit.code: Item(unit.code, unit.parent, unit.names, data=_data(unit.kind, unit.head)) for unit in units(session)
    }
    read, findings = read_directory(content, PATH, (), now)
    wanted = [replace(item, custodian=None, data=_data(item.data.get("kind"), item.data.get("head"))) for item in read]
    known = logins(session, {item.data.get("head", "") for item in wanted})
    for item in wanted:
        head = item.data.get("head")
        if head and head not in known:
            findings.append(Finding(NO_HEAD, file=PATH, element=item.code, params={"code": item.code, "head": head}))
    return wanted, now, findings


def _data(kind: str | None, head: str | None) -> dict[str, str]:
    return {"kind": kind or "department"} | ({"head": head.casefold()} if head else {})


def _put(
    office: Parts, work: UnitOfWork, actor: Actor, item: Item, before: Item | None, heads: Mapping[str, int]
) -> None:
    kind = item.data["kind"]
    if before is None:
        unit = add_unit_in(office, work, actor, item.code, item.names, parent=item.parent, kind=kind)
    else:
        unit = unit_by_code(work.session, item.code)
        unit.names, unit.kind = dict(item.names), kind
        unit.revision += 1
        if item.parent != before.parent:
            move_unit_in(office, work, actor, item.code, item.parent)
    set_head_in(work, unit, heads.get(item.data.get("head", "")))
