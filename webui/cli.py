"""`chancery`: every command of the product. A command reads settings, calls one use case and prints what came of it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import engine
import services
import webui
from engine.errors import ChanceryError, Invalid, SolutionError
from engine.findings import Finding, has_errors
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.accounts.memberships import set_active
from services.accounts.queries import find_people, tokens
from services.accounts.revoke_token import revoke_token
from services.accounts.rules import ENGINE
from services.bootstrap import Office
from services.settings import Settings
from services.solutions import folders
from services.solutions.check import read_solution
from services.solutions.deploy_solution import check_solution, deploy_solution
from services.solutions.export_solution import solution_files
from services.solutions.load_demo import load_demo
from services.solutions.play_scenario import play_scenario
from services.upkeep.chores import do_chores
from services.upkeep.migrate import migrate as bring_up_to_date
from services.worker.draining import working
from webui import person_commands, upkeep_commands
from webui.app import create_app
from webui.command_line import COULD_NOT, err, opened_office, out, say_error
from webui.decide_command import decide
from webui.demo import command as road
from webui.instance_commands import instance
from webui.migration_commands import migration
from webui.server import serve

DEMO_PASSWORD = "chancery-demo"  # noqa: S105 - of a demo organisation, which is made on loopback only
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The chancery.")
user = typer.Typer(no_args_is_help=True, help="Accounts.")
app.add_typer(user, name="user")
token = typer.Typer(no_args_is_help=True, help="Keys of machines to the REST interfaces.")
app.add_typer(token, name="token")
app.add_typer(instance, name="instance")
app.add_typer(migration, name="migration")

ClockFile = Annotated[
    Path | None, typer.Option(help="A file that says what time it is; only on loopback, for acceptance programs.")
]


@app.command()
def run(
    with_demo: Annotated[
        bool, typer.Option("--demo", help="Make the demo organisation first, if it is not there.")
    ] = False,
    clock_file: ClockFile = None,
) -> None:
    """Web and worker in one process."""
    with opened_office(clock_file) as office:
        if with_demo:
            make_demo(office)
        poll = office.settings.worker_poll_seconds
        with working(office.engine, poll, partial(do_chores, office)), _announcing(office):
            _serve(office)


@app.command()
def web(clock_file: ClockFile = None) -> None:
    """Web only; workers run elsewhere."""
    with opened_office(clock_file) as office, _announcing(office):
        _serve(office)


@app.command()
def worker(clock_file: ClockFile = None) -> None:
    """A worker only: does jobs until told to end."""
    from services.worker.process import work_forever

    with opened_office(clock_file) as office:
        settings = office.settings
        poll, chores = settings.worker_poll_seconds, partial(do_chores, office)
        work_forever(office.engine, redis_url=settings.redis_url, poll=poll, beside=chores)


@app.command()
def migrate() -> None:
    """Bring the database up to date; every start does this by itself."""
    settings = Settings.from_environment()
    out.print(f"The database is at revision {bring_up_to_date(settings.database_url)}")


@app.command()
def check(
    slugs: Annotated[list[str] | None, typer.Argument(help="Solutions; all on disk when none is named.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Folder with processes, forms and templates_docx.")] = None,
) -> None:
    """Say everything that is wrong with solutions on disk; the exit code is 1 when one would be refused."""
    refused = False
    with opened_office() as office:
        root = folder or office.settings.solutions_dir
        for slug in slugs or folders.slugs(root):
            findings = check_solution(office, folders.read_folder(root, slug))
            refused = refused or has_errors(findings)
            _print_findings(slug, findings)
    raise typer.Exit(int(refused))


@app.command()
def deploy(
    slug: str,
    folder: Annotated[Path | None, typer.Option(help="Folder with processes, forms and templates_docx.")] = None,
    note: Annotated[str, typer.Option(help="What is new, for the list of versions.")] = "",
) -> None:
    """Deploy a solution from disk, whole or not at all."""
    with opened_office() as office:
        bundle = folders.read_folder(folder or office.settings.solutions_dir, slug)
        result = deploy_solution(office, INSTALLER, bundle, note=note)
    _print_findings(slug, result.findings)
    if result.deployment_id is None:
        raise typer.Exit(1)
    out.print(f"{slug}: version {result.version}" + (" was there already" if result.unchanged else " is deployed"))


@app.command()
def export(
    slug: str,
    into: Annotated[Path, typer.Option(help="Folder to write processes, forms and templates_docx into.")],
    version: Annotated[int | None, typer.Option(help="A version; the latest when left out.")] = None,
) -> None:
    """Write a deployed solution's files, byte for byte as they were given."""
    with opened_office() as office, office.database.reading() as session:
        written = folders.write_folder(into, slug, solution_files(session, slug, version))
    out.print(f"{slug}: {len(written)} files in {into}")


