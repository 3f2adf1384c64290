"""Pages, order and truth values in a request's address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import request

from webui.engine_rest.refusals import bad_parameter, bad_request, not_implemented

MOST = 1000
"""Rows of one answer, asked for or not: the next page begins at firstResult."""


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted."""

    first: int
    size: int


def page() -> Page:
    """firstResult and maxResults; never more than `MOST`."""
    return Page(number("firstResult") or 0, min(MOST if (size := number("maxResults")) is None else size, MOST))


def number(name: str) -> int | None:
    """A whole number of the address, not negative."""
    given = request.args.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        bad_parameter(name, given, f': Cannot convert value "{given}" to java type java.lang.Integer')
    return int(given)


def truth(name: str) -> bool | None:
    """A truth value of the address, in any case."""
    given = request.args.get(name)
    if given is None:
        return None
    if given.lower() not in ("true", "false"):
        bad_parameter(name, given, f': Cannot convert value "{given}" to java type java.lang.Boolean')
    return given.lower() == "true"


def words(name: str) -> tuple[str, ...] | None:
    """A comma-separated list, or a repeated parameter."""
    given = request.args.getlist(name)
    return tuple(word for one in given for word in one.split(",") if word) if given else None


def order(known: Mapping[str, str]) -> tuple[str, bool] | None:
    """What to sort by, in our words, and whether the other way round."""
    by, way = request.args.get("sortBy"), request.args.get("sortOrder")
    if by is None and way is None:
        return None
    if by is None or way is None:
        bad_request("Only a single sorting parameter specified. sortBy and sortOrder required", "sort-refused")
    if by not in known:
        bad_parameter("sortBy", by)
    if way not in ("asc", "desc"):
        bad_parameter("sortOrder", way)
    return known[by], way == "desc"


def only(known: Collection[str], camunda: Collection[str]) -> None:
    """A filter of Camunda's that is not applied here would give a wrong list: refuse it. Unknown words are ignored."""
    for name in request.args:
        if name in camunda and name not in known:
            not_implemented(f"The filter {name} of {request.path}")
