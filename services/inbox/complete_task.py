"""A person completes a task: what the form says goes into the card and the variables, and the process moves on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete

from engine.actor import Actor
from engine.errors import Invalid
from engine.runtime.commands.complete_task import complete_task as complete_in_engine
from engine.store.audit import record
from engine.store.repositories import locked_task
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.approval.record_visa import record_visa
from services.cards.change_card import change_card_in
from services.cards.models import Draft
from services.cards.values import missing
from services.fields import Manner
from services.files.reply_file import with_reply
from services.inbox.forms import CARD, Answers, Wrong, read_values
from services.inbox.rules import REGISTRATION, SIGNATURE, VISA, Outcome, may_complete
from services.inbox.save_task_draft import draft_key
from services.inbox.task_sheet import TaskSheet, task_sheet
from services.signing.sign import check_signer, sign

if TYPE_CHECKING:
    from services.office import Office

ANSWERED = "task.answered"
COMPLETE = "task.complete"
_BESIDE_THE_FORM = ("outcome", "remark", "password")


@dataclass(frozen=True)
class Completed:
    """What completing led to; `ended`: the process is over."""

    task_ref: str
    instance_ref: str
    ended: bool


@dataclass(frozen=True)
class _Sent:
    """What the person sent, taken apart."""

    outcome: Outcome
    remark: str
    password: str
    values: Mapping[str, Any]


def complete_task(
    office: Office,
    actor: Actor,
    ref: str,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    manner: Manner | None = None,
) -> Completed:
    """
    Complete the task with the form's *values* by key, `outcome` (the pressed button), `remark` and `password` among them.

    One transaction; a repeated `actor.request_id` gives the first answer. Raises NotFound; Conflict
    ("task-already-completed", who=, at=), ("task-changed"); NotAllowed; Invalid("form-refused") with problems by form key.
    """
    reading = manner or Manner(now=office.clock.now())
    with office.database.reading() as session:
        if (earlier := once(session, actor, COMPLETE)) is not None:
            return Completed(**earlier.result)
        sheet = task_sheet(office, session, actor, ref, reading)
        sent = _read(sheet, values)
        if sheet.facts.state == "open" and may_complete(sheet.facts) and sent.outcome.needs_password:
            check_signer(office, actor, sent.password)
    return office.database.run(lambda work: _complete(office, work, actor, ref, sent, revision, reading))


def _complete(
    office: Office, work: UnitOfWork, actor: Actor, ref: str, sent: _Sent, revision: int | None, manner: Manner
) -> Completed:
    if (earlier := once(work.session, actor, COMPLETE)) is not None:
        return Completed(**earlier.result)
    sheet = task_sheet(office, work.session, actor, ref, manner)
    locked_task(work.session, sheet.actor, sheet.task.id)  # the instance before the card: the lock order
    work.session.refresh(sheet.task)
    answers = _answers(sheet, sent) if sheet.task.state == "open" else Answers()
    if sheet.task.state == "open" and may_complete(sheet.facts):
        _change_card(office, work, sheet, answers)
        _mark(office, work, sheet, sent)
    instance = complete_in_engine(
        office.engine, work, sheet.actor, sheet.task.id, _variables(sheet, sent, answers), revision=revision
    )
    now = office.clock.now()
    key = draft_key(ref)
    work.session.execute(delete(Draft).where(Draft.account_id == actor.account_id, Draft.key == key))
    record(
        work.session,
        sheet.actor,
        ANSWERED,
        f"task:{sheet.task.id}",
        now,
        unit_id=sheet.task.unit_id,
        outcome=sent.outcome.code,
        remark=sent.remark,
    )
    done = Completed(ref, instance.ref, instance.ended_at is not None)
    remember(work, actor, COMPLETE, vars(done), now)
    return done


def _read(sheet: TaskSheet, values: Mapping[str, Any]) -> _Sent:
    known = {one.code: one for one in sheet.outcomes}
    code = str(values.get("outcome") or "")
    if not code and len(known) == 1:
        code = next(iter(known))
    if code not in known:
        raise Invalid(
            "form-refused", {"outcome": ("outcome-unknown" if code else "outcome-required", {"outcome": code})}
        )
    own = {key: value for key, value in values.items() if key not in _BESIDE_THE_FORM or _asks(sheet, key)}
    remark = str(values.get("remark") or "").strip()
    own.pop("outcome", None)
    own.pop("password", None)
    return _Sent(known[code], remark, str(values.get("password") or ""), own)


def _asks(sheet: TaskSheet, key: str) -> bool:
    return any(one.key == key for one in sheet.fields)


def _answers(sheet: TaskSheet, sent: _Sent) -> Answers:
    """The form's answers; every problem at once, beside its field."""
    answers, wrong = read_values(
        sheet.fields, sent.values, sheet.around, sheet.conditions, check_required=sent.outcome.checks_required
    )
    if sent.outcome.needs_remark and not sent.remark:
        wrong["remark"] = ("remark-required", {})
    if sheet.task.kind == REGISTRATION and sent.outcome.checks_required:
        wrong = _missing_to_register(sheet, answers) | wrong
    if sent.outcome.checks_required:
        wrong = _missing_reply(sheet, answers) | wrong
    if wrong:
        raise Invalid("form-refused", wrong)
    return answers


