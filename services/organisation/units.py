"""The tree of units: made and moved by an admin; employees follow by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.access.follow_moves import follow_unit_in
from services.accounts.models import Account
from services.accounts.principals import principal_id, recompute
from services.organisation.models import Appointment, Unit

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class UnitRow:
    """A unit in the tree, parents before children."""

    id: int
    code: str
    names: Mapping[str, str]
    kind: str
    parent: str | None
    depth: int
    head: str | None  # sign-in name
    head_name: str
    closed: bool = False
    revision: int = 1

    def name(self, locale: str) -> str:
        return name_in(self.names, locale, self.code)


def name_in(names: Mapping[str, str], locale: str, otherwise: str) -> str:
    """A name in the reader's language, else English, else any, else the code."""
    return names.get(locale) or names.get("en") or next(iter(names.values()), "") or otherwise


def add_unit_in(
    office: Parts,
    work: UnitOfWork,
    actor: Actor,
    code: str,
    names: Mapping[str, str],
    *,
    parent: str | None = None,
    kind: str = "department",
) -> Unit:
    """Add a unit under *parent*. Raises Conflict("unit-code-taken"), Invalid for an unknown parent."""
    session = work.session
    if session.scalar(select(Unit.id).filter_by(code=code)) is not None:
        raise Conflict("unit-code-taken", unit=code)
    above = session.scalar(select(Unit).filter_by(code=parent)) if parent else None
    if parent and above is None:
        raise Invalid("unit-refused", {"parent": ("no-such-unit", {"value": parent})})
    unit = Unit(code=code, names=dict(names), kind=kind, parent_id=above.id if above else None)
    session.add(unit)
    session.flush()
    unit.path = f"{above.path if above else '/'}{unit.id}/"
    principal_id(session, "unit", code, names)
    principal_id(session, "head", code)
    record(session, actor, "unit.added", f"unit:{unit.id}", office.clock.now())
    return unit


def move_unit_in(office: Parts, work: UnitOfWork, actor: Actor, code: str, parent: str | None) -> None:
    """Hang a unit elsewhere, never below itself: people keep their units, what they count as follows."""
    session, unit = work.session, unit_by_code(work.session, code)
    above = unit_by_code(session, parent) if parent else None
    if above is not None and above.path.startswith(unit.path):
        raise Invalid("unit-refused", {"parent": ("unit-below-itself", {"unit": code})})
    old, new = unit.path, f"{above.path if above else '/'}{unit.id}/"
    unit.parent_id = above.id if above else None
    moved = list(session.scalars(select(Unit).where(Unit.path.startswith(old, autoescape=True))))
    for one in moved:
        one.path = new + one.path[len(old) :]
    session.flush()
    ids = [one.id for one in moved]
    held = select(Appointment.account_id).where(Appointment.unit_id.in_(ids), Appointment.active)
    asked = select(Account.id).where(or_(Account.unit_id.in_(ids), Account.id.in_(held)))
    recompute(session, session.scalars(asked).all())
    follow_unit_in(office, work, unit.id)
    record(session, actor, "unit.moved", f"unit:{unit.id}", office.clock.now(), parent=parent)


def set_head_in(work: UnitOfWork, unit: Unit, head_id: int | None) -> None:
    """The unit has another head: what the old and the new one count as follows."""
    changed = {one for one in (unit.head_id, head_id) if one is not None and unit.head_id != head_id}
    unit.head_id = head_id
    recompute(work.session, changed)


def unit_by_code(session: Session, code: str) -> Unit:
    """Raises NotFound."""
    unit = session.scalar(select(Unit).filter_by(code=code))
    if unit is None:
        raise NotFound("unit-not-found", unit=code)
    return unit


def units(session: Session, *, kind: str | None = None) -> list[UnitRow]:
    """The whole tree in reading order, or the units of one kind."""
    headed = select(Account.id, Account.login, Account.name).join(Unit, Unit.head_id == Account.id)
    heads = {id: (login, name) for id, login, name in session.execute(headed)}
    rows = {unit.id: unit for unit in session.scalars(select(Unit))}
    ordered = sorted(rows.values(), key=lambda unit: [rows[int(part)].code for part in unit.path.split("/") if part])
    return [
        UnitRow(
            id=unit.id,
            code=unit.code,
            names=unit.names or {},
            kind=unit.kind,
            parent=rows[unit.parent_id].code if unit.parent_id else None,
            depth=unit.path.count("/") - 2,
            head=heads.get(unit.head_id or 0, (None, ""))[0],
            head_name=heads.get(unit.head_id or 0, (None, ""))[1],
            closed=unit.closed_on is not None,
            revision=unit.revision,
        )
        for unit in ordered
        if kind is None or unit.kind == kind
    ]
