"""
A scenario plays on the real engine with a clock that is moved by hand: in an office of its own, made for it alone, whose
people are the demo accounts. Everything goes through the use cases a page would call, so rights are tested too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.clock import ManualClock
from engine.deployment.bundle import Bundle
from engine.errors import ChanceryError, SolutionError
from engine.jobs import drain
from engine.store.models import Incident, Instance, Outbox, Task, TaskCandidate
from engine.store.unit_of_work import Database
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.models import Account
from services.approval.queries import approval_sheet
from services.bootstrap import Office, bootstrap, create_tables
from services.cards.act_on_card import act_on_card
from services.cards.change_card import change_card
from services.cards.create_card import NewCard
from services.cards.enter_card import create_card
from services.cards.models import Card
from services.cards.store_card import organisation_manner
from services.cards.values import plain
from services.files.attach_file import add_version, attach_file, receive_file
from services.files.models import Attachment, AttachmentVersion
from services.files.queries import open_file
from services.inbox.complete_task import complete_task
from services.notifications.models import Notice
from services.policies.rules import RULES
from services.portal.file_request import file_request
from services.printing.draft_letter import draft_letter
from services.printing.fill import text_of_document, with_lines
from services.sandbox.sandbox import Sandbox
from services.settings import Settings
from services.solutions.deploy_solution import deploy_solution
from services.solutions.load_demo import load_demo
from services.solutions.manifest import Manifest, parse_toml, read_manifest
from services.solutions.scenarios import CHANGE, FILE, Customer, Scenario, Step

BESIDE = ("number", "suffix", "reason")  # typed beside the fields of a card; a field so named is `card.<field>`
PASSWORD = "scenario password 1"  # of accounts that live as long as the play  # noqa: S105


@dataclass(frozen=True)
class Mismatch:
    """Something was not as told; `step` counts from 1, None at the end."""

    step: int | None
    what: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Played:
    """How a play went."""

    title: str
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        return not self.mismatches


@dataclass
class _Stage:
    """The play so far: the card everything is about."""

    office: Office
    clock: ManualClock
    manifest: Manifest
    scenario: Scenario
    card_ref: str = ""
    mismatches: list[Mismatch] = field(default_factory=list)


def play_scenario(
    bundle: Bundle,
    scenario: Scenario,
    folder: Path,
    database: Database | None = None,
    sandbox: Sandbox | None = None,
) -> Played:
    """
    Play *scenario* in a new office that keeps its data in the empty *folder* (and in *database*, whose tables exist);
    it prints in *sandbox* when one is lent.

    Stops at the first step that cannot be done. Raises SolutionError("solution-refused") for a bundle with errors.
    """
    clock = ManualClock(scenario.starts.replace(tzinfo=ZoneInfo(RULES["organisation.zone"].default)))
    office = _office(folder, clock, database, sandbox)
    try:
        manifest = _settle_in(office, bundle)
        stage = _Stage(office, clock, manifest, scenario)
        if all(_play(stage, number, step) for number, step in enumerate(scenario.steps, 1)):
            _compare(stage, None, scenario.expect)
        return Played(scenario.title, tuple(stage.mismatches))
    finally:
        if sandbox is None:
            office.sandbox.close()
        if database is None:
            office.database.close()


def _office(folder: Path, clock: ManualClock, database: Database | None, sandbox: Sandbox | None) -> Office:
    own = database or Database(f"sqlite:///{folder / 'play.db'}")
    if database is None:
        create_tables(own)
    settings = Settings.for_folder(folder, database_url=own.url)
    return bootstrap(settings, clock=clock, database=own, sandbox=sandbox)


def _settle_in(office: Office, bundle: Bundle) -> Manifest:
    result = deploy_solution(office, INSTALLER, bundle)
    if result.deployment_id is None:
        raise SolutionError("solution-refused", findings=tuple(result.findings))
    manifest, _ = read_manifest(parse_toml(bundle.files["solution.toml"], "solution.toml")[0], bundle.solution)
    demo = {
        name: bundle.files[manifest.demo[name]] for name in ("units", "accounts", "policies") if name in manifest.demo
    }
    load_demo(office, INSTALLER, demo["units"], demo["accounts"], PASSWORD, demo.get("policies", b""))
    return manifest


def _play(stage: _Stage, number: int, step: Step) -> bool:
    """One step and what the machine makes of it; False when it could not be done."""
    try:
        if step.wait is not None:
            stage.clock.move(step.wait)
        elif step.does == FILE:
            _file(stage, step)
        elif step.press or step.does == CHANGE:
            _at_the_card(stage, step)
        else:
            _do(stage, step)
    except ChanceryError as refused:
        details = getattr(refused, "fields", None) or refused.params
        did = f"{step.who} presses {step.press}" if step.press else f"{step.who} does {step.does}"
        stage.mismatches.append(Mismatch(number, did, "done", f"{refused.code} {details}"))
        return False
    drain(stage.office.engine)
    _compare(stage, number, step.then)
    return True


def _file(stage: _Stage, step: Step) -> None:
    office, portal, who = stage.office, stage.manifest.portal, stage.scenario.cast[step.who]
    code = step.card or (portal.card if portal else "")
    with office.database.reading() as session:
        manner = organisation_manner(office, session)
        party = office.shelf.card_type(session, code).party_field
    if isinstance(who, str):
        stage.card_ref = create_card(office, _actor(stage, who), NewCard(code, step.values, manner)).ref
        return
    if portal is None:
        raise SolutionError("solution-has-no-portal", slug=stage.manifest.slug)
    values = {f"card.{key}": value for key, value in step.values.items()}
    filed = file_request(office, portal.slug, values | {f"card.{party}": _party(who)}, manner=manner)
    stage.card_ref = filed.card_ref


def _party(who: Customer) -> dict[str, str]:
    return {key: text for key, text in vars(who).items() if text}


def _do(stage: _Stage, step: Step) -> None:
    actor = _actor(stage, str(stage.scenario.cast[step.who]))
    with stage.office.database.reading() as session:
        ref = _task_of(session, _card(stage, session), step.does, actor)
        manner = organisation_manner(stage.office, session)
        card_ref = _card(stage, session).ref
    if ref is None:
        raise SolutionError("nothing-to-do", task=step.does, who=step.who)
    if step.word:
        _write_letter(stage.office, actor, card_ref, step.word)
    _give_files(stage.office, actor, card_ref, step)
    typed = {"outcome": step.outcome, "remark": step.remark, "password": PASSWORD}
    complete_task(stage.office, actor, ref, dict(step.values) | typed, manner=manner)


def _at_the_card(stage: _Stage, step: Step) -> None:
    """Fields changed on the card's page; or one of its buttons with what it asks: fields, `number`, `suffix`, `reason`."""
    actor = _actor(stage, str(stage.scenario.cast[step.who]))
    _give_files(stage.office, actor, stage.card_ref, step)
    with stage.office.database.reading() as session:
        manner, revision = organisation_manner(stage.office, session), _card(stage, session).revision
    values = {key.removeprefix("card."): value for key, value in step.values.items() if key not in BESIDE}
    if step.does == CHANGE:
        change_card(stage.office, actor, stage.card_ref, values, revision, manner=manner)
        return
    beside = {name: str(step.values[name]) for name in BESIDE if name in step.values}
    act_on_card(stage.office, actor, stage.card_ref, step.press, values, revision, manner=manner, **beside)


