"""Functions on strings. Positions count code points, as FEEL demands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel import limits, regexes
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelLimitError
from engine.feel.run import Null, check_size
from engine.feel.values import to_string


def _checked(text: str) -> str:
    if len(text) > limits.STRING_LENGTH:
        raise FeelLimitError("the length of a string", limits.STRING_LENGTH)
    return text


@builtin("substring", "string:string", "start position:number", "length:number?")
def substring(string: str, start: Decimal, length: Decimal | None = None) -> str:
    first = int(start)
    if first == 0 or abs(first) > len(string):
        raise Null("position-out-of-range")
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    if int(length) < 1:
        raise Null("position-out-of-range")
    return string[begin : begin + int(length)]


@builtin("string length", "string:string")
def string_length(string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case", "string:string")
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case", "string:string")
def lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before", "string:string", "match:string")
def substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string:string", "match:string")
def substring_after(string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@builtin("contains", "string:string", "match:string")
def contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string:string", "match:string")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string:string", "match:string")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("trim", "string:string")
def trim(string: str) -> str:
    return string.strip()


@builtin("replace", "input:string", "pattern:string", "replacement:string", "flags:string??")
def replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return _checked(regexes.replace(text, pattern, replacement, flags or ""))


@builtin("matches", "input:string", "pattern:string", "flags:string??")
def matches(text: str, pattern: str, flags: str | None = None) -> bool:
    return regexes.matches(text, pattern, flags or "")


@builtin("split", "string:string", "delimiter:string")
def split(string: str, delimiter: str) -> list[str]:
    parts = regexes.split(string, delimiter)
    check_size(len(parts))
    return parts


@builtin("extract", "string:string", "pattern:string")
def extract(string: str, pattern: str) -> list[str]:
    found = regexes.find_all(string, pattern)
    check_size(len(found))
    return found


@builtin("string join", "list:list", "delimiter:string??")
def string_join(items: list[Any], delimiter: str | None = None) -> str:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        raise Null("wrong-argument", parameter="list", expected="list of strings", found="list")
    return _checked((delimiter or "").join(texts))


@builtin("string", "from:any")
def string_(value: Any) -> str | None:
    return None if value is None else to_string(value)
