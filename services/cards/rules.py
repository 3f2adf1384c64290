"""What two people made of the same card, put together; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True)
class Merge:
    """Fields by who changed them since the start: `mine` alone, `theirs` alone, or both differently."""

    mine: frozenset[str]
    theirs: frozenset[str]
    both: frozenset[str]


def merge(start: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merge:
    """
    A three-way merge of kept values over the keys of *mine*; a table is one value, None is a field without one.

    >>> merge({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": 2}, {"a": 1, "b": 2, "c": 3})
    Merge(mine=frozenset({'b'}), theirs=frozenset({'a'}), both=frozenset({'c'}))
    """
    changed = {key for key, value in mine.items() if value != start.get(key)}
    moved = {key for key in mine if theirs.get(key) != start.get(key)}
    same = {key for key in changed & moved if mine[key] == theirs.get(key)}
    return Merge(
        mine=frozenset(changed - moved),
        theirs=frozenset(moved - changed),
        both=frozenset(changed & moved - same),
    )


def unsettled(
    found: Merge, choices: Mapping[str, str], seen: Mapping[str, Any], theirs: Mapping[str, Any]
) -> frozenset[str]:
    """
    The fields somebody has still to choose for: a choice holds only for what was *seen* when it was made.

    >>> found = merge({"a": 1}, {"a": 2}, {"a": 3})
    >>> unsettled(found, {"a": "mine"}, {"a": 2}, {"a": 2}), unsettled(found, {"a": "mine"}, {"a": 1}, {"a": 2})
    (frozenset(), frozenset({'a'}))
    """
    return frozenset(
        key for key in found.both if choices.get(key) not in (THEIRS, MINE) or seen.get(key) != theirs.get(key)
    )


def wanted(found: Merge, choices: Mapping[str, str]) -> frozenset[str]:
    """The fields whose value is to become hers, when nothing is unsettled."""
    return found.mine | {key for key in found.both if choices.get(key) == MINE}
