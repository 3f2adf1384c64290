"""
Journals and the masks of their numbers. Pure.

A mask is text with parts in braces: `{seq}` or `{seq:05}` (needed once), `{journal}`, `{yyyy} {yy} {mm} {dd}`, the same in
the Persian calendar `{jyyyy} {jyy} {jmm}`, `{unit}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from persiantools.jdatetime import JalaliDate

_jalali: Any = JalaliDate  # persiantools is partly typed
_PART = re.compile(r"\{(\w+)(?::0?(\d{1,2}))?\}")
PARTS = ("journal", "yyyy", "yy", "mm", "dd", "jyyyy", "jyy", "jmm", "unit", "seq")
RESETS = ("year", "quarter", "month", "jalali-year", "jalali-month", "never")


class MaskError(ValueError):
    """Why a journal cannot be used, in English."""


@dataclass(frozen=True)
class Journal:
    """A registration journal: numbers are counted in `code` (and unit when the mask names it) and begin anew by `reset`."""

    code: str
    mask: str
    reset: str = "year"
    automatic: bool = True

    @property
    def by_unit(self) -> bool:
        return "{unit}" in self.mask


def read_journal(raw: Mapping[str, Any]) -> Journal:
    """The journal of a card type file; raises MaskError."""
    journal = Journal(
        code=str(raw.get("code", "")),
        mask=str(raw.get("mask", "{journal}-{yyyy}/{seq:05}")),
        reset=str(raw.get("reset", "year")),
        automatic=bool(raw.get("automatic", True)),
    )
    if not journal.code or len(journal.code) > 32:
        raise MaskError("the journal has no code of 1 to 32 characters")
    if journal.reset not in RESETS:
        raise MaskError(f"reset is one of {', '.join(RESETS)}")
    names = [name for name, _ in _PART.findall(journal.mask)]
    if unknown := [name for name in names if name not in PARTS]:
        raise MaskError(f"it names {', '.join(unknown)}")
    if names.count("seq") != 1:
        raise MaskError("{seq} stands in it once")
    if re.search(r"[{}]", _PART.sub("", journal.mask)):
        raise MaskError("a brace is open")
    if len(number(journal, date(2026, 12, 31), 999_999_999, "u" * 20)) > 128:
        raise MaskError("its numbers are longer than 128 characters")
    return journal


def period(journal: Journal, day: date) -> str:
    """
    The name of the counting period of *day*.

    >>> period(Journal("A", "{seq}", "quarter"), date(2026, 11, 22))
    '2026-Q4'
    """
    jalali = _jalali(day)
    return {
        "year": f"{day.year}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "month": f"{day.year}-{day.month:02}",
        "jalali-year": f"{jalali.year}",
        "jalali-month": f"{jalali.year}-{jalali.month:02}",
        "never": "all",
    }[journal.reset]


def number(journal: Journal, day: date, seq: int, unit: str = "") -> str:
    """
    The number as it is written.

    >>> number(Journal("A", "A-{yyyy}/{seq:05}"), date(2026, 11, 22), 7)
    'A-2026/00007'
    """
    jalali = _jalali(day)
    parts = {
        "journal": journal.code,
        "yyyy": f"{day.year:04}",
        "yy": f"{day.year % 100:02}",
        "mm": f"{day.month:02}",
        "dd": f"{day.day:02}",
        "jyyyy": f"{jalali.year:04}",
        "jyy": f"{jalali.year % 100:02}",
        "jmm": f"{jalali.month:02}",
        "unit": unit,
    }

    def written(found: re.Match[str]) -> str:
        name, width = found.group(1), int(found.group(2) or 0)
        return f"{seq:0{width}}" if name == "seq" else parts[name].zfill(width) if width else parts[name]

    return _PART.sub(written, journal.mask)
