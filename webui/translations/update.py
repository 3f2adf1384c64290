"""
Collect every English sentence of the product into the catalogues and compile them: `python -m webui.translations.update`.

Sentences stand in `_()` calls of `webui`, in its templates, and as plain text where lower layers declare what people will
read: the reason and remedy of a finding's rule, the help of a policy or a setting, the summary of an operation, the
docstring of a command. What is new comes out empty in `ru` and `fa`; `tests/contracts/test_translations.py` asks for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from webui.help import reference

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(__file__).resolve().parent
LOCALES = ("ru", "fa")
_PLURALS = {"ru": None, "fa": "nplurals=2; plural=(n > 1);"}  # Babel's own entry for fa has one form; CLDR has two
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS = {
    "_": None, "gettext": None, "_l": None, "lazy_gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip
_DECLARATIONS: dict[str, tuple[int | str, ...]] = {
    "rule": (1, 2),
    "Missing": (1, 2),
    "PolicyRule": (2,),
    "Operation": ("summary",),
}  # places or names of the sentences
_HOLE = re.compile(r"\{\w+\}")  # a sentence that is nothing but a parameter


def collect() -> Catalog:
    """Every sentence of the sources, in the order of files."""
    catalog = Catalog(project="Chancery", header_comment="", charset="utf-8")
    options = {"templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(ROOT / "webui", _METHODS, options, keywords=_KEYWORDS, comment_tags=("for translators:",))
    for file, line, message, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        if "frontend" not in Path(file).parts:
            catalog.add(message, locations=[(f"webui/{file}", line)], auto_comments=comments, context=context)
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "services").rglob("*.py")]):
        for sentence in declared(path):
            catalog.add(sentence, locations=[(str(path.relative_to(ROOT)), 1)])
    for sentence in reference.sentences():
        catalog.add(sentence, locations=[("webui/help/reference.py", 1)])
    return catalog


def declared(path: Path) -> Iterator[str]:
    """The sentences a module of the lower layers declares for people."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _DECLARATIONS:
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            for place in _DECLARATIONS[node.func.id]:
                given = named.get(place) if isinstance(place, str) else next(iter(node.args[place : place + 1]), None)
                if (
                    isinstance(given, ast.Constant)
                    and isinstance(given.value, str)
                    and not _HOLE.fullmatch(given.value)
                ):
                    yield given.value


def catalogue(locale: str) -> Catalog:
    """The catalogue as it stands in the repository."""
    path = _path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def updated(locale: str, template: Catalog) -> Catalog:
    """The catalogue with what is new and without what is gone; nothing is guessed."""
    mine = catalogue(locale)
    mine.update(template, no_fuzzy_matching=True, update_creation_date=False)
    mine.obsolete.clear()
    if _PLURALS[locale]:
        mine._num_plurals, mine._plural_expr = 2, "(n > 1)"
    return mine


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def _path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def main() -> None:
    """Rewrite both catalogues and say how much of each is missing."""
    template = collect()
    for locale in LOCALES:
        catalog = updated(locale, template)
        _path(locale).parent.mkdir(parents=True, exist_ok=True)
        with _path(locale).open("wb") as file:
            write_po(file, catalog, width=120, omit_header=False, sort_output=True, include_lineno=False)
        _path(locale).with_suffix(".mo").write_bytes(compiled(catalog))
        missing = [message.id for message in catalog if message.id and not _said(message.string)]
        print(f"{locale}: {len(catalog)} sentences, {len(missing)} to translate")  # noqa: T201


def _said(string: str | tuple[str, ...] | list[str]) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
