"""`chancery migration …`: running instances taken over to another version of their process, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotFound
from engine.runtime.commands.migration import plan_to_json
from services.accounts.actors import INSTALLER
from services.office import Office
from services.processes.migrate_instances import (
    PlanPage,
    begin_migration,
    migrations,
    one_migration,
    pause,
    plan_page,
    resume,
    revert,
    try_migration,
    versions,
)
from webui.command_line import opened_office, out, said

migration = typer.Typer(no_args_is_help=True, help="Take running instances over to another version of their process.")
Old = Annotated[str, typer.Argument(help="The version they run on, as process:version.")]
New = Annotated[str, typer.Argument(help="The version they go over to.")]
PlanFile = Annotated[Path | None, typer.Option(help="A plan as `plan` printed it; else the generated one.")]
Ref = Annotated[str, typer.Argument(help="The migration's reference, as begin printed it.")]


@migration.command("versions")
def list_versions() -> None:
    """Every version of every process, and how many instances run on it."""
    table = Table("version", "name", "solution", "running")
    with opened_office() as office, office.database.reading() as session:
        for one in versions(session, INSTALLER):
            table.add_row(f"{one.key}:{one.version}", one.name, one.solution, str(one.running))
    out.print(table)


@migration.command("plan")
def plan(source: Old, target: New, file: PlanFile = None) -> None:
    """Print a plan as JSON, to be kept and edited; the exit code is 1 when it cannot be carried out."""
    with opened_office() as office, office.database.reading() as session:
        page = _planned(office, session, source, target, file)
    typer.echo(json.dumps(plan_to_json(page.plan), ensure_ascii=False, indent=1))
    _refused("", page.refusals, to_error=True)
    raise typer.Exit(int(bool(page.refusals)))


@migration.command("try")
def try_(
    source: Old,
    target: New,
    file: PlanFile = None,
    instance: Annotated[list[str] | None, typer.Option(help="Only this instance; may be repeated.")] = None,
) -> None:
    """Say what would become of the instances, of which nothing is written; the exit code is 1 when one would stay."""
    with opened_office() as office, office.database.reading() as session:
        page = _planned(office, session, source, target, file)
        _refused("", page.refusals)
        if page.refusals:
            raise typer.Exit(1)
        tried = try_migration(office, session, INSTALLER, page, instance)
    out.print(f"{tried.would} of {tried.looked} instances looked at would go over")
    for ref, why in tried.refused:
        _refused(ref, why)
    raise typer.Exit(int(bool(tried.refused)))


@migration.command("begin")
def begin(
    source: Old,
    target: New,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    file: PlanFile = None,
    instance: Annotated[list[str] | None, typer.Option(help="Only this instance; may be repeated.")] = None,
) -> None:
    """Begin; a worker takes one instance after the other over. Prints the migration's reference."""
    with opened_office() as office:
        with office.database.reading() as session:
            page = _planned(office, session, source, target, file)
        ids = page.source.id, page.target.id
        typer.echo(begin_migration(office, INSTALLER, *ids, page.plan, reason=reason[:500], refs=instance or None))


@migration.command("list")
def list_() -> None:
    """The newest migrations and how far they are."""
    with opened_office() as office, office.database.reading() as session:
        for row in migrations(session, INSTALLER):
            counted = ", ".join(f"{state} {count}" for state, count in row.counts.items() if count)
            typer.echo(f"{row.ref} {row.key}:{row.source} → {row.target} {row.state} ({counted}): {row.reason}")


@migration.command("show")
def show(ref: Ref) -> None:
    """Its instances: what became of each, and why some were refused."""
    with opened_office() as office, office.database.reading() as session:
        row = one_migration(session, INSTALLER, ref)
    out.print(f"{row.key}:{row.source} → {row.target}, {row.state}: {json.dumps(row.counts)}", markup=False)
    for item in row.items:
        back = ", can be taken back" if item.can_go_back else ""
        out.print(f"{item.id} {item.ref} {item.state}{back}", markup=False)
        _refused("", item.refusals)


@migration.command("pause")
def pause_(ref: Ref) -> None:
    """Stop before the next instance."""
    with opened_office() as office:
        pause(office, INSTALLER, ref)


@migration.command("resume")
def resume_(ref: Ref) -> None:
    """Go on."""
    with opened_office() as office:
        resume(office, INSTALLER, ref)


@migration.command("revert")
def revert_(
    ref: Ref, number: Annotated[int, typer.Argument(help="The instance's number, as `show` printed it.")]
) -> None:
    """Take one instance back as it was, as long as nothing has happened in it since."""
    with opened_office() as office:
        revert(office, INSTALLER, ref, number)


def _planned(office: Office, session: Session, source: str, target: str, file: Path | None) -> PlanPage:
    known = {f"{one.key}:{one.version}": one.id for one in versions(session, INSTALLER)}
    for word in (source, target):
        if word not in known:
            raise NotFound("definition-not-found", key=word)
    return plan_page(office, session, INSTALLER, known[source], known[target], None if file is None else _read(file))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise Invalid("migrate-plan-unreadable") from wrong


def _refused(ref: str, why: Iterable[Mapping[str, str]], *, to_error: bool = False) -> None:
    for one in why:
        words = said(one["code"], {"element": one["element"], "to": one["to"], "instance": ref, "at": ""})
        typer.echo(f"{ref + ' ' if ref else ''}{one['element'] or '-'}: {one['code']}: {words}", err=to_error)
