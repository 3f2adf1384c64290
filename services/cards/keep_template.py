"""Somebody makes a template of cards, mends it, throws it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.audit import record
from engine.store.requests import once, remember
from engine.store.unit_of_work import UnitOfWork
from services.access.rules import may_create
from services.accounts.models import Principal
from services.cards.card_templates import Scope, rights_of, template_row
from services.cards.models import CardTemplate
from services.cards.references import around as around_card
from services.cards.starting_values import storable
from services.cards.values import read_values
from services.fields import Manner

if TYPE_CHECKING:
    from services.office import Parts

LONGEST_NAME = 120
MOST = 200
"""Templates of one person, unit or the organisation for one kind of card."""
_PRINCIPALS = {"own": "user", "unit": "unit", "organisation": "everyone"}


@dataclass(frozen=True)
class Template:
    """What is to be kept: `values` as typed, by field key; `unit` by its code, for the scope `unit`."""

    type: str
    name: str
    scope: Scope
    unit: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def add_template(office: Parts, actor: Actor, template: Template, manner: Manner) -> str:
    """
    Keep a new template; gives its reference.

    Raises NotAllowed("template-scope" | "card-create"), Invalid("template-refused") beside `name` or a field.
    """

    def act(work: UnitOfWork) -> str:
        if (earlier := once(work.session, actor, "template.add")) is not None:
            return str(earlier.result)
        principal = _principal(office, work, actor, template)
        mine = select(func.count()).select_from(CardTemplate)
        held = work.session.scalar(
            mine.where(CardTemplate.type == template.type, CardTemplate.principal_id == principal)
        )
        if (held or 0) >= MOST:
            raise Invalid("template-refused", {"name": ("too-many-templates", {"most": MOST})})
        row = CardTemplate(principal_id=principal, made_by=actor.name)
        _write(office, work, actor, row, template, manner)
        work.session.add(row)
        work.session.flush()
        _note(office, work, actor, row, "template.added")
        remember(work, actor, "template.add", row.ref, office.clock.now())
        return row.ref

    return office.database.run(act)


def change_template(office: Parts, actor: Actor, ref: str, template: Template, revision: int, manner: Manner) -> None:
    """
    Write a template anew; it may get another scope.

    Raises NotFound, Conflict("template-changed"), and what adding raises.
    """

    def act(work: UnitOfWork) -> None:
        row = _mine(office, work, actor, ref)
        if row.revision != revision:
            raise Conflict("template-changed")
        if row.type != template.type:
            raise NotFound("template-not-found")
        row.principal_id = _principal(office, work, actor, template)
        row.revision += 1
        _write(office, work, actor, row, template, manner)
        _note(office, work, actor, row, "template.changed")

    office.database.run(act)


def drop_template(office: Parts, actor: Actor, ref: str) -> None:
    """Throw it away; cards made from it stay as they are. Raises NotFound."""

    def act(work: UnitOfWork) -> None:
        row = _mine(office, work, actor, ref)
        work.session.delete(row)
        _note(office, work, actor, row, "template.dropped")

    office.database.run(act)


def _mine(office: Parts, work: UnitOfWork, actor: Actor, ref: str) -> CardTemplate:
    row = template_row(work.session, actor, ref)
    work.session.refresh(row, with_for_update=True)
    owner = work.session.get_one(Principal, row.principal_id)
    if not rights_of(office, work.session, actor).may(owner.kind, owner.code):
        raise NotFound("template-not-found")
    return row


def _principal(office: Parts, work: UnitOfWork, actor: Actor, template: Template) -> int:
    """Whose it is to be; whoever may not make cards of the kind makes no templates of them."""
    session = work.session
    type = office.shelf.card_type(session, template.type)
    deployed = office.shelf.solution(session, type.solution)
    if not may_create(type, actor.roles, dict(deployed.manifest.roles)):
        raise NotAllowed("card-create", type=type.code)
    rights = rights_of(office, session, actor)
    kind = _PRINCIPALS.get(template.scope, "")
    code = {"user": rights.own, "unit": template.unit, "everyone": "everyone"}.get(kind, "")
    if not rights.may(kind, code):
        raise NotAllowed("template-scope", scope=template.scope)
    found = session.scalar(select(Principal.id).where(Principal.kind == kind, Principal.code == code))
    if found is None:
        raise NotAllowed("template-scope", scope=template.scope)
    return found


def _write(
    office: Parts, work: UnitOfWork, actor: Actor, row: CardTemplate, template: Template, manner: Manner
) -> None:
    session, now = work.session, office.clock.now()
    type = office.shelf.card_type(session, template.type)
    allowed = {spec.key for spec in storable(type)}
    around = around_card(office, session, type.solution, manner)
    kept, problems = read_values(office, work, actor, type, template.values, around)
    problems |= {
        key: ("not-in-template", {}) for key, value in kept.items() if value is not None and key not in allowed
    }
    name = template.name.strip()
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = ("too-long", {"most": LONGEST_NAME}) if name else ("required", {})
    if problems:
        raise Invalid("template-refused", problems)
    row.type, row.type_version = type.code, type.version
    row.name = row.name_sort = name
    row.data = {key: value for key, value in kept.items() if value is not None}
    row.changed_at = now


def _note(office: Parts, work: UnitOfWork, actor: Actor, row: CardTemplate, action: str) -> None:
    about: dict[str, Any] = {"type": row.type, "name": row.name}
    record(work.session, actor, action, f"template:{row.id}", office.clock.now(), **about)
