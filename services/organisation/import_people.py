"""
People come in from CSV (`login,name,post,unit,groups,mail,locale`): looked at first, then taken whole or not at all.

A new account has no password: its owner sets the first one by a link sent to the mail address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import SolutionError
from engine.findings import Finding, Rule, has_errors, rule
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.create_account import NewAccount, create_account_in
from services.accounts.memberships import set_groups_in
from services.accounts.models import Account, Principal
from services.accounts.queries import groups_of
from services.accounts.rules import LOGIN, login_of, must_administer
from services.csv_tables import read_table
from services.directories.rules import Change
from services.organisation.appoint import appoint_in
from services.organisation.import_units import FilePreview
from services.organisation.models import Unit
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts

UNREADABLE = rule(
    "people-unreadable", "The list is not a CSV file with the column login: {reason}.", "Save it as CSV in UTF-8."
)
BAD_LOGIN = rule("people-login", "«{login}» cannot be a sign-in name.", "Use small Latin letters, digits, dot, dash.")
TWICE = rule("people-twice", "«{login}» stands in the list twice.", "Keep one of the lines.")
NO_NAME = rule("people-name", "«{login}» has no name, or one of more than {most} characters.", "Fill in the name.")
NO_UNIT = rule("people-unit", "«{login}»: there is no unit «{unit}».", "Import the units first or correct the code.")
NO_GROUP = rule("people-group", "«{login}»: there is no group «{group}».", "Correct the code of the group.")

PATH = "people.csv"
LONGEST = 200
LOCALES = ("", "ru", "en", "fa")


@dataclass(frozen=True)
class PersonLine:
    """One line; a column the file has not is None: it stays as it is."""

    login: str
    name: str
    post: str | None = None
    unit: str | None = None
    groups: frozenset[str] | None = None
    mail: str | None = None
    locale: str | None = None


def preview_people(office: Parts, session: Session, actor: Actor, content: bytes) -> FilePreview:
    """Raises NotAllowed("admin-only")."""
    must_administer(actor)
    lines, findings = read_people(session, content)
    return FilePreview(tuple(_changes(_now(session, lines), lines)), tuple(findings))


def import_people(office: Parts, actor: Actor, content: bytes) -> list[Change]:
    """Add and change people by sign-in name; the others stay. Raises NotAllowed, SolutionError with findings."""
    must_administer(actor)

    def act(work: UnitOfWork) -> list[Change]:
        session = work.session
        lines, findings = read_people(session, content)
        if has_errors(findings):
            raise SolutionError("file-refused", tuple(findings))
        now = _now(session, lines)
        done = _changes(now, lines)
        touched = {change.code: change for change in done}
        for line in lines:
            if line.login in touched:
                _put(office, work, actor, line, touched[line.login])
        if done:
            record(session, actor, "people.imported", "accounts", office.clock.now(), count=len(done))
        return done

    return office.database.run(act)


def read_people(session: Session, content: bytes) -> tuple[list[PersonLine], list[Finding]]:
    """The lines of the file with everything wrong in it, at the line."""
    try:
        table = read_table(content)
    except ValueError as error:
        return [], [Finding(UNREADABLE, file=PATH, params={"reason": str(error)})]
    if "login" not in table.columns:
        return [], [Finding(UNREADABLE, file=PATH, line=1, params={"reason": ", ".join(table.columns)})]
    known_units = set(session.scalars(select(Unit.code)))
    known_groups = set(session.scalars(select(Principal.code).where(Principal.kind == "group")))
    findings: list[Finding] = []
    lines: dict[str, PersonLine] = {}
    for at, row in table.rows:

        def say(broken: Rule, at: int = at, **params: object) -> None:
            findings.append(Finding(broken, file=PATH, line=at, params=params))

        login = login_of(row.get("login", ""))
        if not LOGIN.match(login):
            say(BAD_LOGIN, login=login[:64])
            continue
        if login in lines:
            say(TWICE, login=login)
        name = " ".join(row.get("name", "").split())
        if not name or len(name) > LONGEST:
            say(NO_NAME, login=login, most=LONGEST)
        unit = row.get("unit")
        if unit and unit not in known_units:
            say(NO_UNIT, login=login, unit=unit)
        groups = frozenset(row["groups"].split()) if "groups" in row else None
        for group in sorted((groups or frozenset()) - known_groups):
            say(NO_GROUP, login=login, group=group)
        lines[login] = PersonLine(login, name, row.get("post"), unit, groups, row.get("mail"), row.get("locale"))
    return list(lines.values()), findings


def _now(session: Session, lines: list[PersonLine]) -> dict[str, PersonLine]:
    asked = (
        select(Account, Unit.code)
        .outerjoin(Unit, Unit.id == Account.unit_id)
        .where(Account.login.in_([line.login for line in lines]))
    )
    rows = session.execute(asked).all()
    groups = groups_of(session, [account.id for account, _ in rows])
    return {
        account.login: PersonLine(
            account.login,
            account.name,
            account.post,
            unit or "",
            frozenset(groups.get(account.id, ())),
            account.mail or "",
            account.locale or "",
        )
        for account, unit in rows
    }


def _changes(now: Mapping[str, PersonLine], lines: list[PersonLine]) -> list[Change]:
    found = []
    for line in lines:
        before = now.get(line.login)
        if before is None:
            found.append(Change("added", line.login, line.name))
            continue
        columns = [
            name
            for name in ("name", "post", "unit", "groups", "mail", "locale")
            if getattr(line, name) is not None and getattr(line, name) != getattr(before, name)
        ]
        if columns:
            found.append(Change("changed", line.login, line.name, tuple(columns)))
    return found


def _put(office: Parts, work: UnitOfWork, actor: Actor, line: PersonLine, change: Change) -> None:
    if change.what == "added":
        new = NewAccount(
            login=line.login,
            name=line.name,
            mail=line.mail or None,
            post=line.post or "",
            unit=line.unit or None,
            groups=tuple(sorted(line.groups or ())),
            locale=line.locale if line.locale in LOCALES and line.locale else None,
        )
        create_account_in(office, work, actor, new, None)
        return
    session = work.session
    account = session.scalars(select(Account).filter_by(login=line.login)).one()
    if "name" in change.columns:
        account.name = account.name_norm = account.name_sort = line.name
    if "mail" in change.columns:
        account.mail = line.mail or None
    if "locale" in change.columns:
        account.locale = line.locale if line.locale in LOCALES and line.locale else None
    if "groups" in change.columns:
        set_groups_in(office, work, actor, line.login, set(line.groups or ()))
    if {"unit", "post"} & set(change.columns):
        today = office.clock.now().astimezone(policies(session).zone).date()
        unit = line.unit or session.scalar(select(Unit.code).where(Unit.id == account.unit_id))
        post = account.post if line.post is None else line.post
        if unit:
            appoint_in(office, work, account, unit, post, today)
        else:
            account.post = post
    record(session, actor, "account.changed", f"account:{account.id}", office.clock.now(), changed=list(change.columns))
