"""
Correlation: which message is for which instance. A property of a correlation key is settled by the first message an
instance sends or receives in a conversation, or computed by its subscription; other properties are read from variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn.node import Event
from engine.runtime.values import from_json, to_json

if TYPE_CHECKING:
    from engine.runtime.scopes import FlatScope
    from engine.runtime.token import Token


def expected(token: Token, event: Event) -> dict[str, Any]:
    """What an incoming message must carry: each property as this instance has it, if it has it."""
    top = token.workflow.top_workflow
    settled, bound = _settled(token), dict(event.conversation)
    found: dict[str, Any] = {}
    for name, path in event.keys:
        if name not in bound:
            found[name] = top.evaluate(token, path)
        elif name in settled:
            found[name] = from_json(settled[name])
        elif (own := bound[name]) is not None:
            found[name] = top.evaluate(token, own)
    return {name: value for name, value in found.items() if value is not None}


def sent(token: Token, event: Event, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What an outgoing message carries; the payload comes before the instance's variables."""
    top = token.workflow.top_workflow
    keys = {name: top.evaluate(token, path, dict(payload)) for name, path in event.keys}
    settle(token, event, keys)
    return keys


def carried(token: Token, event: Event, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an incoming message, read from its payload alone."""
    host = token.workflow.top_workflow.host
    read = {
        name: path.evaluate(payload, now=host.now(), zone=host.zone, functions=host.functions)
        for name, path in event.keys
        if path.names & set(payload)
    }
    return {name: value for name, value in read.items() if value is not None}


def settle(token: Token, event: Event, keys: Mapping[str, Any]) -> None:
    """The first message of a conversation says what the later ones must carry."""
    settled = _settled(token)
    for name, _ in event.conversation:
        if keys.get(name) is not None:
            settled.setdefault(name, to_json(keys[name]))


def _settled(token: Token) -> dict[str, str]:
    """Values as text, kept by the process (not by a sub-process in it)."""
    scope: FlatScope = token.workflow
    while scope.owner is not None and scope.owner.node is not None and scope.owner.node.call is None:
        scope = scope.owner.workflow
    return scope.correlation


def equal(one: Any, other: Any) -> bool:
    return bool(feel.values.convert(one) == feel.values.convert(other))
