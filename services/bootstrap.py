"""The one place where the parts of the office meet."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select

from engine import Engine
from engine.clock import Clock, SystemClock
from engine.jobs import JobKinds
from engine.store.unit_of_work import Database
from services import tables
from services.access.follow_moves import follow_kind
from services.access.follow_tasks import FollowTasks
from services.accounts.people import AccountPeople
from services.calendar.functions import calendar_functions
from services.cards.answer_group import answer_kind
from services.cards.card_context import CardContext
from services.cards.purge_card import purge_kind
from services.cards.refresh_cards import refresh_kind
from services.files.drop_contents import drop_contents_kind
from services.files.store import FileStore, FolderStore
from services.mail.mailer import Mailer, mailer_for
from services.mail.patience import PatientMailer
from services.mail.send_mail import send_mail_kind
from services.notifications.remind import RemindOfTasks, remind_kind
from services.notifications.tell_of_tasks import TellOfTasks
from services.office import Office, Parts
from services.operations.registry import operations
from services.organisation.appoint import appointment_kind
from services.organisation.hand_over import hand_over_kind
from services.policies.models import Policy
from services.policies.rules import RULES
from services.printing.check_templates import check_templates
from services.privacy.erase_person import erase_person_kind
from services.sandbox.sandbox import Limits, Sandbox
from services.secrets import Secrets
from services.settings import Settings
from services.solutions.check import check_files
from services.solutions.shelf import Shelf

__all__ = ["Office", "Parts", "bootstrap"]


def bootstrap(
    settings: Settings,
    *,
    clock: Clock | None = None,
    mailer: Mailer | None = None,
    files: FileStore | None = None,
    database: Database | None = None,
    sandbox: Sandbox | None = None,
) -> Office:
    """
    Make the office the settings describe. The tables must be there (`chancery migrate`, or `create_tables` in a test).

    *clock*, *mailer* and *files* replace the real ones in tests and in the acceptance programs; a *sandbox* may be shared
    by several offices of one process, since starting its child costs a second.
    """
    now = clock or SystemClock()
    carrier = mailer or mailer_for(settings.mail_url, settings.mail_from, settings.mail_timeout_seconds)
    parts = Parts(
        settings=settings,
        database=database or Database(settings.database_url),
        clock=now,
        secrets=Secrets(settings.secret_key),
        files=files or FolderStore(settings.data_dir / "files"),
        people=AccountPeople(),
        shelf=Shelf(),
        mailer=PatientMailer(carrier, now),
        sandbox=sandbox or Sandbox(_limits(settings)),
    )
    return Office.of(parts, _engine(parts))


def create_tables(database: Database) -> None:
    """Every table of the product in an empty database: for tests; an installation is migrated."""
    tables.Base.metadata.create_all(database.pool)


def _limits(settings: Settings) -> Limits:
    return Limits(
        wall_seconds=settings.sandbox_seconds,
        cpu_seconds=max(1, int(settings.sandbox_seconds)),
        memory_bytes=settings.sandbox_memory_bytes,
    )


def _engine(parts: Parts) -> Engine:
    made: dict[str, Any] = {
        "database": parts.database,
        "clock": parts.clock,
        "zone": _zone(parts.database),
        "functions": calendar_functions(parts.database),
        "people": parts.people,
        "job_kinds": _job_kinds(parts),
        "operations": operations(parts),
        "listeners": (FollowTasks(parts), TellOfTasks(parts), RemindOfTasks(parts)),
        "context": CardContext(parts),
        "checkers": (check_files, check_templates(parts)),
    }
    return Engine(**made)


def _job_kinds(parts: Parts) -> JobKinds:
    kinds = JobKinds()
    kinds.register(send_mail_kind(parts), remind_kind(parts), refresh_kind(parts))
    kinds.register(hand_over_kind(parts), appointment_kind(parts), follow_kind(parts))
    kinds.register(purge_kind(parts), drop_contents_kind(parts), erase_person_kind(parts), answer_kind(parts))
    return kinds


def _zone(database: Database) -> ZoneInfo:
    """The organisation's zone as it is at the start; another one is in force after a restart."""
    name = None
    if inspect(database.pool).has_table(Policy.__tablename__):
        with database.reading() as session:
            name = session.scalar(select(Policy.value).where(Policy.name == "organisation.zone"))
    return ZoneInfo(name or RULES["organisation.zone"].default)
