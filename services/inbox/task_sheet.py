"""Everything known about one task, loaded once: for its page and for completing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from engine.feel import values as feel
from engine.store.models import Definition, Instance, Resource, Task, TaskCandidate, Variable
from engine.store.rows import ask
from engine.store.types import among
from services.accounts.models import Account, Principal
from services.cards.card_context import feel_card
from services.cards.find_card import card_id_in
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.references import around as around_card
from services.fields import Around, FieldSpec, Manner
from services.inbox.forms import FormField, fields_of
from services.inbox.rules import Outcome, TaskFacts, is_own, may_see, outcomes
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class TaskSheet:
    """A task as it stands for one actor. `actor` has `acting_for` set when it is the task of a person stood in for."""

    office: Parts
    session: Session
    actor: Actor
    manner: Manner
    task: Task
    instance_ref: str
    deployment_id: int
    card: Card | None
    facts: TaskFacts

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        return outcomes(self.task.kind, self.task.properties or {})

    @cached_property
    def card_type(self) -> CardTypeFile | None:
        return self.office.shelf.card_type(self.session, self.card.type) if self.card is not None else None

    @cached_property
    def form(self) -> dict[str, Any]:
        """The form the instance was deployed with; no components when there is none."""
        return form_of(self.session, self.deployment_id, self.task.form_key, self.task.element)

    @cached_property
    def fields(self) -> tuple[FormField, ...]:
        specs: Mapping[str, FieldSpec] = self.card_type.by_key if self.card_type else {}
        fields = fields_of(self.form, specs)
        return tuple(replace(one, required=False) if self.is_reply(one) else one for one in fields)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The card's values in kept forms, by field."""
        if self.card is None or self.card_type is None:
            return {}
        return values_of(self.office, self.session, self.card, self.card_type)

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The instance's variables as plain JSON values."""
        asked = select(Variable.name, Variable.value).where(
            Variable.instance_id == self.task.instance_id, Variable.scope == ""
        )
        return {name: _variable(value) for name, value in self.session.execute(asked)}

    @cached_property
    def around(self) -> Around:
        card_id = self.card.id if self.card is not None else None
        made = around_card(self.office, self.session, self.task.solution, self.manner, card_id=card_id)
        specs = [one.spec for one in self.fields if one.of_card]
        made.references.foresee(specs, self.values)  # type: ignore[attr-defined]
        return made

    @cached_property
    def conditions(self) -> dict[str, Any]:
        """What a form's conditions may read."""
        card = feel_card(self.office, self.session, self.card) if self.card is not None else {}
        return {**self.variables, "card": card}

    @property
    def card_id(self) -> int | None:
        return self.card.id if self.card is not None else None

    @property
    def reply(self) -> Any:
        """What is approved and signed: the card's reply as kept."""
        key = self.card_type.reply_field if self.card_type else None
        return self.values.get(key) if key else None

    def is_reply(self, field: FormField) -> bool:
        """Whether a file may stand for this field: asking for either is the use case's, not the field's."""
        type = self.card_type
        may_be_file = type is not None and type.reply_file_class is not None
        return may_be_file and field.of_card and type is not None and field.card_field == type.reply_field

    @property
    def holder_id(self) -> int | None:
        """Whose visa or signature completing this is: the assignee's, else the actor's own."""
        return self.task.assignee_id or self.actor.acting_for or self.actor.account_id


def task_sheet(office: Parts, session: Session, actor: Actor, ref: str, manner: Manner) -> TaskSheet:
    """The task *ref* for *actor*. Raises NotFound("task-not-found") when it does not exist or is none of theirs."""
    mine = TaskCandidate.principal_id.in_(actor.principals)
    candidate = exists().where(TaskCandidate.task_id == Task.id, mine).correlate(Task)
    row = session.execute(
        select(Task, Instance.ref, Definition.deployment_id, candidate)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Definition, Definition.id == Task.definition_id)
        .where(Task.ref == ref)
    ).one_or_none()
    if row is None:
        raise NotFound("task-not-found")
    task, instance_ref, deployment_id, is_candidate = row
    stands_in = stands_in_for(session, actor)
    own = is_own(actor, task.assignee_id, stands_in)
    facts = TaskFacts(task.state, task.assignee_id, bool(is_candidate), own)
    done_by_me = task.ended_by is not None and task.ended_by == actor.account_id
    if not may_see(facts) and not done_by_me:
        raise NotFound("task-not-found")
    if own and task.assignee_id != actor.account_id:
        actor = replace(actor, acting_for=task.assignee_id)
    card_id = card_id_in(task.subject_ref)
    card = session.get(Card, card_id) if card_id is not None else None
    return TaskSheet(office, session, actor, manner, task, instance_ref, deployment_id, card, facts)


def stands_in_for(session: Session, actor: Actor) -> frozenset[int]:
    """Accounts whose tasks are this actor's now: itself and whom it substitutes; one statement."""
    return frozenset(id for (id,) in ask(session, _STOOD_IN_FOR, {"principals": actor.principals}))


_STOOD_IN_FOR = (
    select(Account.id)
    .join(Principal, (Principal.kind == "user") & (Principal.code == Account.login))
    .where(among(Principal.id, "principals"))
)


def form_of(session: Session, deployment_id: int, form_key: str | None, element: str) -> dict[str, Any]:
    """A form of a deployment: by the task's form key, else by the name of its element."""
    name = (form_key or element).rpartition(":")[2].rpartition("/")[2].removesuffix(".form")
    asked = select(Resource.content).where(
        Resource.deployment_id == deployment_id, Resource.path == f"forms/{name}.form"
    )
    content = session.scalar(asked)
    form: dict[str, Any] = json.loads(content) if content else {"components": []}
    return form


def _variable(kept: Any) -> Any:
    return feel.plain(feel.from_json(json.loads(kept) if isinstance(kept, str) else kept))
