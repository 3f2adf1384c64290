"""
Typed variables, `{"type": "Integer", "value": 5, "valueInfo": {}}`, to and from the engine's values.

Numbers stay exact. A date of the engine without a time is no moment: it is given as its ISO text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.feel import values as feel
from engine.feel.temporal import DateTime
from webui.engine_rest.answers import json_text, moment
from webui.engine_rest.moments import read_moment
from webui.engine_rest.refusals import bad_request

_INTEGER, _LONG = 2**31, 2**63
_RANGES = {"short": 2**15, "integer": _INTEGER, "long": _LONG}


def typed(value: Any) -> dict[str, Any]:
    """A value of the engine as its clients read it."""
    kind, plain = _typed(feel.convert(value))
    return {"type": kind, "value": plain, "valueInfo": {}}


def typed_all(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Variables by name."""
    return {name: typed(value) for name, value in values.items()}


def _typed(value: Any) -> tuple[str, Any]:
    if value is None:
        return "Null", None
    if isinstance(value, bool):
        return "Boolean", value
    if isinstance(value, str):
        return "String", value
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, DateTime) and isinstance(at := feel.python(value), datetime) and at.tzinfo is not None:
        return "Date", moment(at)
    if isinstance(value, list | Mapping):
        return "Json", json_text(_plain(value))
    return "String", feel.to_string(value)


def _number(value: Decimal) -> tuple[str, Any]:
    if value != value.to_integral_value() or value.adjusted() > 300:
        return "Double", value
    whole = int(value)
    return ("Integer" if -_INTEGER <= whole < _INTEGER else "Long"), whole


def _plain(value: Any) -> Any:
    value = feel.convert(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return _number(value)[1]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in value}
    return feel.to_string(value)


def untyped_all(sent: Any, where: str = "variables") -> dict[str, Any]:
    """The values of sent variables; Refused (400) says which one cannot be taken and why."""
    if sent is None:
        return {}
    if not isinstance(sent, Mapping):
        bad_request(f"{where} must be an object of name and typed value")
    return {name: untyped(one, name) for name, one in sent.items()}


def untyped(sent: Any, name: str) -> Any:
    """The value of one sent variable."""
    if not isinstance(sent, Mapping):
        bad_request(f"Variable '{name}' must be an object with 'value' and 'type'")
    info = sent.get("valueInfo") or {}
    if isinstance(info, Mapping) and info.get("transient"):
        bad_request(f"Variable '{name}': transient variables are not supported", "variable-refused")
    kind, value = sent.get("type"), sent.get("value")
    if kind is None:
        return _guessed(value)
    if value is None:
        return None
    reader = _READERS.get(str(kind).lower())
    if reader is None:
        bad_request(f"Unsupported value type '{kind}' of variable '{name}'", "variable-refused", "RestException")
    try:
        return reader(value)
    except ValueError as wrong:
        bad_request(f"Cannot read variable '{name}' of type '{kind}': {wrong}", "variable-refused")


def _guessed(value: Any) -> Any:
    """Of a value without a type: what its JSON says."""
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("its value must be a string")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("its value must be true or false")


def _whole(kind: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = _double(value)
        if number != number.to_integral_value() or not -_RANGES[kind] <= number < _RANGES[kind]:
            raise ValueError("its value must be a whole number that fits the type")
        return int(number)

    return read


def _double(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("its value must be a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("its value must be a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 6000:
        raise ValueError("its value must be a finite number")
    return number


def _date(value: Any) -> datetime:
    at = read_moment(value) if isinstance(value, str) else None
    if at is None:
        raise ValueError("its value must look like 2026-01-23T14:42:45.000+0000")
    return at


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("its value must be a string with the document")
    return json.loads(value, parse_float=Decimal)


def _object(_value: Any) -> Any:
    raise ValueError("objects of a programming language are not kept here; send type Json")


def _file(_value: Any) -> Any:
    raise ValueError("bytes and files are not kept as variables here; attach files to the card")


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "null": lambda _value: None,
    "string": _string,
    "xml": _string,
    "boolean": _boolean,
    "short": _whole("short"),
    "integer": _whole("integer"),
    "long": _whole("long"),
    "double": _double,
    "date": _date,
    "json": _json,
    "object": _object,
    "bytes": _file,
    "file": _file,
}
