"""Text as people search and sort it in Russian, English and Persian. Pure functions."""

from __future__ import annotations

import unicodedata

_FOLD = str.maketrans(
    {
        "ё": "е",
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ؤ": "و",
        "\u200c": " ",
        "\u200d": "",
        "\u0640": "",
        "\u00a0": " ",
        "\u200e": "",
        "\u200f": "",
        "\u061c": "",
    }
)
_PERSIAN_ORDER = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_RANK = {letter: chr(0x0620 + rank) for rank, letter in enumerate(_PERSIAN_ORDER)}


def _digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(char)) if unicodedata.decimal(char, None) is not None else char for char in text
    )


def normalise(text: str) -> str:
    """
    Text as it is compared in a search: NFC, casefolded, ё as е, Arabic letters as Persian, all digits as 0-9,
    half-spaces as spaces, no combining vowel signs, single spaces.

    >>> normalise("Ёлка  ۱۲ كتاب‌ها")
    'елка 12 کتاب ها'
    """
    folded = unicodedata.normalize("NFC", text).casefold().translate(_FOLD)
    kept = (char for char in folded if unicodedata.category(char) != "Mn" or not "\u064b" <= char <= "\u0652")
    return " ".join(_digits("".join(kept)).split())


def sort_key(text: str) -> str:
    """
    A key whose byte order is the reader's order: Persian letters by their alphabet, ё right after е.

    >>> sorted(["گل", "پا", "آب", "بر"], key=sort_key) == ["آب", "بر", "پا", "گل"]
    True
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    marked = folded.replace("ё", "е\u0451")
    plain = " ".join(_digits(marked.translate({k: v for k, v in _FOLD.items() if k != ord("ё")})).split())
    return "".join(_RANK.get(char, char) for char in plain)