def _missing_to_register(sheet: TaskSheet, answers: Answers) -> Wrong:
    """What the card needs before it can get its number is asked beside the field, not after."""
    type = sheet.card_type
    move = type.transition("register") if type else None
    if type is None or move is None:
        return {}
    needed = missing(type, sheet.values | dict(answers.kept), move.target, move.requires)
    return {CARD + key: problem for key, problem in needed.items()}


def _missing_reply(sheet: TaskSheet, answers: Answers) -> Wrong:
    """A form that asks for the reply is content with its text or with a file."""
    asked = next((one for one in sheet.fields if sheet.is_reply(one)), None)
    if asked is None or asked.readonly or sheet.card is None or sheet.card_type is None:
        return {}
    values = with_reply(sheet.session, sheet.card, sheet.card_type, sheet.values | dict(answers.kept))
    return {} if values.get(asked.card_field) else {asked.key: ("reply-or-file-required", {})}


def _change_card(office: Office, work: UnitOfWork, sheet: TaskSheet, answers: Answers) -> None:
    if sheet.card is None or not answers.card:
        return
    keys = frozenset(one.card_field for one in sheet.fields if one.of_card)
    try:
        change_card_in(
            office, work, sheet.actor, sheet.card.id, answers.card, by_form=keys, manner=sheet.manner, what="changed"
        )
    except Invalid as refused:
        problems = {CARD + key: problem for key, problem in refused.fields.items()}
        raise Invalid("form-refused", problems) from refused


def _mark(office: Office, work: UnitOfWork, sheet: TaskSheet, sent: _Sent) -> None:
    """What a visa or a signature writes beside the card."""
    if sheet.card is None or sheet.holder_id is None or sheet.task.kind not in {VISA, SIGNATURE}:
        return
    now, code = office.clock.now(), sent.outcome.code
    if sheet.task.kind == VISA:
        record_visa(
            work,
            sheet.actor,
            now,
            card_id=sheet.card.id,
            account_id=sheet.holder_id,
            task_id=sheet.task.id,
            outcome=code,
            remark=sent.remark,
        )
        return
    sign(
        office,
        work,
        sheet.actor,
        now,
        card_id=sheet.card.id,
        account_id=sheet.holder_id,
        task_id=sheet.task.id,
        outcome="sign" if sent.outcome.needs_password else "refuse",
        remark=sent.remark,
        text=sheet.reply,
    )


def _variables(sheet: TaskSheet, sent: _Sent, answers: Answers) -> dict[str, Any]:
    own = {key: value for key, value in answers.variables.items() if key != "remark"}
    return own | {"outcome": sent.outcome.code}
