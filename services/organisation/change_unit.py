"""An administrator writes a unit: names, kind, place in the tree, head; or closes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.actor import Actor
from engine.errors import Conflict, Invalid
from engine.store.audit import record
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account
from services.accounts.rules import must_administer
from services.organisation.models import Unit
from services.organisation.units import add_unit_in, move_unit_in, set_head_in, unit_by_code
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts

LONGEST = 200


@dataclass(frozen=True)
class UnitFacts:
    """What is typed about a unit; `head` is a sign-in name."""

    names: Mapping[str, str]
    kind: str = "department"
    parent: str | None = None
    head: str | None = None


def add_unit(office: Parts, actor: Actor, code: str, facts: UnitFacts) -> None:
    """Raises NotAllowed, Invalid("unit-refused"), Conflict("unit-code-taken")."""
    must_administer(actor)
    code = code.strip()
    if not code or len(code) > 64 or not all(char.isalnum() or char in "._-" for char in code):
        raise Invalid("unit-refused", {"code": ("item-code-characters", {"most": 64})})

    def act(work: UnitOfWork) -> None:
        names = _names(facts)
        unit = add_unit_in(office, work, actor, code, names, parent=facts.parent, kind=_kind(facts))
        set_head_in(work, unit, _head(work, facts))

    office.database.run(act)


def change_unit(office: Parts, actor: Actor, code: str, facts: UnitFacts, revision: int) -> int:
    """Write it anew; gives its revision. Raises NotFound, NotAllowed, Invalid, Conflict("unit-changed")."""
    must_administer(actor)

    def act(work: UnitOfWork) -> int:
        session, unit = work.session, unit_by_code(work.session, code)
        session.refresh(unit, with_for_update=True)
        if unit.revision != revision:
            raise Conflict("unit-changed")
        wanted: dict[str, Any] = {"names": _names(facts), "kind": _kind(facts)}
        changed = [name for name, value in wanted.items() if getattr(unit, name) != value]
        for name in changed:
            setattr(unit, name, wanted[name])
        if unit.head_id != (head := _head(work, facts)):
            set_head_in(work, unit, head)
            changed.append("head_id")
        above = unit_by_code(session, facts.parent) if facts.parent else None
        if (above.id if above else None) != unit.parent_id:
            move_unit_in(office, work, actor, code, facts.parent)
            changed.append("parent")
        if changed:
            unit.revision += 1
            record(session, actor, "unit.changed", f"unit:{unit.id}", office.clock.now(), changed=changed)
        return unit.revision

    return office.database.run(act)


def close_unit(office: Parts, actor: Actor, code: str, *, closed: bool = True) -> None:
    """Nobody is put into a closed unit and no field chooses it. Raises Conflict("unit-not-empty", people=, units=)."""
    must_administer(actor)

    def act(work: UnitOfWork) -> None:
        session, unit = work.session, unit_by_code(work.session, code)
        now = office.clock.now()
        today = now.astimezone(policies(session).zone).date()
        if (unit.closed_on is not None) == closed:
            return
        if closed:
            people = select(func.count()).where(Account.unit_id == unit.id, Account.active)
            below = select(func.count()).where(Unit.parent_id == unit.id, Unit.closed_on.is_(None))
            left = {"people": session.scalar(people) or 0, "units": session.scalar(below) or 0}
            if any(left.values()):
                raise Conflict("unit-not-empty", **left)
        unit.closed_on = today if closed else None
        unit.revision += 1
        record(session, actor, "unit.closed" if closed else "unit.reopened", f"unit:{unit.id}", now)

    office.database.run(act)


def _names(facts: UnitFacts) -> dict[str, str]:
    names = {language: " ".join(text.split()) for language, text in facts.names.items() if text.strip()}
    if not names:
        raise Invalid("unit-refused", {f"name_{next(iter(facts.names), 'en')}": ("required", {})})
    wrong = {
        f"name_{language}": ("too-long", {"most": LONGEST, "length": len(text)})
        for language, text in names.items()
        if len(text) > LONGEST
    }
    if wrong:
        raise Invalid("unit-refused", wrong)
    return names


def _kind(facts: UnitFacts) -> str:
    kind = facts.kind.strip() or "department"
    if len(kind) > 32 or not all(char.isalnum() or char in "_-" for char in kind):
        raise Invalid("unit-refused", {"kind": ("key-letters", {})})
    return kind


def _head(work: UnitOfWork, facts: UnitFacts) -> int | None:
    if not facts.head:
        return None
    found = work.session.scalar(select(Account.id).filter_by(login=facts.head.casefold(), active=True))
    if found is None:
        raise Invalid("unit-refused", {"head": ("no-such-person", {"value": facts.head})})
    return found
