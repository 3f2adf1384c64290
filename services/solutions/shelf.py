"""
The shelf: the deployed solutions as typed values. What is read once is kept until a newer deployment is seen; one small
statement a session finds that out, so every process serves a new version at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Text, cast, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from engine.deployment.bundle import kind_of
from engine.errors import NotFound
from engine.store.models import Deployment, Resource
from engine.store.rows import ask
from services.cards.models import CardType
from services.policies.models import Policy
from services.policies.queries import keep_rows
from services.solutions.card_type import CardTypeFile
from services.solutions.manifest import Manifest, Portal, parse_toml, read_manifest
from services.solutions.read_card_type import read_card_type
from services.solutions.texts import Texts, flat

T = TypeVar("T")
_HEAD = union_all(
    select(literal_column("''", Text), cast(func.max(Deployment.id), Text)),
    select(Policy.name, cast(Policy.value, Text)),
)
"""The newest deployment, and the policies along with it: nearly everybody asks for both."""


@dataclass(frozen=True)
class Deployed:
    """The latest deployment of one solution."""

    slug: str
    deployment_id: int
    version: int
    manifest: Manifest
    texts: Texts
    card_types: Mapping[str, CardTypeFile]


class Shelf:
    """Shared by threads; holds no session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head = -1
        self._solutions: dict[str, Deployed] = {}
        self._older: dict[tuple[str, int], CardTypeFile | None] = {}
        self._kept: dict[Hashable, Any] = {}

    def solutions(self, session: Session) -> Mapping[str, Deployed]:
        """The latest deployment of each solution by slug."""
        known = session.info.get("shelf")
        if known is not None:
            return known  # type: ignore[no-any-return]
        (_, newest), *rules = ask(session, _HEAD, {})
        head = int(newest or 0)
        keep_rows(session, rules)
        with self._lock:
            if head != self._head:
                self._solutions, self._head, self._kept = _load(session), head, {}
            session.info["shelf"], session.info["shelf-head"] = self._solutions, head
            return self._solutions

    def kept(self, session: Session, key: Hashable, make: Callable[[], tuple[T, bool]]) -> T:
        """What *make* makes of the deployed solutions; kept until a newer deployment is seen, if it says it may be."""
        self.solutions(session)
        head = session.info["shelf-head"]
        with self._lock:
            if head == self._head and key in self._kept:
                found: T = self._kept[key]
                return found
        made, lasting = make()
        with self._lock:
            if lasting and head == self._head:
                self._kept[key] = made
        return made

    def solution(self, session: Session, slug: str) -> Deployed:
        """Raises NotFound("solution-not-found")."""
        found = self.solutions(session).get(slug)
        if found is None:
            raise NotFound("solution-not-found", slug=slug)
        return found

    def card_type(self, session: Session, code: str) -> CardTypeFile:
        """The latest version of a card type. Raises NotFound("card-type-not-found")."""
        for deployed in self.solutions(session).values():
            if code in deployed.card_types:
                return deployed.card_types[code]
        raise NotFound("card-type-not-found", type=code)

    def older(self, session: Session, code: str, version: int) -> CardTypeFile | None:
        """A version of a card type that is not the latest; read once and kept."""
        with self._lock:
            if (code, version) in self._older:
                return self._older[code, version]
        asked = select(CardType.body, CardType.solution).where(CardType.code == code, CardType.version == version)
        row = session.execute(asked).one_or_none()
        made = read_card_type(dict(row.body) | {"solution": row.solution, "version": version})[0] if row else None
        with self._lock:
            self._older[code, version] = made
        return made

    def card_types(self, session: Session) -> list[CardTypeFile]:
        """The latest version of every card type."""
        return [made for deployed in self.solutions(session).values() for made in deployed.card_types.values()]

    def rights(self, session: Session, roles: Iterable[str]) -> frozenset[str]:
        """What the solutions' [roles] let these groups do: `register`, `create:letter`, `directory:subjects`…"""
        groups = set(roles)
        return frozenset(
            right
            for deployed in self.solutions(session).values()
            for group, may in deployed.manifest.roles.items()
            if group in groups
            for right in may
        )

    def texts(self, session: Session, slug: str) -> Texts:
        """The texts of a solution; no texts for one that is not deployed."""
        found = self.solutions(session).get(slug)
        return found.texts if found else Texts()

    def portal(self, session: Session, slug: str) -> tuple[Deployed, Portal]:
        """The solution behind `/p/<slug>`. Raises NotFound("portal-not-found")."""
        for deployed in self.solutions(session).values():
            if deployed.manifest.portal and deployed.manifest.portal.slug == slug:
                return deployed, deployed.manifest.portal
        raise NotFound("portal-not-found", slug=slug)


def _load(session: Session) -> dict[str, Deployed]:
    newest = (
        select(Deployment.solution, func.max(Deployment.version).label("version"))
        .group_by(Deployment.solution)
        .subquery()
    )
    rows = session.execute(
        select(Deployment.id, Deployment.solution, Deployment.version).join(
            newest, (newest.c.solution == Deployment.solution) & (newest.c.version == Deployment.version)
        )
    ).all()
    return {slug: _deployed(session, id, slug, version) for id, slug, version in rows}


def _deployed(session: Session, deployment_id: int, slug: str, version: int) -> Deployed:
    asked = select(Resource.path, Resource.content).where(
        Resource.deployment_id == deployment_id, Resource.kind.in_(("solution", "texts"))
    )
    files = dict(session.execute(asked).all())
    manifest, _ = read_manifest(parse_toml(files.get("solution.toml", b""), "solution.toml")[0], slug)
    types = session.scalars(select(CardType).where(CardType.solution == slug, CardType.latest)).all()
    read = {row.code: read_card_type(dict(row.body) | {"solution": slug, "version": row.version})[0] for row in types}
    return Deployed(
        slug=slug,
        deployment_id=deployment_id,
        version=version,
        manifest=manifest,
        texts=texts_of(files),
        card_types={code: made for code, made in read.items() if made is not None},
    )


def texts_of(files: Mapping[str, bytes]) -> Texts:
    """The texts among a solution's files, by language."""
    found = {
        path.removeprefix("texts/").removesuffix(".toml"): dict(flat(parse_toml(content, path)[0]))
        for path, content in files.items()
        if kind_of(path) == "texts"
    }
    return Texts(found)
