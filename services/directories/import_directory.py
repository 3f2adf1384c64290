"""A directory comes in from CSV: items are added and changed by code; items missing from the file stay, or are closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, NotFound, SolutionError
from engine.findings import Finding, has_errors
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.directories.models import Directory, DirectoryItem
from services.directories.queries import must_keep, organisation_items
from services.directories.rules import TAKEN, Change, Item, changes, closed_from, is_open, read_directory
from services.directories.tree import follow_tree, locked_directory, organisation_day, touch

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class ImportPreview:
    """What a file would do; `revision` is the directory's, to be given back with the import itself."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    items: int
    missing: int  # open items of the directory the file has not
    revision: int

    @property
    def refused(self) -> bool:
        return has_errors(self.findings)


def preview_import(office: Parts, session: Session, actor: Actor, directory: str, content: bytes) -> ImportPreview:
    """What the file adds, changes and closes, and everything wrong in it. Raises NotFound, NotAllowed."""
    row = session.get(Directory, directory)
    if row is None:
        raise NotFound("directory-not-found")
    must_keep(office, session, actor, row)
    now = organisation_items(session, directory)
    today = organisation_day(office, session)
    wanted, findings = read_directory(content, f"{directory}.csv", (), now)
    findings += _foreign(session, directory, wanted, f"{directory}.csv")
    given = {item.code for item in wanted}
    missing = sum(
        1 for item in now.values() if item.code not in given and is_open(item.valid_from, item.valid_to, today)
    )
    return ImportPreview(tuple(changes(now, wanted, today)), tuple(findings), len(wanted), missing, row.revision)


def import_directory(
    office: Parts,
    actor: Actor,
    directory: str,
    content: bytes,
    *,
    revision: int | None = None,
    close_missing: bool = False,
) -> list[Change]:
    """
    Take a CSV file in, all of it or nothing; gives what it changed. An unknown directory is made by it (admins only).

    Raises SolutionError with findings, Conflict("directory-changed") when it is not the previewed revision any more.
    """

    def act(work: UnitOfWork) -> list[Change]:
        session = work.session
        row = locked_directory(work, directory, make="admin" in actor.roles)
        must_keep(office, session, actor, row)
        if revision is not None and revision != row.revision:
            raise Conflict("directory-changed")
        now = organisation_items(session, directory)
        wanted, findings = read_directory(content, f"{directory}.csv", (), now)
        findings += _foreign(session, directory, wanted, f"{directory}.csv")
        if has_errors(findings):
            raise SolutionError("directory-refused", tuple(findings))
        today = organisation_day(office, session)
        done = changes(now, wanted, today, close_missing=close_missing)
        touched = {change.code for change in done}
        put_items_in(work, directory, [item for item in wanted if item.code in touched])
        given = {item.code for item in wanted}
        _close(work, directory, touched - given, today)
        counts = {what: sum(one.what == what for one in done) for what in ("added", "changed", "closed")}
        if done:
            touch(row)
            record(session, actor, "directory.imported", f"directory:{directory}", office.clock.now(), **counts)
        return done

    return office.database.run(act)


def _foreign(session: Session, directory: str, wanted: Iterable[Item], path: str) -> list[Finding]:
    """Codes that belong to somebody's own items cannot be taken by a file."""
    asked = select(DirectoryItem.code).where(
        DirectoryItem.directory == directory,
        DirectoryItem.account_id.is_not(None) | DirectoryItem.unit_id.is_not(None),
    )
    taken = set(session.scalars(asked))
    return [
        Finding(TAKEN, file=path, element=item.code, params={"code": item.code})
        for item in wanted
        if item.code in taken
    ]


def seed_directory_in(
    work: UnitOfWork,
    directory: str,
    items: Iterable[Item],
    *,
    names: Mapping[str, str] | None = None,
    solution: str | None = None,
    scope: str = "organisation",
    stewards: Iterable[str] = (),
) -> bool:
    """Make a directory that is not there and fill one that is empty; True when it filled. Once seeded it is data."""
    row = locked_directory(work, directory, make=True)
    if row.solution is None and solution is not None:
        row.solution, row.scope, row.stewards = solution, scope, sorted(stewards)
        row.names = dict(names or {}) | dict(row.names or {})
    asked = select(func.count()).select_from(DirectoryItem).where(DirectoryItem.directory == directory)
    if work.session.scalar(asked):
        return False
    put_items_in(work, directory, items)
    return True


def put_items_in(work: UnitOfWork, directory: str, items: Iterable[Item]) -> None:
    """Add or change items, parents before children; the rest of the tree follows: paths, levels, words, leaves."""
    session = work.session
    known = {row.code: row for row in session.scalars(select(DirectoryItem).filter_by(directory=directory))}
    last = max((int(row.sort) for row in known.values() if row.sort.isdigit()), default=-1)
    parents: dict[str, str | None] = {}
    for item in items:
        row = known.get(item.code)
        if row is None:
            last += 1
            row = DirectoryItem(directory=directory, code=item.code, sort=f"{last:08}", search_norm="", revision=0)
            session.add(row)
            known[item.code] = row
        row.names, row.data, row.custodian = dict(item.names), dict(item.data), item.custodian
        row.valid_from, row.valid_to = item.valid_from, item.valid_to
        row.revision += 1
        parents[item.code] = item.parent
    session.flush()  # ids: the tree is written with them
    for code, above in parents.items():
        known[code].parent_id = known[above].id if above else None
    follow_tree(known.values())
    _follow_columns(work, directory, known.values())


def _close(work: UnitOfWork, directory: str, codes: set[str], today: date) -> None:
    for row in work.session.scalars(
        select(DirectoryItem).where(DirectoryItem.directory == directory, DirectoryItem.code.in_(codes))
    ):
        row.valid_from, row.valid_to = closed_from(row.valid_from, today)
        row.revision += 1


def _follow_columns(work: UnitOfWork, directory: str, rows: Iterable[DirectoryItem]) -> None:
    row = work.session.get_one(Directory, directory)
    further = {name for item in rows for name in (item.data or {})}
    if further - set(row.columns or ()):
        row.columns = [*(row.columns or ()), *sorted(further - set(row.columns or ()))]
