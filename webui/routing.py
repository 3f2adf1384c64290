"""
Areas of the site and what their routes do.

An area is a blueprint with one kind of visitor. Each of its routes names its action (`task.complete`); a route without
one stops the start. The action decides who may come through the door at all; what a visitor may do with the thing behind
it is decided by the use case, and a foreign thing answers as a missing one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, Flask, current_app

Admits = Literal["anyone", "staff", "admin", "token", "machine"]


@dataclass(frozen=True)
class Action:
    """
    What a route does and whom it admits. `machine`: a program with a bearer token or HTTP Basic, never the browser's
    cookie (`webui/machines.py`).
    """

    name: str
    admits: Admits


class Area(Blueprint):
    """A blueprint whose routes declare their actions."""

    def __init__(self, name: str, import_name: str, *, admits: Admits, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.admits = admits
        self.actions: dict[str, Action] = {}

    def route(  # type: ignore[override]
        self, rule: str, *, action: str, admits: Admits | None = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view for *rule*; `action` is what it does, `admits` differs from the area's only with a reason."""

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = options.pop("endpoint", None) or view.__name__
            declared = Action(action, admits or self.admits)
            if self.actions.setdefault(endpoint, declared) != declared:
                raise ValueError(f"{self.name}.{endpoint} is declared with two different actions")
            self.add_url_rule(rule, endpoint, view, **options)
            return view

        return declare

    def get(self, rule: str, *, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]
        """A page."""
        return self.route(rule, action=action, methods=["GET"], **options)

    def post(self, rule: str, *, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]
        """A change."""
        return self.route(rule, action=action, methods=["POST"], **options)

    def put(self, rule: str, *, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]
        """A change of one thing to what is sent."""
        return self.route(rule, action=action, methods=["PUT"], **options)

    def delete(self, rule: str, *, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]
        """The end of one thing."""
        return self.route(rule, action=action, methods=["DELETE"], **options)


def actions(app: Flask) -> dict[str, Action]:
    """Every declared action by endpoint."""
    return {
        f"{area.name}.{endpoint}": action
        for area in app.blueprints.values()
        if isinstance(area, Area)
        for endpoint, action in area.actions.items()
    }


def actions_of_current_app() -> dict[str, Action]:
    """The same for the application that serves this request; made once at its start."""
    found: dict[str, Action] = current_app.extensions["actions"]
    return found


def check_declared(app: Flask) -> None:
    """Stop the start when a route does not say what it does."""
    declared = app.extensions["actions"] = actions(app)
    silent = {rule.endpoint for rule in app.url_map.iter_rules()} - set(declared) - {"static"}
    if silent:
        raise RuntimeError(f"routes without an action: {', '.join(sorted(silent))}")
