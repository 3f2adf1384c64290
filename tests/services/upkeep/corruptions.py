"""An office in the middle of its work, and what can go wrong in its data: a corruption for each rule of `verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from engine.store.models import (
    Audit,
    AuditSeal,
    Definition,
    ExternalTask,
    HistoryStep,
    Incident,
    Instance,
    InstancePart,
    Job,
    Outbox,
    Resource,
    Task,
    TaskCandidate,
    Wait,
)
from engine.store.unit_of_work import Database
from services.access.models import CardAccess
from services.accounts.models import AccountPrincipal
from services.approval.models import ApprovalRound
from services.audit.seals import seal
from services.bootstrap import Office
from services.cards.models import Card, CardIndex, CardRevision, CardUnique
from services.files.models import Attachment, Blob
from services.inbox.complete_task import complete_task
from services.registration.models import JournalCounter, RegisteredNumber
from services.signing.models import Signature
from services.upkeep.prepare_database import newest_revision
from tests.services.inbox.road import PASSWORD, Road


def at_work(road: Road) -> Road:
    """One request answered and signed, one in approval, one just filed; mail sent, files attached, the audit sealed."""
    road.prepared()
    road.does("lawyer", "approve", "agree", _mine=True)
    road.does("quality", "approve", "agree", _mine=True)
    road.does("head", "sign", "sign", password=PASSWORD)
    road.file("r2")
    complete_task(road.office, road.actor("clerk", "by-hand"), road.task("register"), {"outcome": "account"})
    road.drain()
    road.file("r3")
    with road.office.database.unit_of_work() as work:
        stamp(work.session)
    road.clock.move(timedelta(minutes=5))
    while seal(road.office):
        pass
    return road


def stamp(session: Session) -> None:
    """The tables of a test are made without migrations: say that they are of today."""
    session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
    session.execute(text("DELETE FROM alembic_version"))
    session.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": newest_revision()})


@dataclass(frozen=True)
class Corruption:
    """What is done to the rows of `tables`; `spoil` gives the object the finding must name."""

    rule: str
    tables: tuple[Any, ...]
    spoil: Callable[[Session, Office], str]


def _one(session: Session, asked: Any) -> Any:
    found = session.execute(asked.limit(1)).first()
    assert found is not None, f"nothing to spoil: {asked}"
    return found[0] if len(found) == 1 else found


def _live(session: Session) -> int:
    return int(_one(session, select(Instance.id).where(Instance.state == "running").order_by(Instance.id)))


def _over(session: Session) -> int:
    return int(_one(session, select(Instance.id).where(Instance.state == "completed").order_by(Instance.id)))


def _card(session: Session) -> int:
    return int(_one(session, select(Card.id).where(Card.number.is_not(None)).order_by(Card.id)))


def stalled(session: Session, _: Office) -> str:
    id = _live(session)
    session.execute(update(Task).where(Task.instance_id == id, Task.state == "open").values(state="cancelled"))
    session.execute(delete(Wait).where(Wait.instance_id == id))
    session.execute(update(Job).where(Job.instance_id == id).values(state="done"))
    return f"instance:{id}"


def half_ended(session: Session, office: Office) -> str:
    id = _live(session)
    session.execute(update(Instance).where(Instance.id == id).values(ended_at=office.clock.now()))
    return f"instance:{id}"


def part_lost(session: Session, _: Office) -> str:
    id = _live(session)
    session.execute(insert(InstancePart).values(instance_id=id, token="999001", parent="999000", state="[]"))
    return f"instance:{id}"


def incident_count(session: Session, _: Office) -> str:
    id = _live(session)
    session.execute(update(Instance).where(Instance.id == id).values(open_incidents=7))
    return f"instance:{id}"


def history_ahead(session: Session, _: Office) -> str:
    id = _live(session)
    session.execute(update(Instance).where(Instance.id == id).values(revision=0))
    return f"instance:{id}"


def external_left(session: Session, office: Office) -> str:
    id, definition = _one(session, select(Instance.id, Instance.definition_id).where(Instance.state == "completed"))
    values = {"ref": "x", "instance_id": id, "definition_id": definition, "token": "9", "element": "weigh"}
    values |= {"topic": "t", "free_at": office.clock.now(), "created_at": office.clock.now(), "state": "waiting"}
    values |= {"rank": 0, "scopes": [], "properties": {}}
    made = session.execute(insert(ExternalTask).values(**values).returning(ExternalTask.id)).scalar_one()
    return f"external-task:{made}"


def round_left(session: Session, _: Office) -> str:
    id, card = _one(session, select(ApprovalRound.id, ApprovalRound.card_id))
    session.execute(update(ApprovalRound).where(ApprovalRound.id == id).values(ended_at=None))
    return f"card:{card}"


def completed_twice(session: Session, _: Office) -> str:
    row = _one(session, select(Audit).where(Audit.action == "task.complete"))
    kept = {column.name: getattr(row, column.name) for column in Audit.__table__.columns if column.name != "id"}
    session.execute(insert(Audit).values(**kept | {"id": 900_001}))
    return str(row.object_ref)


def without_instance(session: Session, _: Office) -> str:
    id = _one(session, select(Task.id).where(Task.state == "open"))
    session.execute(update(Task).where(Task.id == id).values(instance_id=_over(session), token="900"))
    return f"task:{id}"


def task_half_ended(session: Session, office: Office) -> str:
    id = _one(session, select(Task.id).where(Task.state == "open"))
    session.execute(update(Task).where(Task.id == id).values(ended_at=office.clock.now()))
    return f"task:{id}"


def candidate_stale(session: Session, _: Office) -> str:
    id = _one(session, select(TaskCandidate.task_id).where(TaskCandidate.state == "completed"))
    session.execute(update(TaskCandidate).where(TaskCandidate.task_id == id).values(state="open"))
    return f"task:{id}"


def failed_unseen(session: Session, _: Office) -> str:
    id = _one(session, select(Job.id).where(Job.state == "done", Job.instance_id.is_(None)))
    session.execute(update(Job).where(Job.id == id).values(state="failed"))
    return f"job:{id}"


def job_left(session: Session, office: Office) -> str:
    now = office.clock.now()
    values = {"kind": "operation", "payload": {}, "instance_id": _over(session), "state": "waiting", "run_at": now}
    values |= {"created_at": now, "attempts": 0, "max_attempts": 5, "fence": 0}
    return f"job:{session.execute(insert(Job).values(**values).returning(Job.id)).scalar_one()}"


def timer_lost(session: Session, office: Office) -> str:
    job = _one(session, select(Job.id).where(Job.state == "done"))
    values = {"instance_id": _live(session), "token": "9", "element": "remind", "kind": "timer", "details": {}}
    values |= {"due_at": office.clock.now(), "job_id": job, "created_at": office.clock.now()}
    return f"wait:{session.execute(insert(Wait).values(**values).returning(Wait.id)).scalar_one()}"


def effect_lost(session: Session, office: Office) -> str:
    now = office.clock.now()
    values = {"kind": "send-mail", "payload": {"outbox_id": 900_001}, "state": "waiting", "run_at": now}
    values |= {"created_at": now, "attempts": 0, "max_attempts": 5, "fence": 0}
    return f"job:{session.execute(insert(Job).values(**values).returning(Job.id)).scalar_one()}"


def outbox_stuck(session: Session, office: Office) -> str:
    id = _one(session, select(Outbox.id).where(Outbox.state == "sent"))
    old = office.clock.now() - timedelta(hours=1)
    session.execute(update(Outbox).where(Outbox.id == id).values(state="waiting", sent_at=None, created_at=old))
    return f"outbox:{id}"


def outbox_half(session: Session, _: Office) -> str:
    id = _one(session, select(Outbox.id).where(Outbox.state == "sent"))
    session.execute(update(Outbox).where(Outbox.id == id).values(sent_at=None))
    return f"outbox:{id}"


def file_deployed(session: Session, _: Office) -> str:
    id = _one(session, select(Resource.id).where(Resource.kind == "bpmn"))
    session.execute(update(Resource).where(Resource.id == id).values(content=b"<other/>"))
    return f"resource:{id}"


def definition_changed(session: Session, _: Office) -> str:
    id = _one(session, select(Definition.id))
    session.execute(update(Definition).where(Definition.id == id).values(compiled="<other/>"))
    return f"definition:{id}"


def definition_latest(session: Session, _: Office) -> str:
    key = _one(session, select(Definition.key))
    session.execute(update(Definition).where(Definition.key == key).values(latest=False))
    return f"process:{key}"


def unbooked(session: Session, _: Office) -> str:
    id = _card(session)
    session.execute(update(Card).where(Card.id == id).values(number="ОП-2026/99999"))
    return f"card:{id}"


def astray(session: Session, _: Office) -> str:
    id, card = _one(session, select(RegisteredNumber.id, RegisteredNumber.card_id))
    session.execute(update(Card).where(Card.id == card).values(number=None))
    return f"number:{id}"


def gap(session: Session, _: Office) -> str:
    journal, period = _one(session, select(JournalCounter.journal, JournalCounter.period))
    session.execute(update(JournalCounter).values(last=JournalCounter.last + 3))
    return f"journal:{journal}:{period}"


def revision(session: Session, _: Office) -> str:
    id = _card(session)
    last = session.scalar(select(func.max(CardRevision.revision)).where(CardRevision.card_id == id))
    session.execute(delete(CardRevision).where(CardRevision.card_id == id, CardRevision.revision == last))
    return f"card:{id}"


def differs(session: Session, _: Office) -> str:
    id = _card(session)
    session.execute(update(Card).where(Card.id == id).values(state="closed-by-nobody"))
    return f"card:{id}"


def index(session: Session, _: Office) -> str:
    id, rows = _card(session), CardIndex.__table__
    session.execute(update(rows).where(rows.c.card_id == id).values(state="elsewhere"))
    return f"card:{id}"


def access(session: Session, _: Office) -> str:
    card, principal = _one(session, select(CardAccess.card_id, CardAccess.principal_id))
    row = (CardAccess.card_id == card) & (CardAccess.principal_id == principal)
    session.execute(update(CardAccess).where(row).values(mask=63))
    return f"card:{card}"


def personal(session: Session, _: Office) -> str:
    card = session.get_one(Card, _card(session))
    session.execute(update(Card).where(Card.id == card.id).values(data=card.data | {"note": {"$personal": 900_001}}))
    return f"card:{card.id}"


def signature(session: Session, _: Office) -> str:
    id, card = _one(session, select(Signature.id, Signature.card_id))
    session.execute(update(Signature).where(Signature.id == id).values(decision="refused"))
    return f"card:{card}"


def _path(office: Office, sha256: str) -> Path:
    return office.settings.data_dir / "files" / sha256[:2] / sha256[2:4] / sha256


def file_missing(session: Session, office: Office) -> str:
    sha256 = _one(session, select(Blob.sha256).order_by(Blob.sha256))
    _path(office, sha256).unlink()
    return f"blob:{sha256[:16]}"


def file_changed(session: Session, office: Office) -> str:
    sha256 = _one(session, select(Blob.sha256).order_by(Blob.sha256))
    path = _path(office, sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(content)
    return f"blob:{sha256[:16]}"


def versions(session: Session, _: Office) -> str:
    id = _one(session, select(Attachment.id))
    session.execute(update(Attachment).where(Attachment.id == id).values(versions=Attachment.versions + 1))
    return f"attachment:{id}"


def principals(session: Session, _: Office) -> str:
    account = _one(session, select(AccountPrincipal.account_id))
    session.execute(delete(AccountPrincipal).where(AccountPrincipal.account_id == account))
    return f"account:{account}"


def request_lost(session: Session, _: Office) -> str:
    session.execute(update(Audit).where(Audit.request_id == "by-hand").values(request_id=None))
    return "request:by-hand"


def request_twice(session: Session, _: Office) -> str:
    row = _one(session, select(Audit).where(Audit.request_id == "by-hand", Audit.action == "task.complete"))
    kept = {column.name: getattr(row, column.name) for column in Audit.__table__.columns if column.name != "id"}
    session.execute(insert(Audit).values(**kept | {"id": 900_002}))
    return "request:by-hand"


def seal_broken(session: Session, _: Office) -> str:
    session.execute(update(Audit).where(Audit.id == 2).values(actor_name="nobody"))
    return "seal:1"


def audit_cut(session: Session, _: Office) -> str:
    first = session.scalar(select(func.min(AuditSeal.id)))
    session.execute(delete(AuditSeal))
    session.execute(delete(Audit))
    return f"seal:{first}"


def unsealed(session: Session, office: Office) -> str:
    old = office.clock.now() - timedelta(hours=1)
    row = {"id": 900_003, "at": old, "actor_name": "x", "via": "job", "action": "x", "object_ref": "x", "details": {}}
    session.execute(insert(Audit).values(**row))
    return "audit"


def unique(session: Session, _: Office) -> str:
    id = _card(session)
    session.execute(insert(CardUnique).values(key="0" * 64, card_id=id, field="number"))
    return f"card:{id}"


def of_another_revision(session: Session, _: Office) -> str:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    return "database"


CORRUPTIONS = (
    Corruption("instance-stalled", (Task, TaskCandidate, Wait, Job), stalled),
    Corruption("instance-half-ended", (Instance,), half_ended),
    Corruption("sleeping-part-lost", (InstancePart,), part_lost),
    Corruption("incident-count", (Instance, Incident), incident_count),
    Corruption("history-ahead", (Instance, HistoryStep), history_ahead),
    Corruption("external-task-left", (ExternalTask,), external_left),
    Corruption("approval-left-open", (ApprovalRound,), round_left),
    Corruption("task-completed-once", (Audit,), completed_twice),
    Corruption("task-of-ended-instance", (Task, TaskCandidate), without_instance),
    Corruption("task-half-ended", (Task, TaskCandidate), task_half_ended),
    Corruption("candidate-stale", (TaskCandidate,), candidate_stale),
    Corruption("job-failed-unseen", (Job,), failed_unseen),
    Corruption("job-of-ended-instance", (Job,), job_left),
    Corruption("timer-lost", (Wait,), timer_lost),
    Corruption("effect-without-outbox", (Job,), effect_lost),
    Corruption("outbox-stuck", (Outbox,), outbox_stuck),
    Corruption("outbox-half-sent", (Outbox,), outbox_half),
    Corruption("deployed-file-changed", (Resource,), file_deployed),
    Corruption("definition-changed", (Definition,), definition_changed),
    Corruption("definition-latest", (Definition,), definition_latest),
    Corruption("number-unbooked", (Card,), unbooked),
    Corruption("number-astray", (Card,), astray),
    Corruption("number-gap", (JournalCounter,), gap),
    Corruption("card-revision", (CardRevision,), revision),
    Corruption("card-differs-from-revision", (Card,), differs),
    Corruption("card-index", (CardIndex,), index),
    Corruption("card-access", (CardAccess,), access),
    Corruption("card-unique", (CardUnique,), unique),
    Corruption("personal-value-lost", (Card,), personal),
    Corruption("signature-broken", (Signature,), signature),
    Corruption("file-missing", (), file_missing),
    Corruption("file-changed", (), file_changed),
    Corruption("attachment-versions", (Attachment,), versions),
    Corruption("account-principals", (AccountPrincipal,), principals),
    Corruption("request-unaudited", (Audit,), request_lost),
    Corruption("request-done-twice", (Audit,), request_twice),
    Corruption("audit-seal-broken", (Audit,), seal_broken),
    Corruption("audit-cut", (Audit, AuditSeal), audit_cut),
    Corruption("audit-unsealed", (Audit,), unsealed),
    Corruption("database-revision", (), of_another_revision),
)
"""A rule without one here is in `BY_HAND` of the test: it needs a database broken below its tables."""


@contextmanager
def spoiled(office: Office, corruption: Corruption) -> Iterator[str]:
    """The corruption done past the program's guards; every row and file is put back afterwards. Gives the object."""
    kept: dict[Any, list[Any]] = {}
    files = {path: path.read_bytes() for path in (office.settings.data_dir / "files").rglob("*") if path.is_file()}
    with unguarded(office.database) as session:
        for model in corruption.tables:
            table = model.__table__
            kept[table] = [dict(row) for row in session.execute(select(table)).mappings()]
        object_ref = corruption.spoil(session, office)
    try:
        yield object_ref
    finally:
        with unguarded(office.database) as session:
            for table, rows in kept.items():
                session.execute(delete(table))
                if rows:
                    session.execute(insert(table), rows)
            stamp(session)
        for path, content in files.items():
            path.unlink(missing_ok=True)
            path.write_bytes(content)


@contextmanager
def unguarded(database: Database) -> Iterator[Session]:
    """A transaction in which the database watches no foreign keys."""
    with database.pool.connect() as connection:
        if database.is_sqlite:
            driver = connection.connection.cursor()
            driver.execute("PRAGMA foreign_keys=OFF")
        session = Session(connection, expire_on_commit=False)
        try:
            if not database.is_sqlite:
                session.execute(text("SET LOCAL session_replication_role = replica"))
            yield session
            session.commit()
        finally:
            session.close()
            if database.is_sqlite:
                driver.execute("PRAGMA foreign_keys=ON")
