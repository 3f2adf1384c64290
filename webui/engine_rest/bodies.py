"""What is sent with a request: JSON checked by a schema, unknown fields ignored, numbers exact."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing
from werkzeug.exceptions import UnsupportedMediaType

from webui.engine_rest.refusals import Refused, bad_request
from webui.engine_rest.typed import untyped_all

LARGEST = 10 * 1024 * 1024
"""Bytes of a JSON body: variables route, files belong to cards."""


class Body(Schema):
    """A request's JSON object."""

    class Meta:
        unknown = EXCLUDE


class Variables(fields.Field[dict[str, Any]]):
    """Typed variables by name; absent or null: none."""

    def __init__(self, name: str = "variables") -> None:
        super().__init__(data_key=name, allow_none=True, load_default=dict)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> dict[str, Any]:
        return untyped_all(None if value is missing else value, self.data_key or "variables")


def text(name: str) -> fields.String:
    """A string that may be absent or null."""
    return fields.String(data_key=name, load_default=None, allow_none=True)


def truth(name: str) -> fields.Boolean:
    """A truth value that may be absent or null: false then."""
    return fields.Boolean(data_key=name, load_default=False, allow_none=True)


def number(name: str) -> fields.Integer:
    """A whole number that may be absent or null."""
    return fields.Integer(data_key=name, load_default=None, allow_none=True)


def anything(name: str) -> fields.Raw:
    """Whatever is sent; None when nothing is."""
    return fields.Raw(data_key=name, load_default=None, allow_none=True)


def read(schema: Schema) -> dict[str, Any]:
    """The request's body as *schema* reads it; Refused says what is wrong with it."""
    try:
        loaded: dict[str, Any] = schema.load(sent())
    except ValidationError as wrong:
        bad_request(f"The request's body cannot be taken: {wrong.normalized_messages()}")
    return loaded


def sent() -> Any:
    """The request's JSON; an empty body counts as an empty object."""
    length = request.content_length or 0
    if length > LARGEST:
        raise Refused(413, "RestException", f"A request may have at most {LARGEST} bytes of JSON", "request-too-large")
    if length == 0 and not request.headers.get("Transfer-Encoding"):
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send application/json")
    raw = request.get_data(cache=False)
    if len(raw) > LARGEST:
        raise Refused(413, "RestException", f"A request may have at most {LARGEST} bytes of JSON", "request-too-large")
    try:
        return json.loads(raw or b"{}", parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        bad_request(f"The request's body is no JSON: {wrong}")


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
