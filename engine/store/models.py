"""The engine's tables. `subject_ref` is opaque here (`card:123`); the office knows what it means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.types import JsonText, Moment, public_ref

Key = BigInteger().with_variant(Integer, "sqlite")


class Deployment(Base):
    """One versioned bundle of a solution's files."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("solution", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    solution: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))  # sha256 over paths and contents: the same bundle is deployed once
    note: Mapped[str] = mapped_column(Text, default="")
    deployed_at: Mapped[datetime] = mapped_column(Moment)
    deployed_by: Mapped[int | None]


class Resource(Base):
    """A file of a deployment, byte for byte as it was given; `path` is relative to the solution root, with `/`."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("deployment_id", "path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    path: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))  # bpmn dmn form docx card texts directory scenario solution other
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Definition(Base):
    """One process of a deployment, compiled; instances run this text for ever."""

    __tablename__ = "definition"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index("ix_definition_latest", "key", "latest"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    key: Mapped[str] = mapped_column(String(255))
    version: Mapped[int]
    version_tag: Mapped[str | None] = mapped_column(String(255))
    time_to_live: Mapped[str | None] = mapped_column(String(32))  # of finished instances' history, as drawn
    name: Mapped[str] = mapped_column(Text, default="")
    executable: Mapped[bool] = mapped_column(Boolean, default=True)
    latest: Mapped[bool] = mapped_column(Boolean, default=True)
    suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    compiler_version: Mapped[int]
    compiled: Mapped[str] = mapped_column(Text, deferred=True)
    compiled_sha256: Mapped[str] = mapped_column(String(64))
    source_map: Mapped[Any] = mapped_column(JsonText, deferred=True)
    uses: Mapped[Any] = mapped_column(JsonText, deferred=True)


class DecisionDefinition(Base):
    """One decision of a deployment."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("key", "version"), Index("ix_decision_definition_latest", "key", "latest"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    key: Mapped[str] = mapped_column(String(255))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    latest: Mapped[bool] = mapped_column(Boolean, default=True)


class Instance(Base):
    """
    A running or finished process with everything it calls. `revision` counts steps; `state` is running, suspended,
    completed, failed or cancelled. `execution` is the engine's state as text: it is read and written with every step,
    so it lives in the row that is locked and counted anyway.
    """

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_subject", "subject_ref"),
        Index("ix_instance_state", "state", "started_at"),
        {"sqlite_autoincrement": True},  # once_key of jobs names instances
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"), index=True)
    root_id: Mapped[int | None] = mapped_column(Key, index=True)  # of the call tree; None while it is its own root
    business_key: Mapped[str | None] = mapped_column(String(255), index=True)
    subject_ref: Mapped[str | None] = mapped_column(String(64))
    unit_id: Mapped[int | None]  # where it was started: for its tasks, when the subject says no other
    state: Mapped[str] = mapped_column(String(16), default="running")
    revision: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(Moment)
    started_by: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    end_reason: Mapped[str | None] = mapped_column(Text)
    open_incidents: Mapped[int] = mapped_column(default=0)
    execution: Mapped[str] = mapped_column(Text, default="", deferred=True)


class InstancePart(Base):
    """
    The engine's state of a sleeping multi-instance child (`token`); `parent` is the token of its multi-instance. A row with
    an empty state only says in which child (`parent`) a token sleeps that may be asked for.
    """

    __tablename__ = "instance_part"
    __table_args__ = (Index("ix_instance_part_parent", "instance_id", "parent"),)

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    parent: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(Text)


