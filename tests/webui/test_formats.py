"""Numbers, sizes and moments as readers of three languages expect them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from webui.formats import Reader, initials, short_name

NOW = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)  # Tuesday, 11:20 in Moscow


@pytest.fixture
def say():
    """Readers of the three languages, with the catalogues of the product."""
    app = Flask("webui")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app)
    readers = {
        "ru": Reader("ru", ZoneInfo("Europe/Moscow"), "gregorian", NOW),
        "en": Reader("en", ZoneInfo("Europe/Moscow"), "gregorian", NOW),
        "fa": Reader("fa", ZoneInfo("Asia/Tehran"), "jalali", NOW),
    }

    def said(locale, method, *arguments, **options):
        with app.test_request_context(), force_locale(locale):
            answer = getattr(readers[locale], method)(*arguments, **options)
            return getattr(answer, "text", answer)

    return said


def test_figures(say):
    assert say("ru", "number", 1240) == "1\u00a0240"
    assert say("en", "number", 1240.5) == "1,240.5"
    assert say("fa", "number", 1240.5) == "۱٬۲۴۰٫۵"


def test_sizes(say):
    assert say("ru", "size", 1_887_437) == "1,8 МБ"
    assert say("en", "size", 2048) == "2 KB"
    assert say("fa", "size", 512) == "۵۱۲ بایت"


def test_days(say):
    assert say("ru", "day", date(2026, 11, 23)) == "23 ноября"
    assert say("ru", "day", date(2025, 3, 1)) == "1 марта 2025"
    assert say("en", "day", date(2025, 3, 1)) == "1 March 2025"
    assert say("fa", "day", date(2026, 11, 22)) == "۱ آذر"
    assert say("fa", "short_day", date(2026, 11, 24)) == "۱۴۰۵/۰۹/۰۳"


def test_moments_come_nearer_in_words(say):
    assert say("ru", "moment", NOW - timedelta(minutes=92)) == "сегодня, 09:48"
    assert say("ru", "moment", NOW - timedelta(days=1)) == "вчера, 11:20"
    assert say("ru", "moment", NOW - timedelta(days=3)) == "суббота, 11:20"
    assert say("ru", "moment", NOW - timedelta(days=20)) == "4 ноября, 11:20"
    assert say("en", "moment", NOW - timedelta(days=20)) == "4 November, 11:20"
    assert say("fa", "moment", NOW) == "امروز، ۱۱:۵۰"


def test_moments_in_tables(say):
    assert say("ru", "short", NOW) == "24.11 11:20"
    assert say("en", "short", NOW - timedelta(days=400)) == "20 Oct 2025 11:20"
    assert say("fa", "short", NOW) == "۱۴۰۵/۰۹/۰۳ ۱۱:۵۰"


def test_terms(say):
    assert say("ru", "term", NOW + timedelta(hours=6, minutes=40)) == "до 18:00 · осталось 6 ч 40 мин"
    assert say("ru", "term", NOW - timedelta(hours=27)) == "1 день 3 ч назад"
    assert say("ru", "term", NOW - timedelta(days=5)) == "5 дней назад"
    assert say("en", "term", NOW - timedelta(days=2)) == "2 days ago"
    assert say("fa", "term", NOW - timedelta(days=5)) == "۵ روز پیش"
    assert say("ru", "term", NOW + timedelta(days=1, minutes=40)) == "завтра до 12:00"
    assert say("ru", "term", NOW + timedelta(days=9)) == "до 3 декабря"


def test_a_term_is_soon_then_late():
    reader = Reader("en", ZoneInfo("UTC"), "gregorian", NOW)
    app = Flask("webui")
    Babel(app)
    with app.test_request_context():
        assert reader.term(NOW + timedelta(hours=5)).state == ""
        assert reader.term(NOW + timedelta(hours=3)).state == "soon"
        assert reader.term(NOW - timedelta(minutes=1)).state == "late"
        assert reader.term(NOW - timedelta(minutes=1), done=True).state == ""


def test_people():
    assert initials("Марина Ковалёва") == "МК"
    assert short_name("Ковалёва Марина Сергеевна") == "Ковалёва\u00a0М.\u00a0С."
    assert short_name("Nina Simone") == "Nina Simone"
