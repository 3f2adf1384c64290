"""
The sentences of the catalogues, with every count in them as the reader writes numbers: whoever puts a number into a
sentence, on a page or in a template, need not think of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, has_request_context
from flask_babel import Babel, Domain
from jinja2 import pass_context
from jinja2.runtime import Context

from webui.presentation import choose_locale, reader


def said(variables: dict[str, Any]) -> dict[str, Any]:
    """The variables of a sentence with whole numbers in the reader's digits; what is text already stays as it is."""
    if not has_request_context():
        return variables
    return {name: reader().number(value) if type(value) is int else value for name, value in variables.items()}


class Sentences(Domain):
    """What Python says."""

    def gettext(self, string: str, **variables: Any) -> str:
        """The sentence in the reader's language."""
        return str(super().gettext(string, **said(variables)))

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """The same by how many there are; `%(num)s` is their number."""
        sentence: str = self.get_translations().ungettext(singular, plural, num)
        return sentence % said({"num": num} | variables)


class Speaking(Babel):
    """Flask-Babel with these sentences."""

    @property
    def domain_instance(self) -> Domain:
        return self._sentences

    def init_app(self, app: Flask, *args: Any, **options: Any) -> None:
        """Give *app* its sentences, in Python and in templates."""
        self._sentences = Sentences(domain=options.get("default_domain", "messages"))
        super().init_app(app, *args, **options)
        names = app.jinja_env.globals
        names["gettext"] = _with_numbers(names["gettext"], 1)
        names["ngettext"] = _with_numbers(names["ngettext"], 3)


def _with_numbers(says: Callable[..., str], words: int) -> Callable[..., str]:
    """Jinja's own function, which escapes what it fills in, given numbers as words; `num` decides the plural before that."""

    @pass_context
    def say(context: Context, *given: Any, **variables: Any) -> str:
        if words == 3:
            variables.setdefault("num", given[2])
        return says(context, *given[:words], **said(variables))

    return say


def register(app: Flask) -> None:
    """Give *app* its languages."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Speaking(app, locale_selector=choose_locale, default_locale="en")
