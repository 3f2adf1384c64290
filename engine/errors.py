"""
What can go wrong, grouped by who can put it right.

An error is a stable `code` and parameters; the sentence a person reads lives in the catalogues at the edge
(`webui/errors.py`, in ru, en and fa). One table there maps a family to an HTTP status.
"""

from __future__ import annotations

from typing import Any


class ChanceryError(Exception):
    """Root of all errors we raise on purpose; raise one of the families below, never this."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({details})"


class NotFound(ChanceryError):
    """The thing does not exist, or this actor must not learn that it does."""


class NotAllowed(ChanceryError):
    """The actor sees the thing and may not do this to it."""


class Invalid(ChanceryError):
    """What was typed or sent cannot be taken; `fields` maps a field path to (code, params)."""

    def __init__(self, code: str, fields: dict[str, tuple[str, dict[str, Any]]] | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.fields = fields or {}


class Conflict(ChanceryError):
    """Somebody was faster, or the page is stale: reload and look again. Params name who and when if known."""


class SolutionError(ChanceryError):
    """A solution's files are wrong; `findings` says where and what to do. For the solution's author."""

    def __init__(self, code: str, findings: tuple[Any, ...] = (), **params: Any) -> None:
        super().__init__(code, **params)
        self.findings = findings


class ScriptFailed(ChanceryError):
    """An expression, decision or script of a running instance failed; becomes an incident for the author."""


class OutsideError(ChanceryError):
    """Something outside failed (mail server, converter); `permanent` says whether trying again can help."""

    def __init__(self, code: str, *, permanent: bool = False, **params: Any) -> None:
        super().__init__(code, **params)
        self.permanent = permanent
