"""
Journals and the masks of their numbers. Pure.

A mask is text with parts in braces: `{seq}` or `{seq:05}` (needed once), `{journal}`, `{yyyy} {yy} {mm} {dd}`, the same in
the Persian calendar `{jyyyy} {jyy} {jmm}`, and what comes from the card: `{unit}` (its code), `{initial}` (first letter of
the applicant), `{case}` (code of the case file), `{lead}` (number of the document it answers), `{suffix}` (typed with the
registration, may be empty). A mask with `{unit}` or `{lead}` counts within that unit or lead document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from persiantools.jdatetime import JalaliDate

_jalali: Any = JalaliDate  # persiantools is partly typed
_PART = re.compile(r"\{(\w+)(?::0?(\d{1,2}))?\}")
_OF_THE_CARD = ("unit", "initial", "case", "lead", "suffix")
PARTS = ("journal", "yyyy", "yy", "mm", "dd", "jyyyy", "jyy", "jmm", *_OF_THE_CARD, "seq")
_KNOWN = {"code", "mask", "reset", "automatic", "manual", "initial", "case"}
LONGEST = 128  # characters of a number
RESETS = ("year", "quarter", "month", "jalali-year", "jalali-month", "never")


class MaskError(ValueError):
    """Why a journal cannot be used, in English."""


@dataclass(frozen=True)
class Journal:
    """
    A registration journal: numbers are counted in `code` and begin anew by `reset`. `initial` and `case` name the fields
    of the card (a party or text, a directory item) those parts are taken from. `automatic` false: a person types every
    number; `manual`: a person may type one instead of taking the next.
    """

    code: str
    mask: str
    reset: str = "year"
    automatic: bool = True
    manual: bool = True
    initial: str = ""
    case: str = ""

    def asks_for(self, part: str) -> bool:
        """Whether the mask names this part."""
        return part in self.parts

    @property
    def parts(self) -> frozenset[str]:
        return frozenset(name for name, _ in _PART.findall(self.mask))

    def book(self, parts: Mapping[str, str]) -> str:
        """What is counted by itself: the journal, within the unit or lead document its mask names."""
        return ":".join([self.code, *(parts.get(name, "") for name in ("unit", "lead") if self.asks_for(name))])


def read_journal(raw: Mapping[str, Any]) -> Journal:
    """The journal of a card type file; raises MaskError."""
    journal = Journal(
        code=str(raw.get("code", "")),
        mask=str(raw.get("mask", "{journal}-{yyyy}/{seq:05}")),
        reset=str(raw.get("reset", "year")),
        automatic=bool(raw.get("automatic", True)),
        manual=bool(raw.get("manual", True)),
        initial=str(raw.get("initial", "")),
        case=str(raw.get("case", "")),
    )
    if unknown := sorted(set(raw) - _KNOWN):
        raise MaskError(f"the journal says {', '.join(unknown)}, which nobody understands")
    if not journal.code or len(journal.code) > 32:
        raise MaskError("the journal has no code of 1 to 32 characters")
    if journal.reset not in RESETS:
        raise MaskError(f"reset is one of {', '.join(RESETS)}")
    names = [name for name, _ in _PART.findall(journal.mask)]
    if strange := [name for name in names if name not in PARTS]:
        raise MaskError(f"it names {', '.join(strange)}")
    for part in ("initial", "case"):
        if journal.asks_for(part) and not getattr(journal, part):
            raise MaskError(f"{{{part}}} needs {part} = the key of a field")
    if names.count("seq") != 1:
        raise MaskError("{seq} stands in it once")
    if re.search(r"[{}]", _PART.sub("", journal.mask)):
        raise MaskError("a brace is open")
    longest = dict.fromkeys(_OF_THE_CARD, "u" * 20)
    if len(number(journal, date(2026, 12, 31), 999_999_999, longest)) > LONGEST:
        raise MaskError(f"its numbers are longer than {LONGEST} characters")
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


def number(journal: Journal, day: date, seq: int, parts: Mapping[str, str] | None = None) -> str:
    """
    The number as it is written; *parts* are what the card gives (`unit`, `initial`, `case`, `lead`, `suffix`).

    >>> number(Journal("A", "A-{yyyy}/{seq:05}"), date(2026, 11, 22), 7)
    'A-2026/00007'
    """
    filled = _filled(journal, day, parts or {})

    def written(found: re.Match[str]) -> str:
        name, width = found.group(1), int(found.group(2) or 0)
        return f"{seq:0{width}}" if name == "seq" else filled[name].zfill(width) if width else filled[name]

    return _PART.sub(written, journal.mask)


def counted_in(journal: Journal, day: date, written: str, parts: Mapping[str, str] | None = None) -> int | None:
    """
    Which place in the counting a typed number takes; None when the mask would never write it.

    >>> counted_in(Journal("A", "A-{yyyy}/{seq:05}"), date(2026, 11, 22), "A-2026/00007")
    7
    """
    pattern, at = "", 0
    filled = _filled(journal, day, parts or {})
    for found in _PART.finditer(journal.mask):
        pattern += re.escape(journal.mask[at : found.start()])
        name, width = found.group(1), int(found.group(2) or 0)
        pattern += r"(\d{1,9})" if name == "seq" else re.escape(filled[name].zfill(width) if width else filled[name])
        at = found.end()
    match = re.fullmatch(pattern + re.escape(journal.mask[at:]), written, re.ASCII)
    seq = int(match.group(1)) if match else 0
    return seq if seq and number(journal, day, seq, parts) == written else None


def typed_number(text: str) -> str:
    """
    A number as a person typed it, ready to be kept: NFC, without outer blanks. Raises MaskError("empty" | "long" |
    "characters"): marks of direction and control characters would make two numbers look like one.
    """
    written = unicodedata.normalize("NFC", text).strip()
    if not any(character.isalnum() for character in written):
        raise MaskError("empty")
    if len(written) > LONGEST:
        raise MaskError("long")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for character in written):
        raise MaskError("characters")
    return written


def checked_suffix(text: str) -> str:
    """A suffix as typed, at most 16 letters, digits and signs. Raises MaskError("suffix")."""
    written = unicodedata.normalize("NFC", text).strip()
    if len(written) > 16 or any(not (character.isalnum() or character in "-/.()") for character in written):
        raise MaskError("suffix")
    return written


def initial_of(name: str) -> str:
    """The first letter of a name, large; `#` when it has none. «кофе «Зерно»» → «К»."""
    return next((character.upper() for character in unicodedata.normalize("NFC", name) if character.isalpha()), "#")


def _filled(journal: Journal, day: date, parts: Mapping[str, str]) -> dict[str, str]:
    jalali = _jalali(day)
    return {
        "journal": journal.code,
        "yyyy": f"{day.year:04}",
        "yy": f"{day.year % 100:02}",
        "mm": f"{day.month:02}",
        "dd": f"{day.day:02}",
        "jyyyy": f"{jalali.year:04}",
        "jyy": f"{jalali.year % 100:02}",
        "jmm": f"{jalali.month:02}",
    } | {part: parts.get(part, "") for part in _OF_THE_CARD}
