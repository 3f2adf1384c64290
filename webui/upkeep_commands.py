"""The commands of upkeep: `verify`, `scrub`, `backup`, `restore`, `upgrade`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from engine.errors import Conflict
from engine.findings import Rule
from engine.store.unit_of_work import Database
from services.settings import Settings
from services.upkeep.backup import Backup, back_up, rotate, told
from services.upkeep.checking import CHECKS
from services.upkeep.note_run import note_run
from services.upkeep.prepare_database import newest_revision, revision_of
from services.upkeep.prune import prune as prune_history
from services.upkeep.restore import restore as put_back
from services.upkeep.scrub import ScrubReport
from services.upkeep.scrub import scrub as read_again
from services.upkeep.upgrade import upgrade as bring_up
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


def backup(
    to: Annotated[
        Path | None, typer.Option(help="A folder or a .tar; backups in the data folder when left out.")
    ] = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Leave the secret key out; a restore must be given it.")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Afterwards keep so many of the newest in that folder, delete the others.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Write everything into one file, as it is at one moment, while the office works: database, files, secret key.

    Keep the file as you keep the secret key: whoever has it has everything.
    """
    with or_could_not(), opened_office(migrate=False) as office, Watched(quiet=as_json) as watched:
        began = time.perf_counter()
        made = back_up(office, to, with_key=not without_key, watch=watched)
        seconds = round(time.perf_counter() - began, 2)
        gone = rotate(made.path.parent, keep) if keep else []
        about = told(made) | {"seconds": seconds}
        if revision_of(office.database) == newest_revision():
            note_run(office, "backup", not made.lost, **about)
    if as_json:
        typer.echo(json.dumps(about | {"path": str(made.path), "deleted": len(gone), "lost_files": list(made.lost)}))
    else:
        _print_backup(made, seconds, len(gone))
    raise typer.Exit(FINDINGS if made.lost else 0)


def restore(
    archive: Annotated[Path, typer.Argument(help="The file chancery backup wrote.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """
    Restore a backup into the data folder and database of the settings, which must be empty. Sending is held.

    Nothing that was to be sent before leaves by itself; new mail waits until an administrator lets it go.
    """
    with or_could_not(), Watched(quiet=as_json) as watched:
        began = time.perf_counter()
        made = put_back(archive, watch=watched)
        seconds = round(time.perf_counter() - began, 2)
    manifest = made.manifest
    about = {"taken_at": manifest.taken_at, "files": manifest.files, "held": made.held, "seconds": seconds}
    if as_json:
        typer.echo(json.dumps(about | {"data_dir": str(made.data_dir), "revision": made.revision}))
        return
    out.print(
        f"Restored in {made.data_dir} as it was at {manifest.taken_at}: {manifest.files} files, {seconds} s",
        markup=False,
        soft_wrap=True,
    )
    out.print(f"Sending is held; {made.held} messages of before wait on the page Outgoing mail", markup=False)


def upgrade(
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Do not back up first.")] = False,
    to: Annotated[
        Path | None, typer.Option(help="Folder of the backup; backups in the data folder when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the data of an earlier release up to this one, after a backup; running cases go on with their versions."""
    with or_could_not(), opened_office(migrate=False) as office, Watched(quiet=as_json) as watched:
        done = bring_up(office, backup=not no_backup, to=to, watch=watched)
        kept = str(done.backup.path) if done.backup else None
        if done.before != done.after:
            note_run(office, "upgrade", True, before=done.before, after=done.after)
            if done.backup is not None:
                note_run(office, "backup", not done.backup.lost, **told(done.backup))
    if as_json:
        typer.echo(json.dumps({"before": done.before, "after": done.after, "backup": kept}))
    elif done.before == done.after:
        out.print(f"The database is at revision {done.after} already", markup=False)
    else:
        saved = f"; as it was: {kept}" if kept else ""
        out.print(f"The database is at revision {done.after}, it was at {done.before or '-'}{saved}", soft_wrap=True)


def _print_backup(made: Backup, seconds: float, gone: int) -> None:
    manifest = made.manifest
    out.print(f"{made.path}", markup=False, soft_wrap=True)
    out.print(
        f"{size_of(made.size)}, {manifest.files} files, revision {manifest.revision}, as of {manifest.taken_at},"
        f" {seconds} s" + (f"; {gone} older ones deleted" if gone else ""),
        markup=False,
        soft_wrap=True,
    )
    if not manifest.with_key:
        out.print("The secret key is not in it: keep CHANCERY_SECRET_KEY where you will find it.", markup=False)
    if made.lost:
        out.print(
            f"[bold]{len(made.lost)} files are missing or changed[/bold] and not in it: chancery scrub names them"
        )


def prune(
    as_json: AsJson = False,
    only_look: Annotated[bool, typer.Option("--only-look", help="Say how many it would be; change nothing.")] = False,
) -> None:
    """
    Forget the history of finished processes that outlived its time to live, and pack what is old enough.

    The time is drawn in the process or is the policy history.days; of each instance a tombstone is left.
    """
    with or_could_not():
        _must_be_of_today()
        with opened_office(migrate=False) as office, Watched(quiet=as_json) as watched:
            done = prune_history(office, only_look=only_look, watch=lambda count: watched("instances", count, count))
            if not only_look:
                note_run(office, "prune", True, pruned=done.pruned, packed=done.packed)
    if as_json:
        typer.echo(json.dumps({"pruned": done.pruned, "packed": done.packed, "changed": not only_look}))
    else:
        out.print(f"{done.pruned} pruned, {done.packed} packed" + (" (only looked)" if only_look else ""), markup=False)


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
