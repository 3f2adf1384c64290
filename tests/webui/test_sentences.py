"""A number in a sentence is written as its reader writes numbers, whoever forgot to think of it."""

from __future__ import annotations

import pytest
from flask import render_template_string
from flask_babel import force_locale, gettext, ngettext

from tests.webui.conftest import Site

SENTENCE = "%(num)s document"


@pytest.mark.parametrize(
    ("language", "few", "many"),
    [("fa", "۳ سند", "۱٬۲۴۰ سند"), ("ru", "3 документа", "1\u00a0240 документов"), ("en", "3 documents", "1,240 documents")],
)  # fmt: skip
def test_in_python_and_in_templates(site: Site, language: str, few: str, many: str) -> None:
    with site.app.test_request_context(headers={"Accept-Language": language}):
        assert ngettext("%(num)s document", "%(num)s documents", 3) == few
        assert ngettext("%(num)s document", "%(num)s documents", 1240) == many
        page = '{{ ngettext("%(num)s document", "%(num)s documents", n) }}|{{ _("of %(all)s", all=n) }}'
        shown, of = render_template_string(page, n=1240).split("|")
        assert shown == many and of.split()[-1] in many


def test_what_is_text_already_and_what_is_not_a_count_stay_as_they_are(site: Site) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "fa"}):
        assert gettext("%(a)s %(b)s", a="ОП-2026/00001", b=True) == "ОП-2026/00001 True"
        assert render_template_string('{{ _("%(a)s", a="<b>") }}') == "&lt;b&gt;", "what is filled in is escaped"
        with force_locale("en"):
            assert gettext("%(a)s", a="12") == "12"
