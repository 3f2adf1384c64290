"""The commands of upkeep: `verify`, `scrub`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from engine.errors import Conflict
from engine.findings import Rule
from engine.store.unit_of_work import Database
from services.settings import Settings
from services.upkeep.checking import CHECKS
from services.upkeep.note_run import note_run
from services.upkeep.prepare_database import newest_revision, revision_of
from services.upkeep.scrub import ScrubReport
from services.upkeep.scrub import scrub as read_again
from services.upkeep.verify import Report
from services.upkeep.verify import verify as look_at_everything
from webui.command_line import FINDINGS, Watched, opened_office, or_could_not, out

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
SIZES = ("B", "KB", "MB", "GB", "TB")


def verify(
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be repeated.")] = None,
    as_json: AsJson = False,
    sizes_only: Annotated[
        bool, typer.Option("--sizes-only", help="Look whether files are there and of their size; do not read them.")
    ] = False,
) -> None:
    """
    Look at everything that must hold in the data, while the office works; changes nothing.

    The exit code is 0 when all is well, 1 when something was found, 2 when it could not be looked at.
    """
    with or_could_not():
        _must_be_of_today()
        with opened_office(migrate=False) as office, Watched(quiet=as_json) as watched:
            wanted = len(rule or CHECKS)

            def watch(_: Rule, done: int) -> None:
                watched("rules", done, wanted)

            report = look_at_everything(office, rule, whole_files=not sizes_only, watch=watch)
            if not rule:
                note_run(office, "verify", report.clean, broken=report.broken)
    if as_json:
        typer.echo(json.dumps(_verified(report), ensure_ascii=False))
    else:
        _print_verified(report)
    raise typer.Exit(0 if report.clean else FINDINGS)


def scrub(
    as_json: AsJson = False,
    delete_orphans: Annotated[
        bool, typer.Option("--delete-orphans", help="Delete contents older than a day that nothing names.")
    ] = False,
) -> None:
    """
    Read every file in the store again and name what is missing, changed, orphaned or never arrived.

    Nothing is deleted unless --delete-orphans says so. The exit code is 1 when a file is missing or changed.
    """
    with or_could_not():
        _must_be_of_today()
        with opened_office(migrate=False) as office, Watched(quiet=as_json) as watched:
            report = read_again(
                office,
                delete_orphans=delete_orphans,
                watch=lambda done, total: watched("files", done, total),
            )
            note_run(office, "scrub", report.clean, files=report.files, flaws=len(report.flaws))
    if as_json:
        typer.echo(json.dumps(_scrubbed(report), ensure_ascii=False))
    else:
        _print_scrubbed(report)
    raise typer.Exit(0 if report.clean else FINDINGS)


def _must_be_of_today() -> None:
    database = Database(Settings.from_environment().database_url)
    try:
        found = revision_of(database)
    finally:
        database.close()
    if found != newest_revision():
        raise Conflict("database-not-of-today", revision=found or "-", wanted=newest_revision())


def _verified(report: Report) -> dict[str, Any]:
    return {
        "clean": report.clean,
        "broken": report.broken,
        "rules": [
            {"rule": one.rule.code, "read": one.read, "broken": one.broken, "seconds": one.seconds}
            for one in report.checked
        ],
        "findings": [
            {
                "rule": one.rule.code,
                "severity": one.rule.severity,
                "object": one.object_ref,
                "params": one.params,
                "what": one.what,
                "remedy": one.remedy,
            }
            for one in report.violations
        ],
    }


def _print_verified(report: Report) -> None:
    if report.violations:
        table = Table("Rule", "Object", "What", "What to do", show_lines=True)
        for one in report.violations:
            table.add_row(one.rule.code, one.object_ref, one.what, one.remedy)
        out.print(table)
    read = sum(one.read for one in report.checked)
    seconds = sum(one.seconds for one in report.checked)
    verdict = "everything holds" if report.clean else f"{report.broken} found"
    out.print(f"{len(report.checked)} rules, {read} rows, {seconds:.1f} s: {verdict}", markup=False)


def _scrubbed(report: ScrubReport) -> dict[str, Any]:
    flaws = [{"kind": one.kind, "name": one.name, "bytes": one.size} for one in report.flaws]
    read = {"files": report.files, "bytes": report.bytes, "deleted": report.deleted}
    return {"clean": report.clean, **read, "flaws": flaws}


def _print_scrubbed(report: ScrubReport) -> None:
    if report.flaws:
        table = Table("Kind", "Name", "Size")
        for one in report.flaws:
            table.add_row(one.kind, one.name, size_of(one.size))
        out.print(table)
    deleted = f", {report.deleted} deleted" if report.deleted else ""
    verdict = "none is missing or changed" if report.clean else "some are missing or changed"
    out.print(f"{report.files} files, {size_of(report.bytes)}: {verdict}{deleted}", markup=False)


def size_of(count: float) -> str:
    """A number of bytes as people say it."""
    for unit in SIZES:
        if count < 1024 or unit == SIZES[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError("unreachable")
