"""What a client did wrong, in Camunda's words: it is for the author of a program, so it is said in English only."""

from __future__ import annotations

from typing import Any, NoReturn


class Refused(Exception):
    """An answer that is an error; `code` is our own name for it."""

    def __init__(self, status: int, kind: str, message: str, code: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.type = kind
        self.message = message
        self.code = code
        self.details = details


def bad_request(message: str, code: str = "request-refused", kind: str = "InvalidRequestException") -> NoReturn:
    """Refuse what was sent."""
    raise Refused(400, kind, message, code)


def bad_parameter(name: str, value: Any, why: str = "") -> NoReturn:
    """Refuse a parameter of the address."""
    bad_request(f"Cannot set query parameter '{name}' to value '{value}'{why}", "parameter-refused")


def not_implemented(what: str) -> NoReturn:
    """Say that Chancery does not do this."""
    raise Refused(501, "NotImplementedException", f"{what} is not implemented", "not-implemented")


def missing(message: str, kind: str = "InvalidRequestException") -> NoReturn:
    """Say that there is no such thing, or that it is none of theirs."""
    raise Refused(404, kind, message, "not-found")
