"""Digits of every script as 0-9, and numbers dressed for a reader."""

from __future__ import annotations

import unicodedata

_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_MARKS = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff"))


def latin_digits(text: str) -> str:
    """
    *text* with any script's digits as 0-9 and without direction marks.

    >>> latin_digits("۱۴۰۵/۰۹/۰۱")
    '1405/09/01'
    """
    plain = text.translate(_MARKS)
    return "".join(
        char if char.isascii() or unicodedata.decimal(char, None) is None else str(unicodedata.decimal(char))
        for char in plain
    )


def dressed_digits(text: str, locale: str) -> str:
    """*text* with the digits its reader expects: Persian ones for fa."""
    return text.translate(_PERSIAN) if locale == "fa" else text
