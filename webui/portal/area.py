"""The area of customers: its own cookie, its own frame; nobody signs in here."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext as _

from services.solutions.texts import Label
from webui.presentation import reader
from webui.reading import office, reading
from webui.routing import Area

area = Area("portal", __name__, admits="anyone", url_prefix="/p/<portal>")


def about(portal: str, section: str) -> dict[str, Any]:
    """The words of a portal, and its frame. Raises NotFound("portal-not-found")."""
    deployed, declared = office().shelf.portal(reading(), portal)
    say: Label = deployed.texts.label(reader().locale)
    g.section = section
    g.portal_url = url_for("portal.file", portal=portal)
    g.portal_rail = [
        {
            "caption": "",
            "places": [
                {"id": "file", "text": say("portal.file"), "url": url_for("portal.file", portal=portal)},
                {"id": "follow", "text": say("portal.follow"), "url": url_for("portal.follow", portal=portal)},
            ],
        }
    ]
    return {
        "slug": declared.slug,
        **{word: say(f"portal.{word}") for word in ("title", "lead", "filed", "follow", "file")},
    }


def cookie_name() -> str:
    """The cookie of a customer's visit; apart from the staff's."""
    return "__Host-chancery-visit" if _secure() else "chancery-visit"


def visit() -> str:
    """The token of the visit this browser brought; empty without one."""
    return request.cookies.get(cookie_name(), "")


def remember(answer: Response, token: str) -> Response:
    """Let the browser keep the visit until it is closed."""
    answer.set_cookie(cookie_name(), token, secure=_secure(), httponly=True, samesite="Lax", path="/")
    return answer


def forget(answer: Response) -> Response:
    """Take the visit back."""
    answer.delete_cookie(cookie_name(), secure=_secure(), httponly=True, samesite="Lax", path="/")
    return answer


def _secure() -> bool:
    return bool(office().settings.base_url.startswith("https://"))


__all__ = ["_", "about", "area", "forget", "remember", "visit"]
