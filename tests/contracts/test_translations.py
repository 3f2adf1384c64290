"""The catalogues are whole: every sentence in Russian and Persian, in its own script, with its placeholders and plurals."""

from __future__ import annotations

import re

import pytest

from webui.translations.update import FOLDER, LOCALES, catalogue, collect, compiled

SAME = {"%(larger)s %(smaller)s", "%(day)s, %(time)s"}  # only separators differ between languages, if at all
SCRIPT = {"ru": re.compile("[а-яё]", re.IGNORECASE), "fa": re.compile("[\u0600-\u06ff]")}
PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
FORMS = {"ru": 3, "fa": 2}


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def told(locale: str) -> list[tuple[str, list[str], list[str]]]:
    """Every sentence: its id, its English forms, its translated forms."""
    rows = []
    for message in catalogue(locale):
        if message.id:
            forms = list(message.id) if isinstance(message.id, tuple) else [message.id]
            said = list(message.string) if isinstance(message.string, tuple | list) else [message.string]
            rows.append((forms[0], forms, said))
    return rows


def test_it_has_every_sentence_of_the_product(locale: str) -> None:
    wanted = {message.id[0] if isinstance(message.id, tuple) else message.id for message in collect() if message.id}

    assert wanted == {id for id, _, _ in told(locale)}, "run python -m webui.translations.update"


def test_nothing_is_untranslated(locale: str) -> None:
    assert [id for id, _, said in told(locale) if not all(said)] == []


def test_nothing_is_left_in_english(locale: str) -> None:
    assert [id for id, forms, said in told(locale) if set(forms) & set(said) and id not in SAME] == []


def test_it_is_written_in_its_own_script(locale: str) -> None:
    strange = [
        id for id, _, said in told(locale) if id not in SAME and not all(SCRIPT[locale].search(text) for text in said)
    ]

    assert strange == []


def test_placeholders_are_the_same(locale: str) -> None:
    def places(text: str) -> set[str]:
        return {name for found in PLACE.findall(text) for name in found if name}

    assert [id for id, forms, said in told(locale) for text in said if places(text) != places(forms[-1])] == []


def test_plurals_are_complete(locale: str) -> None:
    assert [id for id, forms, said in told(locale) if len(forms) > 1 and len(said) != FORMS[locale]] == []
    assert catalogue(locale).num_plurals == FORMS[locale]


def test_the_compiled_one_is_the_same(locale: str) -> None:
    shipped = (FOLDER / locale / "LC_MESSAGES" / "messages.mo").read_bytes()

    assert shipped == compiled(catalogue(locale)), "run python -m webui.translations.update"


def test_no_string_is_fuzzy(locale: str) -> None:
    assert [message.id for message in catalogue(locale) if message.id and message.fuzzy] == []
