"""A form that was done is named to the browser, which then forgets the draft it kept of it."""

from __future__ import annotations

import re

from flask import Flask, Response, request

COOKIE = "ch-done"
_SECONDS = 60


def register(app: Flask) -> None:
    """Let *app* name the requests that were done."""
    app.after_request(_name_done)


def _name_done(answer: Response) -> Response:
    if request.method == "POST" and answer.status_code == 303:
        done = request.form.get("request_id", "")
        if re.fullmatch(r"[\w-]{1,64}", done):  # read by our script, so not HttpOnly; it opens nothing
            answer.set_cookie(COOKIE, done, max_age=_SECONDS, samesite="Lax", secure=request.is_secure)
    return answer
