"""`/pulse`: every open page asks every 20 seconds, so this is two plain statements and no objects."""

from __future__ import annotations

from flask import Response, jsonify

from services.notifications.queries import unread
from webui.api.area import area
from webui.auth import signed_in
from webui.frame import counts
from webui.reading import reading


@area.get("/pulse", action="pulse.see")
def pulse() -> Response:
    """The figures of the rail, and whether there is an unread notice."""
    return jsonify({"counts": counts(), "unread": unread(reading(), signed_in()) > 0})