def _give_files(office: Office, actor: Actor, card_ref: str, step: Step) -> None:
    for file_class in step.attach:
        attach_file(office, actor, card_ref, file_class, receive_file(office, f"{file_class}.txt", [b"As told."]))


def _write_letter(office: Office, actor: Actor, card_ref: str, lines: tuple[str, ...]) -> None:
    """The draft is taken, written on and brought back."""
    drafted = draft_letter(office, actor, card_ref, "letter")
    with office.database.reading() as session:
        row, content = open_file(office, session, actor, drafted.ref, drafted.version)
    with content:
        written = with_lines(office, content.read(), lines)
    add_version(office, actor, drafted.ref, receive_file(office, row.name, [written]))


def _actor(stage: _Stage, login: str) -> Actor:
    with stage.office.database.reading() as session:
        return actor_of(stage.office, session, login, via="scenario", request_id=uuid.uuid4().hex)


def _task_of(session: Session, card: Card, element: str, actor: Actor) -> str | None:
    """The open task that is the actor's, else one the actor may take."""
    offered = select(TaskCandidate.task_id).where(TaskCandidate.principal_id.in_(actor.principals))
    open_here = select(Task.ref).where(
        Task.subject_ref == f"card:{card.id}", Task.element == element, Task.state == "open"
    )
    own = session.scalar(open_here.where(Task.assignee_id == actor.account_id).limit(1))
    return own or session.scalar(open_here.where(Task.assignee_id.is_(None), Task.id.in_(offered)).limit(1))


