"""Functions on contexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.run import Null, check_size
from engine.feel.values import convert


@builtin("get value", "m:context", "key:string")
def get_value(m: Mapping[str, Any], key: str) -> Any:
    return convert(m[key]) if key in m else None


@builtin("get value", "context:context", "keys:list")
def get_value_deep(context: Mapping[str, Any], keys: list[Any]) -> Any:
    value: Any = context
    for key in keys:
        if not isinstance(value, Mapping) or not isinstance(key, str) or key not in value:
            return None
        value = convert(value[key])
    return value if keys else None


@builtin("get entries", "m:context")
def get_entries(m: Mapping[str, Any]) -> list[Any]:
    check_size(len(m))
    return [{"key": key, "value": convert(m[key])} for key in m]


@builtin("context", "entries:list")
def context(entries: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "key" not in entry or "value" not in entry:
            raise Null("wrong-entry")
        key = convert(entry["key"])
        if not isinstance(key, str) or key in made:
            raise Null("wrong-entry")
        made[key] = convert(entry["value"])
    return made


@builtin("context put", "context:context", "key:string", "value:any")
def context_put(context: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**context, key: value}


@builtin("context put", "context:context", "keys:list", "value:any")
def context_put_deep(context: Mapping[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    if not keys or not isinstance(keys[0], str):
        raise Null("wrong-argument", parameter="keys", expected="list of strings", found="list")
    key, rest = keys[0], keys[1:]
    if not rest:
        return {**context, key: value}
    inner = context.get(key, {})
    if not isinstance(inner, Mapping):
        raise Null("wrong-argument", parameter="keys", expected="keys of contexts", found="list")
    return {**context, key: context_put_deep(inner, rest, value)}


@builtin("context merge", "contexts:list")
def context_merge(contexts: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for item in contexts:
        if not isinstance(item, Mapping):
            raise Null("wrong-argument", parameter="contexts", expected="list of contexts", found="list")
        made.update(item)
    return made
