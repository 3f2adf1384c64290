"""The area of administrators."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import flash, g
from flask_babel import gettext as _

from webui.presentation import reader
from webui.routing import Area

area = Area("admin", __name__, admits="admin", url_prefix="/admin")


def at(section: str) -> None:
    """Say which place of the rail is current."""
    g.section = section


def fresh_request_id() -> str:
    """A new id for a form, so that sending it twice does it once."""
    return secrets.token_urlsafe(16)


def said(text: str) -> None:
    """Tell the result of the visitor's own action on the next page."""
    flash(text, "done")


def name_in(names: dict[str, str], otherwise: str) -> str:
    """A name kept in several languages, in the reader's."""
    locale = reader().locale
    return names.get(locale) or names.get("en") or next(iter(names.values()), "") or otherwise


Words = Callable[..., Any]
__all__ = ["_", "area", "at", "fresh_request_id", "name_in", "said"]
