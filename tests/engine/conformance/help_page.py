"""
The lists of the help page `bpmn`, drawn from the table: `python -m tests.engine.conformance.help_page` writes them.

Names are the same in every language; what is around the lists is written by hand in each.
"""

from __future__ import annotations

from pathlib import Path

from tests.engine.conformance.schemas import Row, extensions
from tests.engine.conformance.table import lines, refused_places

HELP = Path(__file__).parents[3] / "webui" / "help"
LANGUAGES = ("en", "ru", "fa")
HEADINGS = {"bpmn": "BPMN 2.0", "camunda": "Camunda 7", "zeebe": "Camunda 8 (Zeebe)"}


def element_of(row: Row) -> str:
    """The element a person would look for; '' for attributes that an extension lends to elements of BPMN."""
    if row.vocabulary == "bpmn":
        return row.owner
    known = extensions(row.vocabulary)
    extension = known[row.owner]
    heir = next((one for one in known.values() if extension.name in one.bases), extension)
    return heir.element if heir.is_element else ""


def listed(verdict: str, vocabulary: str) -> str:
    """Each element and, behind it, its attributes and children with this verdict; lent attributes come first."""
    found: dict[str, list[str]] = {"": []}
    for line in lines(verdict):
        if line.row.vocabulary == vocabulary:
            element, member = element_of(line.row), line.row.member.lstrip("@")
            named = f"`{member}`" if element else f"`{vocabulary}:{member}`"
            found.setdefault(element, []).extend([named] if member else [])
    lent = [", ".join(dict.fromkeys(found.pop("")))]
    own = [f"`{name}`" + (f" ({', '.join(members)})" if members else "") for name, members in found.items()]
    return "; ".join(each for each in lent + own if each)


def block(words: dict[str, str]) -> str:
    """The lists under their headings, in one language's words."""
    parts = []
    for vocabulary, heading in HEADINGS.items():
        parts += [f"### {heading}", f"**{words['runs']}** {listed('runs', vocabulary)}."]
        parts.append(f"**{words['shown']}** {listed('shown', vocabulary)}.")
    codes = ", ".join(f"`{code}`" for code in sorted({code for code, _ in refused_places().values()}))
    parts.append(f"**{words['refused']}** {codes}.")
    return "\n\n".join(parts)


WORDS = {
    "en": {"runs": "Runs:", "shown": "Is shown:", "refused": "Refused:"},
    "ru": {"runs": "Исполняется:", "shown": "Показывается:", "refused": "Отклоняется:"},
    "fa": {"runs": "اجرا می‌شود:", "shown": "نشان داده می‌شود:", "refused": "پذیرفته نمی‌شود:"},
}


def page(language: str) -> Path:
    return HELP / language / "bpmn.md"


def drawn(language: str) -> str:
    """The page: what is written by hand up to the last heading, and the lists after it."""
    hand, _, _ = page(language).read_text(encoding="utf-8").partition("\n### ")
    return hand.rstrip() + "\n\n" + block(WORDS[language]) + "\n"


def main() -> None:
    for language in LANGUAGES:
        page(language).write_text(drawn(language), encoding="utf-8")


if __name__ == "__main__":
    main()
