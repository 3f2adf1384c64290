"""What people type and what they are shown, in Russian, English and Persian."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from services.fields import TYPES, Around, FieldError, FieldSpec, Manner, Named
from services.fields.digits import dressed_digits
from services.fields.number import show_number

RU = Manner("ru", "gregorian", UTC, datetime(2026, 11, 22, 9, tzinfo=UTC))
EN = replace(RU, locale="en")
FA = replace(RU, locale="fa", calendar="jalali")


class Book:
    """References of these tests."""

    def person(self, login: str) -> Named | None:
        known = {
            "boris": Named("boris", "Борис", "Юрист", groups=frozenset({"lawyer"})),
            "gone": Named("gone", "Ушедший", open=False),
        }
        return known.get(login)

    def unit(self, code: str) -> Named | None:
        return {"101": Named("101", "Магазин 101", kind="store"), "hq": Named("hq", "Офис", kind="department")}.get(
            code
        )

    def party(self, ref: str) -> Named | None:
        return Named("p1", "Покупатель 014", kind="person", facts={"mail": "c@example.org"}) if ref == "p1" else None

    def item(self, directory: str, code: str) -> Named | None:
        known = {"01": Named("01", "Товар", leaf=False), "01.02": Named("01.02", "Свежесть", "Товар")}
        return known.get(code) if directory == "subjects" else None

    def file(self, ref: str) -> Named | None:
        return Named("f1", "чек.pdf") if ref == "f1" else None


def around(manner: Manner = RU) -> Around:
    words = {"card.letter.option.kind.claim": "Претензия"}
    return Around(manner, Book(), lambda key: words.get(key, key))


def spec(type: str, **more: Any) -> FieldSpec:
    return FieldSpec(key="kind", type=type, label="card.letter.field.kind", **more)


def parsed(type: str, typed: Any, manner: Manner = RU, **more: Any) -> Any:
    return TYPES[type].parse(typed, spec(type, **more), around(manner))


def refused(type: str, typed: Any, manner: Manner = RU, **more: Any) -> str:
    with pytest.raises(FieldError) as error:
        parsed(type, typed, manner, **more)
    return error.value.code


def shown(type: str, value: Any, manner: Manner = RU, **more: Any) -> str:
    return TYPES[type].show(value, spec(type, **more), around(manner))


@pytest.mark.parametrize(
    ("typed", "manner", "kept"),
    [
        ("1 240,50", RU, "1240.5"),
        ("1\u202f240,50", RU, "1240.5"),
        ("1,240.50", EN, "1240.5"),
        ("1.240,50", RU, "1240.5"),
        ("1,240", EN, "1240"),
        ("1,240", RU, "1.24"),
        ("۱۲۳", FA, "123"),
        ("۱۲۳٫۵", FA, "123.5"),
        ("۱٬۲۴۰", FA, "1240"),
        ("−5", RU, "-5"),
        (7, RU, "7"),
        ("1 000 000", RU, "1000000"),
        ("", RU, None),
        (None, RU, None),
    ],
)
def test_a_number_is_read_as_it_is_written(typed: Any, manner: Manner, kept: str | None) -> None:
    assert parsed("number", typed, manner) == kept


def test_what_is_no_number_is_refused() -> None:
    assert refused("number", "пять") == "not-a-number"
    assert refused("number", "1e5") == "not-a-number"
    assert refused("number", "1.2.3") == "not-a-number"
    assert refused("number", "9" * 30) == "number-out-of-range"
    assert refused("number", "1,5", decimals=0) == "too-many-decimals"
    assert refused("number", "-1", least=0) == "too-small"
    assert refused("number", "101", most=100) == "too-large"
    assert refused("number", ["1"]) == "not-text"


def test_a_number_is_shown_in_the_reader_s_digits() -> None:
    assert shown("number", "1240.5") == "1\u00a0240,5"
    assert shown("number", "1240.5", EN) == "1,240.5"
    assert shown("number", "1240.5", FA) == "۱٬۲۴۰٫۵"
    assert TYPES["number"].feel_value("1240.5", spec("number"), around()) == Decimal("1240.5")


@pytest.mark.parametrize(
    ("typed", "manner", "kept"),
    [
        ("01.12.2026", RU, "2026-12-01"),
        ("1.12.26", RU, "2026-12-01"),
        ("01/12/2026", EN, "2026-12-01"),
        ("2026-12-01", EN, "2026-12-01"),
        ("01122026", RU, "2026-12-01"),
        ("1.12", RU, "2026-12-01"),
        ("вчера", RU, "2026-11-21"),
        ("Завтра", RU, "2026-11-23"),
        ("today", EN, "2026-11-22"),
        ("دیروز", FA, "2026-11-21"),
        ("۱۴۰۵/۰۹/۰۱", FA, "2026-11-22"),
        ("۱۴۰۵/۰۹/۰۱", RU, "2026-11-22"),
        ("1405-9-1", FA, "2026-11-22"),
        ("۹/۱", FA, "2026-11-22"),
        ("\u200f۱۴۰۵/۰۹/۰۱\u200e", FA, "2026-11-22"),
        (" ", RU, None),
    ],
)
def test_a_date_is_read_in_every_calendar(typed: str, manner: Manner, kept: str | None) -> None:
    assert parsed("date", typed, manner) == kept


def test_what_is_no_day_is_refused() -> None:
    assert refused("date", "31.02.2026") == "no-such-day"
    assert refused("date", "۱۴۰۵/۱۲/۳۱", FA) == "no-such-day"
    assert refused("date", "скоро") == "not-a-date"
    assert refused("date", "01.01.0001") == "year-out-of-range"


def test_a_date_is_shown_in_the_reader_s_calendar() -> None:
    assert shown("date", "2026-12-01") == "01.12.2026"
    assert shown("date", "2026-12-01", EN) == "1 Dec 2026"
    assert shown("date", "2026-11-22", FA) == "۱۴۰۵/۰۹/۰۱"
    assert shown("date", None) == ""
    assert TYPES["date"].feel_value("2026-12-01", spec("date"), around()) == date(2026, 12, 1)


def test_a_text_keeps_its_letters_and_refuses_control_characters() -> None:
    assert parsed("text", "  ООО «Рога & <Копыта>» ") == "ООО «Рога & <Копыта>»"
    assert parsed("text", "a\r\nb", multiline=True) == "a\nb"
    assert parsed("text", "a\nb") == "a b"
    assert refused("text", "a\x00b") == "control-characters"
    assert refused("text", "x" * 501) == "too-long"
    assert refused("text", {"a": 1}) == "not-text"


def test_a_formatted_text_loses_what_could_run() -> None:
    kept = parsed("rich", '<p onclick="x()">Да<script>alert(1)</script> <a href="javascript:x()">b</a></p>')
    assert kept == '<p>Да <a rel="noopener noreferrer nofollow">b</a></p>'
    TYPES["rich"].check(spec("rich")).deserialize(kept)
    assert parsed("rich", "строка\nвторая < третьей") != ""
    assert parsed("rich", "одна\nдве") == "<p>одна</p><p>две</p>"
    assert parsed("rich", "<p> </p>") is None
    assert TYPES["rich"].docx_value("<p>а &amp; б</p><p>в</p>", spec("rich"), around())["paragraphs"] == ["а & б", "в"]


def test_a_choice_takes_its_code_or_its_words() -> None:
    assert parsed("choice", "claim", options=("claim", "thanks")) == "claim"
    assert parsed("choice", "претензия", options=("claim", "thanks")) == "claim"
    assert refused("choice", "other", options=("claim",)) == "not-an-option"
    assert shown("choice", "claim", options=("claim",)) == "Претензия"


def test_references_are_looked_up() -> None:
    assert parsed("person", {"ref": "Boris", "name": "…"}) == "boris"
    assert refused("person", "nobody") == "no-such-person"
    assert refused("person", "gone") == "person-closed"
    assert refused("person", "boris", group="clerk") == "person-not-in-group"
    assert refused("unit", "hq", kind="store") == "unit-of-another-kind"
    assert refused("directory", "01", directory="subjects", leaf=True) == "item-not-last-level"
    assert parsed("directory", "01.02", directory="subjects", leaf=True) == "01.02"
    assert parsed("file", ["f1", {"ref": "f1"}]) == ["f1"]
    assert refused("file", ["f1", "f2"]) == "no-such-file"
    assert shown("party", "p1") == "Покупатель 014"
    assert TYPES["party"].feel_value("p1", spec("party"), around())["mail"] == "c@example.org"


@pytest.mark.parametrize("type", sorted(TYPES))
def test_every_type_shows_nothing_for_nothing_and_describes_itself(type: str) -> None:
    field, declared = TYPES[type], spec(type, options=("claim",), directory="subjects", result="text")
    assert field.show(None, declared, around()) == ""
    assert field.parse(None, declared, around()) is None
    form = field.form(declared, around())
    assert form["key"] == "card.kind"
    assert form["label"] == "card.letter.field.kind"
    assert "null" in field.json_schema(declared).get("type", ["null"])
    assert field.sort_key(None, declared, around()) == ""
    with pytest.raises(ValidationError):
        field.check(declared).deserialize({"not": "kept"})


@given(
    st.decimals(min_value=-(10**20) + 1, max_value=10**20 - 1, allow_nan=False, allow_infinity=False, places=6),
    st.sampled_from(("en", "ru", "fa")),
)
def test_numbers_are_grouped_as_babel_groups_them(number: Decimal, locale: str) -> None:
    babel = format_decimal(number, locale=locale, decimal_quantization=False, numbering_system="default")
    assert show_number(number, locale) == dressed_digits(babel, locale)
