"""Which texts are times by themselves: ISO 8601 dates, durations, repetitions, and cron lines."""

from __future__ import annotations

import re

DURATION = re.compile(
    r"-?P(?=.)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?W)?(?:\d+(?:[.,]\d+)?D)?"
    r"(?:T(?=.)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?",
    re.ASCII,
)
WORKING_DURATION = re.compile(r"P\d+WD", re.ASCII)
DATE = re.compile(r"\d{4}-?\d\d-?\d\d(?:T\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
REPEAT = re.compile(r"R(\d*)/(.+)", re.ASCII)
CRON = re.compile(r"(?:[\d*?/,LW#A-Za-z-]+\s+){4,6}[\d*?/,LW#A-Za-z-]+", re.ASCII)


def is_literal_time(text: str) -> bool:
    """True when the text is a time without being evaluated."""
    text = text.strip()
    repeat = REPEAT.fullmatch(text)
    if repeat:
        return all(is_literal_time(part) for part in repeat[2].split("/"))
    return bool(DURATION.fullmatch(text) or WORKING_DURATION.fullmatch(text) or DATE.fullmatch(text) or is_cron(text))


def is_cron(text: str) -> bool:
    """A cron line of five to seven fields (Camunda's begins with seconds)."""
    return bool(CRON.fullmatch(text.strip())) and not text.strip().startswith("${")