class Variable(Base):
    """A variable in a scope; `value` is the engine's own JSON text (`engine.feel`). Scope `` is the instance."""

    __tablename__ = "variable"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Task(Base):
    """A user task waiting for somebody, or done. `kind` comes from the element's property `kind` (plain when absent)."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        UniqueConstraint("id", "state"),  # what task_candidate follows
        Index("ix_task_instance", "instance_id", "state", "id"),  # the open ones of a long history
        Index("ix_task_assignee", "assignee_id", "state", "due_at", "id"),
        Index("ix_task_subject", "subject_ref", "state"),
        Index("ix_task_state_due", "state", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    token: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(32), default="plain")
    multi_instance: Mapped[str | None] = mapped_column(String(64))  # token of the multi-instance it is one of
    properties: Mapped[Any] = mapped_column(JsonText, default=dict)
    form_key: Mapped[str | None] = mapped_column(String(255))
    solution: Mapped[str] = mapped_column(String(64))
    subject_ref: Mapped[str | None] = mapped_column(String(64))
    unit_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16), default="open")  # open held completed cancelled
    assignee_id: Mapped[int | None]  # account
    priority: Mapped[int] = mapped_column(default=50)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    due_words: Mapped[str | None] = mapped_column(Text)  # the words the due date came from
    follow_up_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[int | None]
    acting_for: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=0)


class TaskCandidate(Base):
    """
    Who may take a task: one row a principal. State and due date are repeated so that an inbox page is one index walk;
    the database itself carries a task's new state over (the foreign key cascades), whoever moves a due date writes both.
    """

    __tablename__ = "task_candidate"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "state"], ["task.id", "task.state"], onupdate="CASCADE"),
        Index("ix_task_candidate_inbox", "principal_id", "state", "due_at", "task_id"),
    )

    task_id: Mapped[int] = mapped_column(Key, primary_key=True)
    principal_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="open")
    due_at: Mapped[datetime | None] = mapped_column(Moment)


class Wait(Base):
    """
    What an instance sleeps on; or, with `definition_id` and no instance, what starts one, or (kind correlation) where a
    message carries a key.
    """

    __tablename__ = "wait"
    __table_args__ = (
        Index("ix_wait_due", "job_id", "due_at"),
        Index("ix_wait_name", "kind", "name", "correlation"),
        Index("ix_wait_instance", "instance_id", "token"),
        {"sqlite_autoincrement": True},  # jobs are named after waits that are gone
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    definition_id: Mapped[int | None] = mapped_column(ForeignKey("definition.id"), index=True)
    token: Mapped[str | None] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))  # timer message signal condition correlation
    name: Mapped[str | None] = mapped_column(String(255))
    correlation: Mapped[str | None] = mapped_column(String(255))
    details: Mapped[Any] = mapped_column(JsonText, default=dict)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))  # the sweep has seen it; None: not due yet
    created_at: Mapped[datetime] = mapped_column(Moment)


class ExternalTask(Base):
    """
    Work a process waits for somebody outside to fetch, do and complete. `free_at`, by the database's clock, is when it may
    be fetched (again): while `worker` holds it, the end of the lock. `state`: waiting; held (its instance is suspended);
    failed (no tries left, an incident stands for it). `rank` is the priority turned round: index order is fetching order.
    """

    __tablename__ = "external_task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        Index("ix_external_task_fetch", "topic", "state", "rank", "free_at", "id"),
        Index("ix_external_task_worker", "worker", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    token: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(255))
    topic: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    rank: Mapped[int] = mapped_column(default=0)
    free_at: Mapped[datetime] = mapped_column(Moment)
    worker: Mapped[str | None] = mapped_column(String(255))
    retries: Mapped[int | None]  # None until it failed for the first time
    error: Mapped[str | None] = mapped_column(Text)
    error_details: Mapped[str | None] = mapped_column(Text, deferred=True)
    scopes: Mapped[Any] = mapped_column(JsonText, default=list)  # of its variables, the nearest first
    properties: Mapped[Any] = mapped_column(JsonText, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment)


class HistoryStep(Base):
    """
    Append-only: what happened to a token. Never read to act. The first row of a revision carries in `details` what the
    step wrote: `variables` as [scope, name, JSON text or null when it went away], `command`, and `tokens`: `born` as
    [token, element, token it hangs on], `gone`, children `swept` with their multi-instance, scopes `dropped`.
    """

    __tablename__ = "history_step"
    __table_args__ = (UniqueConstraint("instance_id", "revision", "seq"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    revision: Mapped[int]  # of the instance: the steps of one transaction share it
    seq: Mapped[int]  # within the revision
    token: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(255))
    what: Mapped[str] = mapped_column(String(16))  # entered left cancelled fired failed retried noted
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None]
    acting_for: Mapped[int | None]
    subject_revision: Mapped[int | None]
    details: Mapped[Any | None] = mapped_column(JsonText)


class HistoryImage(Base):
    """
    An instance as its history adds up to after a revision: reading an old moment begins here instead of at the start. May
    be deleted at any time. `tokens` as [token, element, token it hangs on], `variables` as [scope, name, JSON text].
    """

    __tablename__ = "history_image"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    tokens: Mapped[Any] = mapped_column(JsonText)
    variables: Mapped[Any] = mapped_column(JsonText)


class HistoryPack(Base):
    """The history lines of an instance that is over, as one compressed text (`engine.packing`)."""

    __tablename__ = "history_pack"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    lines: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class HistoryTombstone(Base):
    """What is left of the history of an instance that outlived its time to live: that it was, and how much."""

    __tablename__ = "history_tombstone"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    lines: Mapped[int]
    decisions: Mapped[int]
    variables: Mapped[int]


class HistoryDecision(Base):
    """Append-only: each evaluation of a decision with inputs, matched rules and outputs."""

    __tablename__ = "history_decision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    revision: Mapped[int]
    element: Mapped[str] = mapped_column(String(255))
    decision: Mapped[str] = mapped_column(String(255))
    evaluation: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment)


class Job(Base):
    """Work for the machine. `state`: waiting, leased, held (its instance is suspended), done, failed (an incident stands
    for it), cancelled. `payload` and `result` are plain JSON; `fence` grows with every claim."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_claim", "state", "run_at", "id"),
        Index("ix_job_instance", "instance_id", "state"),
        {"sqlite_autoincrement": True},  # Redis may hold ids of jobs that were pruned
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[Any] = mapped_column(JsonText, default=dict)
    once_key: Mapped[str | None] = mapped_column(String(255), unique=True)  # a second job with this key is not made
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    token: Mapped[str | None] = mapped_column(String(64))
    element: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    run_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(default=0)
    result: Mapped[Any | None] = mapped_column(JsonText)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Outbox(Base):
    """
    An effect on the outside world, written in the transaction that decided it. `once_key` makes it harmless twice
    (mail: the Message-ID). `state`: waiting, held (no server set, or sending is held), sent, failed.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state", "state", "id"), Index("ix_outbox_subject", "subject_ref"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    once_key: Mapped[str] = mapped_column(String(255), unique=True)
    subject_ref: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(64))  # why held or failed: an error code
    attempts: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None] = mapped_column(
        ForeignKey("job.id")
    )  # which sends it; the sweep makes one when it is gone
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class Incident(Base):
    """A job or step that gave up, for an admin. `state`: open, resolved, cancelled."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_state", "state", "created_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    token: Mapped[str | None] = mapped_column(String(64))
    element: Mapped[str | None] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(64))
    params: Mapped[Any] = mapped_column(JsonText, default=dict)
    trace: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="open")
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[int | None]


