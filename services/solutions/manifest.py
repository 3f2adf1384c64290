"""`solution.toml` as typed values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from engine.findings import Finding, rule
from services.directories.rules import SCOPES
from services.solutions.card_type import KEY

UNREADABLE = rule("toml-unreadable", "The file is not TOML: {reason}.", "Mend the line; TOML texts stand in quotes.")
NO_SLUG = rule(
    "solution-slug", "solution.toml says slug «{slug}», the folder is «{folder}».", "Write the folder's name."
)
BAD_SCOPE = rule(
    "directory-scope",
    "The directory «{code}» has the scope «{scope}».",
    "Say organisation, unit or personal.",
)
NO_MANIFEST = rule("solution-missing", "The solution has no solution.toml.", "Add processes/<slug>/solution.toml.")


@dataclass(frozen=True)
class Portal:
    """Where customers file: `/p/<slug>`."""

    slug: str
    card: str
    process: str | None
    form: str
    channel: str


@dataclass(frozen=True)
class DirectoryDeclared:
    """How a directory starts: whose items it may hold, and the groups that keep it."""

    scope: str = "organisation"
    stewards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Everything `solution.toml` says."""

    slug: str
    title: str
    version: str
    main_process: str | None
    languages: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # group -> what it may
    lanes: Mapping[str, str] = field(default_factory=dict)  # lane name -> group
    portal: Portal | None = None
    demo: Mapping[str, str] = field(default_factory=dict)
    directories: Mapping[str, DirectoryDeclared] = field(default_factory=dict)


def parse_toml(content: bytes, path: str) -> tuple[dict[str, Any], list[Finding]]:
    """A TOML file's content, or why it cannot be read."""
    try:
        found: dict[str, Any] = _plain(tomllib.loads(content.decode("utf-8")))
        return found, []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [Finding(UNREADABLE, file=path, line=_line(str(error)), params={"reason": str(error)})]


def _plain(value: Any) -> Any:
    """Days and times of TOML as text: what is read here is kept as JSON."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _line(message: str) -> int | None:
    words = message.replace(",", " ").replace(")", " ").split()
    return next(
        (int(words[at + 1]) for at, word in enumerate(words[:-1]) if word == "line" and words[at + 1].isdigit()), None
    )


def read_manifest(raw: Mapping[str, Any], folder: str) -> tuple[Manifest, list[Finding]]:
    """The manifest of the solution in *folder* with what is wrong in it."""
    findings = []
    slug = str(raw.get("slug", ""))
    if not KEY.match(slug) or slug != folder:
        findings.append(Finding(NO_SLUG, file="solution.toml", params={"slug": slug, "folder": folder}))
    roles = raw.get("roles", {})
    portal = raw.get("portal")
    made = Manifest(
        slug=slug,
        title=str(raw.get("title", "solution.title")),
        version=str(raw.get("version", "")),
        main_process=raw.get("main_process"),
        languages=tuple(str(one) for one in raw.get("languages", ["en"])),
        roles={str(code): tuple(role.get("may", [])) for code, role in roles.items() if isinstance(role, Mapping)},
        lanes={str(lane): str(group) for lane, group in raw.get("lanes", {}).items()},
        portal=_portal(portal) if isinstance(portal, Mapping) else None,
        demo={str(name): str(path) for name, path in raw.get("demo", {}).items()},
        directories={
            str(code): DirectoryDeclared(
                str(one.get("scope", "organisation")), tuple(str(group) for group in one.get("stewards", ()))
            )
            for code, one in raw.get("directories", {}).items()
            if isinstance(one, Mapping)
        },
    )
    for code, one in made.directories.items():
        if one.scope not in SCOPES:
            findings.append(
                Finding(BAD_SCOPE, file="solution.toml", element=code, params={"code": code, "scope": one.scope})
            )
    return made, findings


def _portal(raw: Mapping[str, Any]) -> Portal:
    return Portal(
        slug=str(raw.get("slug", "")),
        card=str(raw.get("card", "")),
        process=raw.get("process"),
        form=str(raw.get("form", "")),
        channel=str(raw.get("channel", "portal")),
    )