def _card(stage: _Stage, session: Session) -> Card:
    return session.scalars(select(Card).filter_by(ref=stage.card_ref)).one()


def _compare(stage: _Stage, step: int | None, expected: Mapping[str, Any]) -> None:
    """Look at everything *expected* names, and at incidents, which nobody ever expects."""
    if not stage.card_ref:
        return
    with stage.office.database.reading() as session:
        card = _card(stage, session)
        for what, wanted in expected.items():
            found = _LOOKS[what](stage, session, card)
            if isinstance(found, str) and isinstance(wanted, list):
                found = [phrase for phrase in wanted if phrase in found]
            if isinstance(wanted, Mapping):
                found = {key: found.get(key) for key in wanted}
            if found != wanted:
                stage.mismatches.append(Mismatch(step, what, wanted, found))
        failed = session.execute(select(Incident.element, Incident.code, Incident.params).filter_by(state="open")).all()
    if failed:
        stage.mismatches.append(Mismatch(step, "incidents", [], [tuple(row) for row in failed]))


def _open(stage: _Stage, session: Session, card: Card) -> list[str]:
    asked = select(Task.element).where(Task.subject_ref == f"card:{card.id}", Task.state == "open")
    return sorted(session.scalars(asked))


def _ended(stage: _Stage, session: Session, card: Card) -> bool:
    asked = select(Instance.id).where(Instance.subject_ref == f"card:{card.id}", Instance.ended_at.is_(None))
    return session.scalar(asked.limit(1)) is None


def _rounds(stage: _Stage, session: Session, card: Card) -> list[str | None]:
    return [made.outcome for made in reversed(approval_sheet(session, card.id))]


def _files(stage: _Stage, session: Session, card: Card) -> list[str]:
    asked = select(Attachment.file_class).where(Attachment.card_id == card.id, Attachment.deleted_at.is_(None))
    return sorted(session.scalars(asked))


def _told(stage: _Stage, session: Session, card: Card) -> list[str]:
    """Kinds of messages to the customer, in their order."""
    asked = select(Outbox.once_key).where(Outbox.subject_ref == f"card:{card.id}").order_by(Outbox.id)
    keys = [key.split(":") for key in session.scalars(asked)]
    return [key[1] for key in keys if "party" in key]


def _noticed(stage: _Stage, session: Session, card: Card) -> dict[str, list[str]]:
    """Kinds of notices by the names of the cast, those of tasks left out: every task makes them."""
    asked = (
        select(Account.login, Notice.kind)
        .join(Notice, Notice.account_id == Account.id)
        .where(Notice.subject_ref == f"card:{card.id}", Notice.task_id.is_(None))
        .order_by(Notice.id)
    )
    names = {login: name for name, login in stage.scenario.cast.items() if isinstance(login, str)}
    found: dict[str, list[str]] = {}
    for login, kind in session.execute(asked):
        found.setdefault(names.get(login, login), []).append(kind)
    return found


def _printed(stage: _Stage, session: Session, card: Card) -> str:
    """What the newest version the machine made says."""
    asked = (
        select(AttachmentVersion.blob_sha256)
        .join(Attachment, Attachment.id == AttachmentVersion.attachment_id)
        .where(Attachment.card_id == card.id, AttachmentVersion.by_id.is_(None), Attachment.file_class != "original")
    )
    sha256 = session.scalar(asked.order_by(AttachmentVersion.at.desc(), AttachmentVersion.version.desc()).limit(1))
    if sha256 is None:
        return ""
    with stage.office.files.open(sha256) as content:
        return text_of_document(stage.office, content.read())


_Look = Callable[[_Stage, Session, Card], Any]
_LOOKS: Mapping[str, _Look] = {
    "state": lambda stage, session, card: card.state,
    "number": lambda stage, session, card: card.number or "",
    "open": _open,
    "ended": _ended,
    "rounds": _rounds,
    "files": _files,
    "told": _told,
    "noticed": _noticed,
    "printed": _printed,
    "card": lambda stage, session, card: plain(session, card.data),
}
