"""The words of solutions by key and language: own language, else English, else the key's last part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("ru", "en", "fa")


@dataclass(frozen=True)
class Texts:
    """Flat texts by language; a key missing everywhere reads as itself, so that a page always says something."""

    by_language: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def get(self, key: str, locale: str) -> str:
        """The text of *key* for a reader of *locale*."""
        for language in (locale, "en"):
            found = self.by_language.get(language, {}).get(key)
            if found is not None:
                return found
        return key

    def has(self, key: str, locale: str) -> bool:
        return key in self.by_language.get(locale, {})

    def filled(self, key: str, locale: str, params: Mapping[str, Any]) -> str:
        """The text with `{name}` replaced by parameters; unknown names stay as they are written."""
        text = self.get(key, locale)
        for name, value in params.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def names(self, key: str) -> dict[str, str]:
        """The text in every language that has it."""
        return {language: texts[key] for language, texts in self.by_language.items() if key in texts}

    def label(self, locale: str) -> Label:
        return Label(self, locale)


@dataclass(frozen=True)
class Label:
    """Texts for one reader: `label("card.letter.title")`."""

    texts: Texts
    locale: str

    def __call__(self, key: str) -> str:
        return self.texts.get(key, self.locale)


def flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested tables as dotted keys."""
    for name, value in tree.items():
        key = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from flat(value, key)
        else:
            yield key, str(value)
