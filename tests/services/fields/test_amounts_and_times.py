"""Money, moments, periods, yes and no, several values: as they are typed, kept and read in three languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.fields import TYPES, IndexForm
from tests.services.fields.test_fields import EN, FA, RU, around, parsed, refused, shown, spec

TEHRAN = replace(FA, zone=ZoneInfo("Asia/Tehran"))
MOSCOW = replace(RU, zone=ZoneInfo("Europe/Moscow"))
BERLIN = replace(EN, zone=ZoneInfo("Europe/Berlin"))
THREE = ("RUB", "USD", "IRR")


@pytest.mark.parametrize(
    ("typed", "manner", "currencies", "kept"),
    [
        ("1 240,50", RU, (), "1240.50 RUB"),
        ("1 240,5 руб.", RU, ("RUB",), "1240.50 RUB"),
        ("₽ 7", RU, ("RUB",), "7.00 RUB"),
        ("$1,240.50", EN, THREE, "1240.50 USD"),
        ("USD 1,240.50", EN, THREE, "1240.50 USD"),
        ("1240.50 USD", RU, THREE, "1240.50 USD"),
        ("−5", RU, ("RUB",), "-5.00 RUB"),
        ({"amount": "10", "currency": "USD"}, EN, THREE, "10.00 USD"),
        ("۱۲۴۰ تومان", FA, ("IRT",), "1240 IRT"),
        ("\u200f۱٬۲۴۰ ریال\u200e", FA, ("IRR",), "1240 IRR"),
        ("۱۰۰ تومان", FA, ("IRR",), "1000 IRR"),
        ("۱۰۰۰ ریال", FA, ("IRT",), "100 IRT"),
        (12, EN, ("USD",), "12.00 USD"),
        ("1000", EN, ("JPY",), "1000 JPY"),
        (" ", RU, (), None),
    ],
)
def test_an_amount_is_read_as_it_is_written(typed: Any, manner: Any, currencies: Any, kept: str | None) -> None:
    assert parsed("money", typed, manner, currencies=currencies) == kept
    if kept:
        declared = spec("money", currencies=currencies)
        TYPES["money"].check(declared).deserialize(kept)
        assert parsed("money", TYPES["money"].typed_value(kept, declared, around()), currencies=currencies) == kept


def test_what_is_no_amount_is_refused() -> None:
    assert refused("money", "много") == "not-an-amount"
    assert refused("money", "10 фантиков") == "not-a-currency"
    assert refused("money", "10 USD") == "currency-not-taken"
    assert refused("money", "руб 10 руб") == "not-an-amount"
    assert refused("money", "10,505") == "too-many-decimals"
    assert refused("money", "5", currencies=("IRR",), least=10) == "too-small"
    assert refused("money", "0,5", FA, currencies=("IRR",)) == "too-many-decimals"
    assert refused("money", "9" * 25) == "number-out-of-range"
    assert refused("money", ["1"]) == "not-text"
    assert refused("money", "9" * 300_000) == "too-long"


def test_an_amount_is_shown_with_its_currency() -> None:
    assert shown("money", "1240.50 RUB") == "1\u00a0240,50\u00a0₽"
    assert shown("money", "1240.50 RUB", EN) == "RUB\u00a01,240.50"
    assert shown("money", "1240.50 USD", EN) == "$1,240.50"
    assert shown("money", "-1240.50 USD", EN) == "-$1,240.50"
    assert shown("money", "1240 IRT", FA) == "۱٬۲۴۰\u00a0تومان"
    assert shown("money", "1240 IRR", FA) == "۱٬۲۴۰\u00a0ریال"
    assert shown("money", "1240 IRT", RU) == "1\u00a0240\u00a0туманов"
    declared = spec("money", currencies=THREE)
    assert TYPES["money"].index("10.00 USD", declared, around()) == IndexForm(number=Decimal("10.00"))
    assert TYPES["money"].docx_value("1240.50 USD", declared, around())["amount"] == "1\u00a0240,50"
    assert TYPES["money"].feel_facts("10.00 USD", declared, around()) == {"kind_currency": "USD"}
    assert TYPES["money"].from_feel(Decimal("10.005"), declared, around()) == "10.01 RUB"


@pytest.mark.parametrize(
    ("typed", "manner", "kept"),
    [
        ("24.11.2026 14:30", MOSCOW, "2026-11-24T11:30:00Z"),
        ("2026-11-24T14:30", MOSCOW, "2026-11-24T11:30:00Z"),
        ("2026-11-24T14:30+05:00", MOSCOW, "2026-11-24T09:30:00Z"),
        ("2026-11-24T09:30:00Z", MOSCOW, "2026-11-24T09:30:00Z"),
        ("вчера 9:05", MOSCOW, "2026-11-21T06:05:00Z"),
        ("9:05", MOSCOW, "2026-11-22T06:05:00Z"),
        ("۱۴۰۵/۰۹/۰۳ ۱۴:۳۰", TEHRAN, "2026-11-24T11:00:00Z"),
        ("22.11.2026, 10:00", BERLIN, "2026-11-22T09:00:00Z"),
        ("25.10.2026 02:30", BERLIN, "2026-10-25T00:30:00Z"),  # the clock shows it twice: the first of them
        ("", RU, None),
    ],
)
def test_a_moment_is_typed_in_the_own_zone_and_kept_in_utc(typed: str, manner: Any, kept: str | None) -> None:
    assert parsed("moment", typed, manner) == kept
    if kept:
        again = TYPES["moment"].typed_value(kept, spec("moment"), around(manner))
        assert parsed("moment", again, manner) == kept


def test_what_is_no_moment_is_refused() -> None:
    assert refused("moment", "24.11.2026") == "time-missing"
    assert refused("moment", "скоро") == "not-a-date"
    assert refused("moment", "24.11.2026 25:00") == "no-such-time"
    assert refused("moment", "29.03.2026 02:30", BERLIN) == "no-such-time"
    assert refused("moment", "31.02.2026 10:00") == "no-such-day"
    assert refused("moment", "0001-01-01T00:00:00Z") == "year-out-of-range"
    assert refused("moment", "2026-13-24T14:30Z") == "not-a-moment"
    assert refused("moment", "24.11.2026 10:00", most="2026-11-23") == "day-too-late"


def test_a_moment_is_shown_in_the_reader_s_zone_and_calendar() -> None:
    kept = "2026-11-24T11:30:00Z"
    assert shown("moment", kept, MOSCOW) == "24.11.2026 14:30"
    assert shown("moment", kept, BERLIN) == "24 Nov 2026 12:30"
    assert shown("moment", kept, TEHRAN) == "۱۴۰۵/۰۹/۰۳ ۱۵:۰۰"
    assert TYPES["moment"].feel_value(kept, spec("moment"), around(MOSCOW)) == datetime(
        2026, 11, 24, 11, 30, tzinfo=UTC
    )
    early, late = (TYPES["moment"].sort_key(one, spec("moment"), around()) for one in (kept, "2026-11-24T11:30:01Z"))
    assert early < late


@pytest.mark.parametrize(
    ("typed", "manner", "kept"),
    [
        ({"from": "01.11.2026", "to": "30.11.2026"}, RU, "2026-11-01/2026-11-30"),
        ({"from": "01.11.2026", "to": ""}, RU, "2026-11-01/.."),
        ({"to": "۱۴۰۵/۰۹/۰۱"}, FA, "../2026-11-22"),
        ("01.11.2026 – 30.11.2026", RU, "2026-11-01/2026-11-30"),
        ("с 01.11.2026 по 30.11.2026", RU, "2026-11-01/2026-11-30"),
        ("from 01.11.2026", EN, "2026-11-01/.."),
        ("2026-11-01/2026-11-30", EN, "2026-11-01/2026-11-30"),
        ("2026-11-01/..", EN, "2026-11-01/.."),
        ("۱۴۰۵/۰۸/۱۰ تا ۱۴۰۵/۰۹/۰۱", FA, "2026-11-01/2026-11-22"),
        ({"from": None, "to": None}, RU, None),
        ("", RU, None),
    ],
)
def test_a_period_is_read_with_open_ends(typed: Any, manner: Any, kept: str | None) -> None:
    assert parsed("period", typed, manner) == kept


def test_what_is_no_period_is_refused() -> None:
    assert refused("period", "30.11.2026 – 01.11.2026") == "ends-before-it-begins"
    assert refused("period", "ноябрь") == "not-a-period"
    assert refused("period", {"from": "01.11.2026", "till": "x"}) == "not-a-period"
    assert refused("period", {"from": ["01.11.2026"]}) == "not-text"
    assert refused("period", {"from": "01.11.2026"}, least="today") == "day-too-early"


def test_a_period_is_shown_and_reckoned_with() -> None:
    assert shown("period", "2026-11-01/2026-11-30") == "01.11.2026 – 30.11.2026"
    assert shown("period", "2026-11-22/..", FA) == "۱۴۰۵/۰۹/۰۱ – …"
    value = TYPES["period"].feel_value("2026-11-01/2026-11-30", spec("period"), around())
    assert value == {"begin": date(2026, 11, 1), "end": date(2026, 11, 30), "days": 30}
    assert TYPES["period"].docx_value("2026-11-01/..", spec("period"), around())["to"] == ""


def test_yes_no_and_nothing_said_are_three_answers() -> None:
    assert [parsed("yes_no", typed) for typed in (True, "да", "on", "بله", "no", False, "", None)] == [
        True, True, True, True, False, False, None, None,
    ]  # fmt: skip
    assert refused("yes_no", "может быть") == "not-yes-or-no"
    assert [shown("yes_no", value, manner) for value, manner in ((True, RU), (False, EN), (True, FA), (None, RU))] == [
        "Да", "No", "بله", "",
    ]  # fmt: skip


def test_several_values_keep_their_order_and_come_once() -> None:
    options = ("claim", "thanks", "question")
    assert parsed("choice", ["thanks", "claim", "thanks", ""], options=options, many=True) == ["thanks", "claim"]
    assert parsed("choice", "claim", options=options, many=True) == ["claim"]
    assert parsed("choice", [], options=options, many=True) is None
    assert refused("choice", ["claim", "x"], options=options, many=True) == "not-an-option"
    assert refused("choice", list(options), options=options, many=True, most=2) == "too-many-values"
    assert refused("choice", ["claim"], options=options, many=True, least=2) == "too-few-values"
    assert refused("choice", ["claim"] * 101, options=options, many=True) == "too-many-values"
    assert refused("choice", [["claim"]], options=options, many=True) == "not-text"
    declared = spec("choice", options=options, many=True)
    assert TYPES["choice"].show(["claim", "thanks"], declared, around()) == "Претензия, card.letter.option.kind.thanks"
    found_by = TYPES["choice"].index_forms(["claim", "thanks"], declared, around())
    assert [form.text for form in found_by] == ["claim", "thanks"]
    assert TYPES["choice"].form(declared, around())["type"] == "checklist"
    assert parsed("person", [{"ref": "boris"}], many=True) == ["boris"]
    assert refused("directory", ["01.02", "09"], directory="subjects", many=True) == "no-such-item"


def test_limits_and_patterns_are_said_precisely() -> None:
    assert parsed("text", "AB-12", pattern="[A-Z]{2}-[0-9]+") == "AB-12"
    assert refused("text", "AB-12x", pattern="[A-Z]{2}-[0-9]+") == "pattern"
    assert refused("text", "a" * 5_000, pattern="(a+)+b", most=10_000) == "pattern"  # no time is lost on it
    assert refused("date", "21.11.2026", least="today") == "day-too-early"
    assert refused("number", "0,4", least=0.5) == "too-small"
    assert parsed("number", "\u202b۱۲\u202c") == "12"
    assert refused("text", "invoice\u202efdp.exe") == "control-characters"
    assert refused("text", "я" * 10_000) == "too-long"
