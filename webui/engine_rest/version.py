"""Who is answering."""

from __future__ import annotations

from flask import Response

from webui.engine_rest.answers import json_answer
from webui.engine_rest.area import area

LIKE = "7.24.0"
"""The version of Camunda whose shapes these are."""


@area.get("/version", action="engine.see")
def version() -> Response:
    """The version clients may count on."""
    return json_answer({"version": LIKE})


@area.get("/engine", action="engine.see")
def engines() -> Response:
    """The one engine there is."""
    return json_answer([{"name": "default"}])
