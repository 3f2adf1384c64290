"""Terms in calendar days and hours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.errors import Invalid
from services.calendar.terms import due, due_on, read_term, share_passed

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "start", "day"),
    [
        ("P10D", datetime(2026, 11, 22, 9, tzinfo=UTC), date(2026, 12, 2)),
        ("P10D", datetime(2026, 11, 22, 22, tzinfo=UTC), date(2026, 12, 3)),  # already the 23rd in Moscow
        ("P2W", datetime(2026, 11, 22, 9, tzinfo=UTC), date(2026, 12, 6)),
        ("P1M", datetime(2026, 1, 31, 9, tzinfo=UTC), date(2026, 2, 28)),
        ("P1Y", datetime(2024, 2, 29, 9, tzinfo=UTC), date(2025, 2, 28)),
    ],
)
def test_a_term_in_days_ends_at_the_end_of_its_last_day(words: str, start: datetime, day: date) -> None:
    end = due(read_term(words), start, MOSCOW)
    assert (end.day, end.words) == (day, words)
    assert end.at == datetime(day.year, day.month, day.day, 20, 59, tzinfo=UTC)


def test_a_term_in_hours_is_counted_from_the_moment() -> None:
    end = due(read_term("PT4H30M"), datetime(2026, 11, 22, 20, tzinfo=UTC), MOSCOW)
    assert (end.at, end.day) == (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), date(2026, 11, 23))


def test_days_are_days_when_the_clocks_change() -> None:
    end = due(read_term("P1D"), datetime(2026, 10, 24, 10, tzinfo=UTC), BERLIN)
    assert end.at == datetime(2026, 10, 25, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("P5WD", "term-needs-calendar"),
        ("PT8WH", "term-needs-calendar"),
        ("P", "term-bad"),
        ("десять", "term-bad"),
        ("P99999D", "term-bad"),
        ("-P1D", "term-bad"),
        ("PT", "term-bad"),
    ],
)
def test_what_is_no_term_is_refused_by_name(words: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_term(words)
    assert (refused.value.code, refused.value.params) == (code, {"words": words})


def test_how_much_of_a_term_has_passed() -> None:
    start, at = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
    assert [share_passed(start, at, datetime(2026, 11, d, tzinfo=UTC)) for d in (1, 6, 11, 21)] == [0, 50, 100, 200]
    assert share_passed(at, at, start) == 100


def test_a_day_is_due_at_its_last_minute() -> None:
    assert due_on(date(2026, 12, 2), MOSCOW).at == datetime(2026, 12, 2, 20, 59, tzinfo=UTC)
