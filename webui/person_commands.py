"""`chancery person find|export` and `chancery erase`: one person's data, handed out and erased."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.accounts.actors import INSTALLER
from services.cards.store_card import organisation_manner
from services.parties.queries import find_parties
from services.privacy.erase_person import erase_person
from services.privacy.export_person import as_json, export_person
from services.privacy.person import Held, held_of
from webui.command_line import opened_office, out

person = typer.Typer(no_args_is_help=True, help="People outside: found, handed out.")


@person.command("find")
def person_find(words: str) -> None:
    """References of people by name, or by a whole phone number, mail address or code."""
    with opened_office() as office, office.database.reading() as session:
        for one in find_parties(office, session, words, limit=50):
            out.print(f"{one.ref}  {one.name}  {one.mail or one.phone}", markup=False)


@person.command("export")
def person_export(
    ref: str, into: Annotated[Path, typer.Option(help="The file to write; JSON, UTF-8.", dir_okay=False)]
) -> None:
    """Write everything that is kept of a person into a file; that it was handed out is written down."""
    with opened_office() as office:
        with office.database.reading() as session:
            manner = organisation_manner(office, session)
        found = export_person(office, INSTALLER, ref, manner, form="json")
    into.write_text(as_json(found), encoding="utf-8")
    out.print(f"{ref}: {len(found.cards)} documents in {into}", markup=False)


def erase(
    ref: Annotated[str, typer.Argument(help="The person's reference, as in the address of the page.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    sure: Annotated[bool, typer.Option("--yes", help="Do it. Without it only what would go is shown.")] = False,
) -> None:
    """Erase a person for good; without --yes say what there is. The exit code is 1 while documents are under way."""
    with opened_office() as office:
        with office.database.reading() as session:
            held = held_of(office, session, INSTALLER, ref)
        _print(held)
        if held.under_way:
            raise typer.Exit(1)
        if sure:
            done = erase_person(office, INSTALLER, ref, reason)
            out.print(f"Erased: {done.values} values; {done.cards} documents speak of somebody erased now.")
        else:
            out.print("Nothing was erased. Say --yes and --reason.")


def _print(held: Held) -> None:
    out.print(f"{held.party.view.name or 'erased'}: {held.values} values, {held.cards} documents", markup=False)
    out.print(f"  files of the documents, which stay: {held.files}; letters: {held.mails}", markup=False)
    if held.under_way:
        out.print(f"  under way, so nothing is erased: {held.under_way} ({', '.join(held.names)})", markup=False)