class AcceptedRequest(Base):
    """A changing request that was done, with its answer: the same id again gets the same answer and changes nothing."""

    __tablename__ = "accepted_request"

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(64))
    result: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class Audit(Base):
    """
    Append-only: who did what to what. Inserted unchained in the business transaction; a leased sealer chains ranges later.
    `object_ref` is `card:12`, `task:7`, `instance:3`, `account:5`…; `details` never holds personal values.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_ref", "id"), Index("ix_audit_account", "account_id", "id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    account_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(255))
    acting_for: Mapped[int | None]
    via: Mapped[str] = mapped_column(String(16))
    ip: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    object_ref: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int | None]
    details: Mapped[Any] = mapped_column(JsonText, default=dict)


class AuditSeal(Base):
    """A sealed range of audit rows: keyed MAC over the rows and the seal before."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    first_id: Mapped[int]
    last_id: Mapped[int] = mapped_column(unique=True)
    mac: Mapped[str] = mapped_column(String(64))
    previous_mac: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Moment)


class Migration(Base):
    """
    Running instances of one version of a process going over to another by a plan (`engine.runtime.migrating.Plan` as JSON).
    `state`: running, paused, done.
    """

    __tablename__ = "migration"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    plan: Mapped[Any] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="running")
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None]
    made_by_name: Mapped[str] = mapped_column(String(255))


class MigrationItem(Base):
    """
    One instance of a migration. `state`: waiting, done, refused (`refusals` say why), reverted. `snapshot` is what it was
    before; it can be taken back as long as the instance stands at `revision`, to which the migration brought it.
    """

    __tablename__ = "migration_item"
    __table_args__ = (
        UniqueConstraint("migration_id", "instance_id"),
        Index("ix_migration_item_state", "migration_id", "state", "id"),
        Index("ix_migration_item_instance", "instance_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    refusals: Mapped[Any] = mapped_column(JsonText, default=list)
    revision: Mapped[int | None]
    snapshot: Mapped[Any | None] = mapped_column(JsonText, deferred=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
