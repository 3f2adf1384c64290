"""Receipts, codes, steps of a request as a customer sees them, waiting after wrong tries. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from engine.store.text import normalise
from services.solutions.card_type import CardTypeFile

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: read over the phone
FREE_TRIES = 3
LONGEST_WAIT = timedelta(hours=1)


def word_from(mac: str, length: int) -> str:
    """A word of *length* letters drawn from a keyed digest; 31 letters, so 10 of them are 49 bits."""
    number = int(mac, 16)
    letters = []
    for _ in range(length):
        number, at = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[at])
    return "".join(letters)


def grouped(word: str, size: int = 5) -> str:
    """`ABCDEFGHJK` → `ABCDE-FGHJK`."""
    return "-".join(word[at : at + size] for at in range(0, len(word), size))


def code_key(typed: str) -> str:
    """A code as it is compared: without spaces and dashes, capitals."""
    return "".join(char for char in typed.upper() if char.isalnum())[:40]


def number_key(typed: str) -> str:
    """A number or receipt as it is compared."""
    return normalise(typed)[:128]


def wait_after(failures: int) -> timedelta:
    """
    How long the next try must wait.

    >>> [int(wait_after(n).total_seconds()) for n in (2, 3, 4, 8, 30)]
    [0, 2, 4, 64, 3600]
    """
    if failures < FREE_TRIES:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - FREE_TRIES + 1, 20)), LONGEST_WAIT)


@dataclass(frozen=True)
class Step:
    """One station on the customer's way."""

    label: str
    done: bool
    current: bool


def steps(type: CardTypeFile, state: str, label: Callable[[str], str]) -> tuple[Step, ...]:
    """
    The stations of a request in the customer's words: states that read the same are one, states a request may end in
    other than its own are left out.
    """
    now = label(f"card.{type.code}.client.{state}")
    ends = {"done", "rejected", "archived"}
    here = type.state(state)
    last = next((one.id for one in reversed(type.states) if one.category in ends), None)
    kept = [
        one
        for one in type.states
        if one.step and (one.category not in ends or one.id == (state if _over(here) else last))
    ]
    labels = list(dict.fromkeys(label(f"card.{type.code}.client.{one.id}") for one in kept))
    at = labels.index(now) if now in labels else -1
    over = _over(here)
    return tuple(Step(text, place < at or (over and place == at), place == at) for place, text in enumerate(labels))


def _over(state: object) -> bool:
    return getattr(state, "category", "") in {"done", "rejected", "archived"}
