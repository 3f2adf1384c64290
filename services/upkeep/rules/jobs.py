"""Work for the machine: each effect has its row, each row somebody who does it, each failure its incident."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, func, or_, select

from engine.findings import rule
from engine.store.models import Incident, Instance, Job, Outbox, Wait
from services.upkeep.checking import Found, Look, looks_for
from services.upkeep.rules.instances import LIVE

JOB_LOST = rule(
    "job-failed-unseen",
    "The job {kind} has failed and no incident stands for it: nobody will look at it.",
    "Open an incident for it or cancel the job.",
)
JOB_LEFT = rule(
    "job-of-ended-instance",
    "The job {kind} is {state}, but its instance is over.",
    "Cancel the job.",
)
TIMER_LOST = rule(
    "timer-lost",
    "The timer {element} is due, but the job that should fire it is {state}.",
    "Set job_id of the wait to nothing: the next sweep makes a new job.",
)
EFFECT_LOST = rule(
    "effect-without-outbox",
    "A job is to send {kind} number {outbox}, which the outbox does not have.",
    "Cancel the job; find out what was to be sent from the audit and send it anew.",
)
OUTBOX_STUCK = rule(
    "outbox-stuck",
    "A message has waited since {since} and no job sends it.",
    "See that a worker runs: its sweep makes the job.",
)
OUTBOX_HALF = rule(
    "outbox-half-sent",
    "The message is {state}, but moment, reason or secrets of it say otherwise.",
    "Look the message up at the mail server by its Message-ID before it is sent again.",
)


@looks_for(JOB_LOST)
def failed_unseen(look: Look) -> Iterator[Found]:
    told = exists().where(Incident.job_id == Job.id, Incident.state == "open")
    asked = (
        select(Job.id, Job.kind)
        .join(Instance, Instance.id == Job.instance_id, isouter=True)
        .where(Job.state == "failed", ~told, or_(Instance.id.is_(None), Instance.state.in_(LIVE)))
    )
    for id, kind in look.rows(asked, Job.id):
        yield Found(f"job:{id}", {"kind": kind})


@looks_for(JOB_LEFT)
def of_ended_instance(look: Look) -> Iterator[Found]:
    asked = (
        select(Job.id, Job.kind, Job.state)
        .join(Instance, Instance.id == Job.instance_id)
        .where(
            Job.state.in_(("waiting", "leased", "held")),
            Job.kind.in_(("operation", "continue")),
            Instance.state.not_in(LIVE),
        )
    )
    for id, kind, state in look.rows(asked, Job.id):
        yield Found(f"job:{id}", {"kind": kind, "state": state})


@looks_for(TIMER_LOST)
def timer_lost(look: Look) -> Iterator[Found]:
    asked = (
        select(Wait.id, Wait.element, Job.state)
        .join(Job, Job.id == Wait.job_id, isouter=True)
        .where(Wait.job_id.is_not(None), or_(Job.id.is_(None), Job.state.in_(("done", "cancelled"))))
    )
    for id, element, state in look.rows(asked, Wait.id):
        yield Found(f"wait:{id}", {"element": element, "state": state or "gone"})


@looks_for(EFFECT_LOST)
def effect_lost(look: Look) -> Iterator[Found]:
    asked = select(Job.id, Job.kind, Job.payload).where(
        Job.state.in_(("waiting", "leased", "held")), Job.kind.startswith("send-")
    )
    for session, rows in look.pages(asked, Job.id):
        wanted = {id: payload.get("outbox_id") for id, _, payload in rows}
        there = set(session.scalars(select(Outbox.id).where(Outbox.id.in_(set(wanted.values()) - {None}))))
        for id, kind, _ in rows:
            if wanted[id] not in there:
                yield Found(f"job:{id}", {"kind": kind.removeprefix("send-"), "outbox": wanted[id] or 0})


@looks_for(OUTBOX_STUCK)
def outbox_stuck(look: Look) -> Iterator[Found]:
    asked = (
        select(Outbox.id, Outbox.created_at)
        .join(Job, Job.id == Outbox.job_id, isouter=True)
        .where(
            Outbox.state == "waiting",
            Outbox.created_at < look.settled,
            or_(Job.id.is_(None), Job.state.in_(("done", "cancelled"))),
        )
    )
    for id, since in look.rows(asked, Outbox.id):
        yield Found(f"outbox:{id}", {"since": since.isoformat(timespec="minutes")})


@looks_for(OUTBOX_HALF)
def outbox_half_sent(look: Look) -> Iterator[Found]:
    moment = (Outbox.state == "sent") != Outbox.sent_at.is_not(None)
    unexplained = Outbox.state.in_(("held", "failed")) & (func.coalesce(Outbox.reason, "") == "")
    asked = select(Outbox.id, Outbox.state).where(or_(moment, unexplained))
    for id, state in look.rows(asked, Outbox.id):
        yield Found(f"outbox:{id}", {"state": state})
