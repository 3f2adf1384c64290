"""Answers as JSON: numbers exact, moments in Camunda's form, `application/json` without a charset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Response

JSON = "application/json"


def json_answer(value: Any, status: int = 200) -> Response:
    """*value* as an answer; the JavaScript worker compares the whole content type."""
    return Response(json_text(value), status, content_type=JSON)


def nothing() -> Response:
    """Done, nothing to say."""
    return Response(status=204)


def moment(at: datetime | None) -> str | None:
    """
    A moment as Camunda writes it.

    >>> moment(datetime(2026, 1, 23, 14, 42, 45, tzinfo=UTC))
    '2026-01-23T14:42:45.000+0000'
    """
    if at is None:
        return None
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def json_text(value: Any) -> str:
    """
    JSON whose numbers have every digit they had.

    >>> json_text({"sum": Decimal("0.10000000000000000000000001")})
    '{"sum":0.10000000000000000000000001}'
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except TypeError:  # decimals in it
        return "".join(_parts(value))


def _parts(value: Any) -> Any:
    if isinstance(value, Decimal):
        yield _digits(value)
    elif isinstance(value, Mapping):
        yield "{"
        for at, (key, inner) in enumerate(value.items()):
            yield ("," if at else "") + json.dumps(str(key), ensure_ascii=False) + ":"
            yield from _parts(inner)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for at, inner in enumerate(value):
            if at:
                yield ","
            yield from _parts(inner)
        yield "]"
    else:
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)


def _digits(value: Decimal) -> str:
    text = format(value, "f")
    return text if len(text) < 400 else str(value)
