"""Templates of cards: one's own, of a unit and of the whole organisation; some come with the solution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import NotFound
from services.accounts.models import Account, Principal
from services.cards.models import CardTemplate
from services.organisation.models import Unit
from services.solutions.card_type import CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts

Scope = Literal["own", "unit", "organisation"]
SCOPES: tuple[Scope, ...] = ("own", "unit", "organisation")
KINDS: Mapping[str, Scope] = {"user": "own", "unit": "unit", "everyone": "organisation"}
RIGHT = "templates"
LISTED = 500


@dataclass(frozen=True)
class TemplateRow:
    """A template somebody may start from; `may_change` says whether they may also mend or delete it."""

    ref: str
    type: str
    name: str
    scope: Scope
    unit: str  # its code, for a template of a unit
    by: str
    changed_at: datetime | None
    may_change: bool


@dataclass(frozen=True)
class TemplatePage:
    """One template for its form: the kept values."""

    row: TemplateRow
    data: Mapping[str, Any]
    type_version: int
    revision: int


def templates_for(
    office: Parts, session: Session, actor: Actor, types: Iterable[CardTypeFile], locale: str
) -> list[TemplateRow]:
    """What this actor may start new cards of these types from: the solution's first, then by name."""
    found: list[TemplateRow] = []
    codes = []
    for type in types:
        codes.append(type.code)
        texts = office.shelf.texts(session, type.solution)
        found += [
            TemplateRow(
                one.ref,
                type.code,
                texts.get(f"card.{type.code}.template.{one.id}", locale),
                "organisation",
                "",
                "",
                None,
                False,
            )
            for one in type.templates
        ]
    asked = (
        select(CardTemplate, Principal.kind, Principal.code)
        .join(Principal, Principal.id == CardTemplate.principal_id)
        .where(CardTemplate.type.in_(codes), CardTemplate.principal_id.in_(actor.principals))
        .order_by(CardTemplate.name_sort, CardTemplate.id)
        .limit(LISTED)
    )
    rights = rights_of(office, session, actor)
    return found + [_row(row, kind, code, rights) for row, kind, code in session.execute(asked)]


@dataclass(frozen=True)
class TemplateRights:
    """For whom this actor may make and mend templates: itself, the units it heads (or its own), the organisation."""

    own: str
    units: tuple[tuple[str, str], ...]  # code and name
    organisation: bool

    def may(self, kind: str, code: str) -> bool:
        """Whether templates of this principal are theirs to change."""
        if kind == "user":
            return code == self.own
        return self.organisation if kind == "everyone" else code in dict(self.units)


def rights_of(office: Parts, session: Session, actor: Actor, locale: str = "en") -> TemplateRights:
    """
    Everybody for themselves; a unit's head for it; whoever has the right `templates` (or administers) for the own unit and
    for the organisation.
    """
    login, unit_id = session.execute(
        select(Account.login, Account.unit_id).where(Account.id == (actor.account_id or 0))
    ).one_or_none() or ("", None)
    everywhere = "admin" in actor.roles or RIGHT in office.shelf.rights(session, actor.roles)
    heads = Unit.head_id == (actor.account_id or 0)
    mine = or_(heads, Unit.id == unit_id) if everywhere and unit_id is not None else heads
    units = session.execute(select(Unit.code, Unit.names).where(mine, Unit.closed_on.is_(None)).order_by(Unit.code))
    return TemplateRights(
        own=login,
        units=tuple((code, names.get(locale) or next(iter(names.values()), code)) for code, names in units),
        organisation=everywhere,
    )


def template_row(session: Session, actor: Actor, ref: str) -> CardTemplate:
    """Raises NotFound("template-not-found") for a missing or foreign one."""
    asked = select(CardTemplate).where(CardTemplate.ref == ref, CardTemplate.principal_id.in_(actor.principals))
    row = session.scalar(asked)
    if row is None:
        raise NotFound("template-not-found")
    return row


def template_page(office: Parts, session: Session, actor: Actor, ref: str) -> TemplatePage:
    """One template to be mended. Raises NotFound for whoever may not."""
    row = template_row(session, actor, ref)
    kind, code = session.execute(select(Principal.kind, Principal.code).where(Principal.id == row.principal_id)).one()
    shown = _row(row, kind, code, rights_of(office, session, actor))
    if not shown.may_change:
        raise NotFound("template-not-found")
    return TemplatePage(shown, row.data, row.type_version, row.revision)


def _row(row: CardTemplate, kind: str, code: str, rights: TemplateRights) -> TemplateRow:
    return TemplateRow(
        ref=row.ref,
        type=row.type,
        name=row.name,
        scope=KINDS.get(kind, "own"),
        unit=code if kind == "unit" else "",
        by=row.made_by,
        changed_at=row.changed_at,
        may_change=rights.may(kind, code),
    )
