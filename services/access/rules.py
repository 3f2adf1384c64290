"""
Who may do what with a card. Pure: the same answers draw the button and guard the action.

`whos` are the names a card type file uses for somebody who stands in a relation to one card: `role:clerk`,
`relation:executor`, `party`, `machine`, `*`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.accounts.rules import AUDITOR
from services.registration.rules import NUMBERING
from services.solutions.card_type import EVERYBODY, AccessRule, CardTypeFile, FileClass, Transition

SEE, EDIT, FILES, REGISTER, LINK, BIN, PURGE = 1, 2, 4, 8, 32, 64, 128
BITS = {
    "see": SEE,
    "edit": EDIT,
    "files": FILES,
    "register": REGISTER,
    "link": LINK,
    "bin": BIN,
    "purge": PURGE,
}


@dataclass(frozen=True)
class Standing:
    """What an actor is to one card at this moment."""

    whos: frozenset[str]
    state: str
    mask: int

    @property
    def is_machine(self) -> bool:
        return "machine" in self.whos

    @property
    def is_auditor(self) -> bool:
        """Who sees all of it and may do nothing with it."""
        return AUDITOR in self.whos


def mask_of(type: CardTypeFile, state: str, whos: Iterable[str]) -> int:
    """The sum of bits the card type's rules give to somebody with these names in this state."""
    names = frozenset(whos)
    bits = 0
    for rule in type.access:
        if rule.who in names and _holds(rule.states, state):
            for right in rule.may:
                bits |= BITS.get(right, 0)
    return bits


def rights_of(mask: int) -> tuple[str, ...]:
    """The names of the rights a mask holds."""
    return tuple(name for name, bit in BITS.items() if mask & bit)


def editable(type: CardTypeFile, standing: Standing) -> frozenset[str]:
    """The keys of the fields this actor may change now; a state may take a field from everybody but the machine."""
    keys: set[str] = set()
    for rule in type.access:
        if rule.who in standing.whos and "edit" in rule.may and _holds(rule.states, standing.state):
            keys |= set(rule.fields or type.by_key)
    fixed = {spec.key for spec in type.fields if standing.state in (*spec.hidden_in, *spec.readonly_in)}
    return frozenset(type.by_key if standing.is_machine else keys - fixed)


def visible_fields(type: CardTypeFile, standing: Standing) -> frozenset[str]:
    """The keys of the fields this actor sees now: those of every rule that lets it see the card."""
    if standing.is_machine or standing.is_auditor:
        return frozenset(type.by_key)
    keys: set[str] = set()
    for rule in type.access:
        if rule.who in standing.whos and "see" in rule.may and _holds(rule.states, standing.state):
            keys |= seen_by(type, rule)
    return frozenset(keys)


def shown_fields(type: CardTypeFile, standing: Standing) -> frozenset[str]:
    """The fields this actor sees now and the state does not hide: what a page, a list of changes or a paper shows."""
    hidden = {spec.key for spec in type.fields if standing.state in spec.hidden_in}
    return visible_fields(type, standing) - hidden


def seen_by(type: CardTypeFile, rule: AccessRule) -> frozenset[str]:
    """The fields a rule that gives `see` shows: all, unless it names some of them or all but some."""
    return frozenset(rule.sees or type.by_key) - frozenset(rule.sees_not)


def seen_always(type: CardTypeFile, names: frozenset[str]) -> frozenset[str]:
    """The fields somebody of these *names* sees in whichever card it sees: by a rule for every state, or because all do."""
    giving = [rule for rule in type.access if "see" in rule.may]
    everybody = frozenset(type.by_key)
    for rule in giving:
        everybody &= seen_by(type, rule)
    mine = [seen_by(type, rule) for rule in giving if _opens_all(rule, names)]
    return everybody.union(*mine)


def sees_all(type: CardTypeFile, names: frozenset[str]) -> bool:
    """Whether somebody of these *names* sees every card of the type, whatever its state and relations."""
    return any("see" in rule.may and _opens_all(rule, names) for rule in type.access)


def _opens_all(rule: AccessRule, names: frozenset[str]) -> bool:
    return "*" in rule.states and rule.who in names


def may_move(transition: Transition, standing: Standing) -> bool:
    """Whether this actor may press this transition in this state (what it requires is another question)."""
    return standing.state in transition.sources and not standing.is_auditor and bool(_named(transition.who, standing))


def may_press(type: CardTypeFile, transition: Transition, standing: Standing) -> bool:
    """The same on the card's page: there what takes a number or gives one up needs the right to register too."""
    numbers = transition.id in NUMBERING and type.journal is not None
    return may_move(transition, standing) and (not numbers or bool(standing.mask & REGISTER))


def may_with_files(file_class: FileClass, standing: Standing, what: str) -> bool:
    """`what` is see, add or delete; adding and deleting need the right to the card's files, or being named outright."""
    if standing.is_machine:
        return True
    if standing.is_auditor:
        return what == "see"
    if not standing.mask & SEE:
        return False
    return bool(_named({"see": file_class.see, "add": file_class.add, "delete": file_class.delete}[what], standing))


def may_add_file(type: CardTypeFile, file_class: FileClass, standing: Standing) -> bool:
    """A file that may be the reply itself comes only from whoever may write the reply, and only while they may."""
    if not may_with_files(file_class, standing, "add"):
        return False
    if standing.is_machine or file_class.id != type.reply_file_class:
        return True
    return type.reply_field in editable(type, standing)


def may_draft_letter(type: CardTypeFile, standing: Standing) -> bool:
    """Whether this actor may take a draft of the reply home into a word processor."""
    declared = type.file_class(type.reply_file_class) if type.reply_file_class else None
    return declared is not None and bool(type.reply_template) and may_add_file(type, declared, standing)


def may_link(standing: Standing) -> bool:
    """Whether this actor may link the card with others: who may change something in it, or has the right `link`."""
    return standing.is_machine or (bool(standing.mask & SEE) and bool(standing.mask & (EDIT | LINK)))


def may_group(standing: Standing) -> bool:
    """Whether this actor may put the card into a group: who may do anything with it beside reading."""
    return bool(standing.mask & SEE) and bool(standing.mask & ~SEE)


def may_bin(standing: Standing) -> bool:
    """Whether this actor may throw the card into the bin in its state, and take it out again."""
    return bool(standing.mask & SEE) and bool(standing.mask & BIN)


def may_purge(standing: Standing) -> bool:
    """Whether this actor may destroy a card of the bin before its term."""
    return bool(standing.mask & SEE) and bool(standing.mask & PURGE)


def may_create(type: CardTypeFile, roles: Iterable[str], may: dict[str, tuple[str, ...]]) -> bool:
    """Whether one of these roles may make such a card; `may` is the solution's [roles]."""
    known = frozenset(roles)
    return AUDITOR not in known and any(f"create:{type.code}" in may.get(role, ()) for role in known)


def why(type: CardTypeFile, standing: Standing) -> list[tuple[str, tuple[str, ...]]]:
    """«Why can she see this»: the rules that give something now, as (who, what it gives)."""
    return [
        (rule.who, rule.may)
        for rule in type.access
        if rule.who in standing.whos and _holds(rule.states, standing.state)
    ]


def _named(whos: Iterable[str], standing: Standing) -> frozenset[str]:
    """Which of *whos* somebody is; everybody there means everybody who sees the card."""
    mine = standing.whos - {EVERYBODY}
    return frozenset(whos) & (mine | {EVERYBODY} if standing.mask & SEE else mine)


def _holds(states: Iterable[str], state: str) -> bool:
    return any(one in {"*", state} for one in states)
