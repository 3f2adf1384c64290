"""What Camunda has not: the card an instance is about, and an instance as it was at a moment of the past."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from services.processes.look_back import card_of_instance, instance_as_of
from webui.auth import signed_in
from webui.engine_rest import paging
from webui.engine_rest.answers import JSON, json_answer, json_text, moment
from webui.engine_rest.area import area
from webui.engine_rest.moments import read_moment
from webui.engine_rest.refusals import Refused, bad_parameter, missing
from webui.engine_rest.typed import typed_all
from webui.reading import reading

LARGEST = 10 * 1024 * 1024
"""Characters of an answer: whoever gets 413 names the variables wanted."""


@area.get("/process-instance/<ref>/card", action="engine.instance.see")
def card(ref: str) -> Response:
    """The card as it is now."""
    found = card_of_instance(reading(), signed_in(), ref)
    if found is None:
        missing(f"Process instance with id {ref} has no card")
    return json_answer(vars(found))


@area.get("/history/process-instance/<ref>/as-of", action="engine.instance.see")
def as_of(ref: str) -> Response:
    """Tokens, variables and the card's revision at the moment `at`; a page of the tokens, `variableNames` if named."""
    given = request.args.get("at", "")
    at = read_moment(given)
    if at is None:
        bad_parameter("at", given[:100], ": it must look like 2026-01-23T14:42:45.000+0000")
    page, wanted = paging.page(), paging.words("variableNames")
    found = instance_as_of(reading(), signed_in(), ref, at)
    past = found.past

    def named(values: Any) -> dict[str, Any]:
        return typed_all({name: value for name, value in values.items() if wanted is None or name in wanted})

    text = json_text(
        {
            "processInstanceId": ref,
            "at": moment(at),
            "revision": past.revision,
            "changedAt": moment(past.at),
            "command": past.command,
            "cardRevision": found.card_revision,
            "whole": past.whole,
            "tokens": [
                {"id": token.token, "activityId": token.element}
                for token in past.tokens[page.first : page.first + page.size]
            ],
            "tokenCount": len(past.tokens),
            "variables": named(past.variables),
            "inner": {scope: values for scope, of in past.inner.items() if (values := named(of))},
        }
    )
    if len(text) > LARGEST:
        raise Refused(413, "RestException", f"More than {LARGEST} characters: name variableNames", "answer-too-large")
    return Response(text, content_type=JSON)