app.command()(decide)
app.command()(person_commands.erase)
app.add_typer(person_commands.person, name="person")
for command in ("verify", "scrub", "prune", "backup", "restore", "upgrade"):
    app.command()(getattr(upkeep_commands, command))


@app.command()
def demo(
    play: Annotated[
        bool, typer.Option("--play", help="Play the road of a solution at the pages of a server of its own.")
    ] = False,
    solution: Annotated[str | None, typer.Option(help="Which solution; the first with a road when left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    out: Annotated[Path | None, typer.Option(help="A folder for the reply.", file_okay=False)] = None,
) -> None:
    """Make the demo organisation in the data folder; with --play: a fresh one whose road is played over HTTP."""
    if not play:
        with opened_office() as office:
            make_demo(office)
        return
    settings = Settings.from_environment()
    slug = solution or road.first_with_a_road(settings.solutions_dir)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    result = road.play_road(settings.solutions_dir, slug, DEMO_PASSWORD, os.environ, out)
    if as_json:
        typer.echo(road.json_of(result))
    else:
        for name, value in result.items():
            out_line = value if isinstance(value, str) else road.json_of(value)
            typer.echo(f"{name}: {out_line}")


@app.command()
def play(
    slug: Annotated[str, typer.Argument(help="A solution on disk.")],
    scenario: Annotated[
        str | None, typer.Argument(help="Its file, scenarios/….toml; all of them when left out.")
    ] = None,
) -> None:
    """Play scenarios on the real engine with a clock of their own; nothing of the office's data is touched."""
    settings = Settings.from_environment()
    bundle = folders.read_folder(settings.solutions_dir, slug)
    told = [scenario] if scenario else sorted(path for path in bundle.files if path.startswith("scenarios/"))
    failed = 0
    for path in told:
        _read, story = road.story_of(settings.solutions_dir, slug, path)
        with tempfile.TemporaryDirectory(prefix="chancery-scenario-") as folder:
            played = play_scenario(bundle, story, Path(folder))
        failed += not played.passed
        typer.echo(f"{'as told' if played.passed else 'OTHERWISE'}: {story.title}")
        for mismatch in played.mismatches:
            typer.echo(
                f"  step {mismatch.step or 'end'}: {mismatch.what}: {mismatch.expected!r} told, {mismatch.found!r} found"
            )
    if failed:
        raise typer.Exit(1)


@app.command()
def init(
    login: Annotated[str, typer.Option(prompt="Sign-in name of the administrator")],
    name: Annotated[str, typer.Option(prompt="Full name")],
) -> None:
    """Make the tables and the first administrator; prints the first password."""
    with opened_office() as office:
        _print_new(office, NewAccount(login=login, name=name, is_admin=True, password=secrets.token_urlsafe(9)))


@user.command("add")
def user_add(
    login: str,
    name: str,
    group: Annotated[list[str] | None, typer.Option(help="A group; may be repeated.")] = None,
    unit: str | None = None,
    mail: str | None = None,
    admin: Annotated[bool, typer.Option("--admin", help="An administrator.")] = False,
    machine: Annotated[
        bool, typer.Option("--machine", help="A program: may use /engine-rest, gets a token instead of a password.")
    ] = False,
) -> None:
    """Make an account; prints its first password, or a machine's token."""
    new = NewAccount(
        login=login,
        name=name,
        mail=mail,
        unit=unit,
        groups=tuple(group or ()),
        roles=(ENGINE,) if machine else (),
        password=None if machine else secrets.token_urlsafe(9),
        must_change_password=not machine,
        is_admin=admin,
    )
    with opened_office() as office:
        if not machine:
            _print_new(office, new)
            return
        create_account(office, INSTALLER, new)
        _print_token(office, login, name, 365)


@user.command("shut")
def user_shut(login: str) -> None:
    """Shut an account out: it cannot sign in, its sessions end."""
    with opened_office() as office:
        set_active(office, INSTALLER, login, False)


@user.command("open")
def user_open(login: str) -> None:
    """Let an account in again."""
    with opened_office() as office:
        set_active(office, INSTALLER, login, True)


@token.command("issue")
def token_issue(
    login: str,
    name: Annotated[str, typer.Argument(help="Which machine or program it is for.")],
    days: Annotated[int, typer.Option(help="How long it works.")] = 365,
) -> None:
    """Make a token that acts as an account; it is shown this once."""
    with opened_office() as office:
        _print_token(office, login, name, days)


@token.command("list")
def token_list(
    login: Annotated[str | None, typer.Argument(help="An account; all of them when left out.")] = None,
) -> None:
    """Every token with its number, account, name, end and last use."""
    with opened_office() as office, office.database.reading() as session:
        for one in tokens(session, login):
            state = "revoked" if one.revoked_at else f"until {one.ends_at:%Y-%m-%d}"
            seen = f"{one.seen_at:%Y-%m-%d %H:%M} UTC" if one.seen_at else "never"
            out.print(f"{one.id:>4} {one.login:<20} {one.name:<30} {state:<16} used {seen}", markup=False)


@token.command("revoke")
def token_revoke(number: Annotated[int, typer.Argument(help="Its number in the list.")]) -> None:
    """Take a token away; it opens nothing from this moment."""
    with opened_office() as office:
        revoke_token(office, INSTALLER, number)


def _print_token(office: Office, login: str, name: str, days: int) -> None:
    issued = issue_token(office, INSTALLER, login, name, days=days)
    out.print(f"{issued.token}", markup=False, soft_wrap=True)
    err.print(f"Token {issued.id} of {login}, until {issued.ends_at:%Y-%m-%d}. It is not shown again.", markup=False)


def _print_new(office: Office, new: NewAccount) -> None:
    create_account(office, INSTALLER, new)
    out.print(f"{new.login}: first password {new.password}")


def make_demo(office: Office) -> None:
    """The demo organisation: every solution on disk deployed, its people and units; what is there already stays."""
    settings = office.settings
    if not settings.is_loopback:
        raise Invalid("demo-not-loopback", host=settings.host)
    for slug in folders.slugs(settings.solutions_dir):
        bundle = folders.read_folder(settings.solutions_dir, slug)
        result = deploy_solution(office, INSTALLER, bundle)
        if result.deployment_id is None:
            raise SolutionError("solution-refused", result.findings, slug=slug)
        manifest = read_solution(bundle).manifest
        demo = manifest.demo
        if manifest.portal:
            out.print(f"Portal: {settings.base_url}/p/{manifest.portal.slug}")
        if "units" in demo and "accounts" in demo:
            units, accounts = bundle.files[demo["units"]], bundle.files[demo["accounts"]]
            policies = bundle.files.get(demo.get("policies", ""), b"")
            load_demo(office, INSTALLER, units, accounts, DEMO_PASSWORD, policies)
    _print_people(office)


def _print_people(office: Office) -> None:
    with office.database.reading() as session:
        people = find_people(session, limit=200)
    out.print(f"Demo accounts, all with the password [bold]{DEMO_PASSWORD}[/bold]:")
    for person in people:
        out.print(f"  {person.login:<12} {person.post or person.name}")


def _print_findings(slug: str, findings: Sequence[Finding]) -> None:
    for found in findings:
        place = found.file + (f":{found.line}" if found.line else "") + (f" {found.element}" if found.element else "")
        out.print(
            f"{slug}: {found.severity}: {place}: {found.code}: {found.reason} {found.remedy}",
            markup=False,
            soft_wrap=True,
        )
    if not findings:
        out.print(f"{slug}: nothing is wrong", markup=False, soft_wrap=True)


@contextlib.contextmanager
def _announcing(office: Office) -> Iterator[None]:
    """With Redis, what is committed here is announced to the workers elsewhere."""
    if not office.settings.redis_url:
        yield
        return
    from services.worker.announcing import announcing

    with announcing(office.engine, office.settings.redis_url):
        yield


def _serve(office: Office) -> None:
    settings = office.settings
    site = create_app(office)
    out.print(f"Chancery is at {settings.base_url}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(site, settings)


def _one_house() -> None:
    """The three packages have generic names: make sure all of them are ours."""
    homes = {Path(package.__file__ or "").resolve().parent.parent for package in (engine, services, webui)}
    if len(homes) != 1:
        err.print(f"engine, services and webui come from different places: {', '.join(map(str, homes))}")
        raise SystemExit(3)


def main() -> None:
    """The entry point: errors become sentences and an exit code."""
    _one_house()
    try:
        app()
    except ChanceryError as error:
        say_error(error)
        raise SystemExit(COULD_NOT) from None


if __name__ == "__main__":
    main()
