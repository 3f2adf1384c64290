"""Modules × roles of a solution: what a role opens without any relation to a card. Pure but for the shelf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.access.rules import BITS
from services.solutions.card_type import BRANCH, EVERYBODY, AccessRule, CardTypeFile
from services.solutions.shelf import Deployed

EVERYWHERE, SOMETIMES, BRANCH_ONLY, NOTHING = "everywhere", "sometimes", "branch", ""


@dataclass(frozen=True)
class Cell:
    """How far a role gets: in every state, in some, only in its own branch, or not at all; `words` says what exactly."""

    reach: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """One line: `what` is a right, `create`, `move`, `files:<class>` or a right of the solution; `type` whose card it is."""

    what: str
    type: CardTypeFile | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """One solution's roles and what each opens."""

    solution: str
    title: str
    roles: tuple[str, ...]
    modules: tuple[Module, ...]


def role_matrix(deployed: Deployed) -> Matrix:
    """The matrix of one deployed solution, by the rules its cards are guarded with."""
    roles, may = tuple(deployed.manifest.roles), deployed.manifest.roles
    modules: list[Module] = []
    for type in deployed.card_types.values():
        named = [right for right in BITS if any(right in rule.may for rule in type.access)]
        rows = {right: tuple(_reach(type, right, role) for role in roles) for right in named}
        rows["create"] = tuple(_yes(f"create:{type.code}" in may[role]) for role in roles)
        rows["move"] = tuple(_moves(type, role) for role in roles)
        rows |= {
            f"files:{one.id}": tuple(
                _files(type, {"see": one.see, "add": one.add, "delete": one.delete}, role) for role in roles
            )
            for one in type.file_classes
        }
        modules += [Module(what, type, cells) for what, cells in rows.items() if any(cell.reach for cell in cells)]
    rights = sorted({right for several in may.values() for right in several if not right.startswith("create:")})
    modules += [Module(right, None, tuple(_yes(right in may[role]) for role in roles)) for right in rights]
    return Matrix(deployed.slug, deployed.manifest.title, roles, tuple(modules))


def _yes(does: bool) -> Cell:
    return Cell(EVERYWHERE if does else NOTHING)


def _reach(type: CardTypeFile, right: str, role: str) -> Cell:
    giving = [rule for rule in type.access if right in rule.may]
    own = [rule for rule in giving if rule.who in (f"role:{role}", EVERYBODY)]
    if any(_always(rule, type) for rule in own):
        return Cell(EVERYWHERE)
    if any(rule.who == BRANCH + role for rule in giving):
        return Cell(BRANCH_ONLY)
    return Cell(SOMETIMES if own else NOTHING)


def _always(rule: AccessRule, type: CardTypeFile) -> bool:
    return "*" in rule.states or {state.id for state in type.states} <= set(rule.states)


def _moves(type: CardTypeFile, role: str) -> Cell:
    named = tuple(f"card.{type.code}.transition.{one.id}" for one in type.transitions if _names(one.who, role))
    return Cell(SOMETIMES if named else NOTHING, named)


def _files(type: CardTypeFile, whos: dict[str, tuple[str, ...]], role: str) -> Cell:
    sees = _reach(type, "see", role)
    if not sees.reach:
        return sees
    acts = tuple(act for act, named in whos.items() if _names(named, role) or "*" in named)
    return Cell(sees.reach if acts else NOTHING, acts)


def _names(whos: Iterable[str], role: str) -> bool:
    return bool({f"role:{role}", BRANCH + role} & set(whos))
