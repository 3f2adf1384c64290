"""`chancery instance …`: what an administrator does to one instance, from the command line."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer
from rich.table import Table

from engine.errors import Invalid
from engine.runtime.commands import Foreseen
from engine.runtime.modifying import CancelToken, Change, MoveToken, StartAfter, StartBefore
from engine.runtime.values import from_json
from services.accounts.actors import INSTALLER
from services.processes.mend import cancel_instance
from services.processes.operate import (
    edit_variables,
    foresee_modification,
    mend_incidents,
    modify_instance,
    put_to_sleep,
    restart_instances,
    standing_of,
    variables_of,
    wake_up,
)
from webui.command_line import opened_office, out

instance = typer.Typer(no_args_is_help=True, help="Steer instances: variables, sleep, place, end, second beginning.")
Ref = Annotated[str, typer.Argument(help="Its reference, as in the address of its page.")]


@instance.command("show")
def show(ref: Ref) -> None:
    """Where it stands, and its variables."""
    with opened_office() as office, office.database.reading() as session:
        view, standing = standing_of(office, session, INSTALLER, ref)
        _, texts = variables_of(session, INSTALLER, ref)
    out.print(f"{view.key} version {view.version}: {view.state}, step {view.revision}", markup=False)
    table = Table("token", "element", "kind")
    for place in standing.places:
        table.add_row(place.token, place.element, place.kind)
    out.print(table)
    for name, text in texts.items():
        out.print(f"{name} = {text}", markup=False)


@instance.command("set")
def set_(
    ref: Ref,
    values: Annotated[list[str] | None, typer.Argument(help="name=JSON, several times.")] = None,
    delete: Annotated[list[str] | None, typer.Option(help="A variable to delete; may be repeated.")] = None,
    do: Annotated[bool, typer.Option("--do", help="Write; without it only the difference is shown.")] = False,
) -> None:
    """Change variables; shows the difference first."""
    typed = dict(each.split("=", 1) for each in values or () if "=" in each)
    with opened_office() as office:
        with office.database.reading() as session:
            view, texts = variables_of(session, INSTALLER, ref)
        for name, text in typed.items():
            out.print(f"{name}: {texts.get(name, '-')} → {text}", markup=False)
        for name in delete or ():
            out.print(f"{name}: {texts.get(name, '-')} → deleted", markup=False)
        if do:
            try:
                parsed = {name: from_json(text) for name, text in typed.items()}
            except ValueError as wrong:
                raise Invalid("variable-json") from wrong
            edit_variables(office, INSTALLER, ref, parsed, delete or (), revision=view.revision)
            out.print("done")


@instance.command("suspend")
def suspend(ref: Ref) -> None:
    """Nothing happens in it until it is resumed."""
    with opened_office() as office:
        put_to_sleep(office, INSTALLER, ref)


@instance.command("resume")
def resume(ref: Ref) -> None:
    """Let it go on."""
    with opened_office() as office:
        wake_up(office, INSTALLER, ref)


@instance.command("cancel")
def cancel(ref: Ref, reason: Annotated[str, typer.Option(help="Why; kept in its history.")]) -> None:
    """End it for good."""
    with opened_office() as office:
        cancel_instance(office, INSTALLER, ref, reason)


@instance.command("modify")
def modify(
    ref: Ref,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    before: Annotated[list[str] | None, typer.Option(help="Begin this element.")] = None,
    after: Annotated[list[str] | None, typer.Option(help="Go on behind this element.")] = None,
    cancel: Annotated[list[str] | None, typer.Option(help="Take this token away.")] = None,
    move: Annotated[list[str] | None, typer.Option(help="token=element: move it there.")] = None,
    do: Annotated[bool, typer.Option("--do", help="Apply; without it only what would be is shown.")] = False,
) -> None:
    """Change where it stands, all at once."""
    changes: list[Change] = [StartBefore(each) for each in before or ()]
    changes += [StartAfter(each) for each in after or ()]
    changes += [CancelToken(each) for each in cancel or ()]
    changes += [MoveToken(*each.split("=", 1)) for each in move or () if "=" in each]
    with opened_office() as office:
        if do:
            modify_instance(office, INSTALLER, ref, changes, reason=reason)
            out.print("done")
            return
        _foreseen(foresee_modification(office, INSTALLER, ref, changes))


def _foreseen(it: Foreseen) -> None:
    """What would be, one thing a line."""
    out.print(f"before: {', '.join(f'{element} ({token})' for token, element in it.before)}", markup=False)
    out.print(f"after:  {', '.join(element for _, element in it.after) or '-'} ({it.state})", markup=False)
    for sign, things in (("+", it.comes), ("-", it.goes)):
        for one in things:
            out.print(f"{sign} {one.kind} {one.element} {one.about}".rstrip(), markup=False)
    for name, before, after in it.variables:
        out.print(f"{name}: {before or '-'} → {after or '-'}", markup=False)


@instance.command("restart")
def restart(
    refs: Annotated[list[str], typer.Argument(help="Finished instances.")],
    inputs: Annotated[Literal["first", "last"], typer.Option(help="Variables of its beginning or end.")] = "first",
) -> None:
    """Start finished instances anew; prints the new references."""
    with opened_office() as office:
        for made in restart_instances(office, INSTALLER, refs, inputs=inputs):
            out.print(made)


@instance.command("mend")
def mend(
    what: Annotated[Literal["retry", "skip", "cancel"], typer.Argument(help="What to do with each.")],
    numbers: Annotated[list[int], typer.Argument(help="Numbers of incidents, at most 100.")],
) -> None:
    """Deal with several incidents in one way; the exit code is 1 when one was refused."""
    with opened_office() as office:
        mended = mend_incidents(office, INSTALLER, what, numbers)
    typer.echo(json.dumps({"done": mended.done, "refused": dict(mended.refused)}))
    raise typer.Exit(int(bool(mended.refused)))
