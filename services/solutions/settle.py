"""What the office keeps of a deployment: card types, roles as groups, seeded directories."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, update

from engine.clock import Clock
from engine.deployment.bundle import Bundle
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Principal
from services.accounts.principals import principal_id
from services.cards.index_card import assign_slots
from services.cards.models import Card, CardType
from services.cards.refresh_cards import ask_refresh_in
from services.directories.import_directory import seed_directory_in
from services.directories.rules import read_directory
from services.solutions.check import Read, read_solution
from services.solutions.manifest import DirectoryDeclared, parse_toml
from services.solutions.read_card_type import read_card_type


def settle_in(work: UnitOfWork, clock: Clock, bundle: Bundle, deployment_id: int) -> None:
    """Take over what the bundle brings, in the transaction that deployed it."""
    read = read_solution(bundle)
    _roles(work, read)
    before = {row.code: row for row in work.session.scalars(select(CardType).where(CardType.latest))}
    _card_types(work, bundle, deployment_id)
    _follow(work, clock, read, before)
    _directories(work, bundle, read)
    work.session.info.pop("shelf", None)


def _roles(work: UnitOfWork, read: Read) -> None:
    for code in read.manifest.roles:
        names = read.texts.names(f"role.{code}")
        id = principal_id(work.session, "group", code, names)
        row = work.session.get_one(Principal, id)
        row.names, row.solution = names, row.solution or read.manifest.slug


def _directories(work: UnitOfWork, bundle: Bundle, read: Read) -> None:
    given = {path.rpartition("/")[2].removesuffix(".csv"): path for path, _ in bundle.of_kind("directory")}
    for code in sorted({*given, *read.manifest.directories}):
        declared = read.manifest.directories.get(code, DirectoryDeclared())
        items = read_directory(bundle.files[given[code]], given[code], ())[0] if code in given else []
        seed_directory_in(
            work,
            code,
            items,
            names=read.texts.names(f"directory.{code}.title"),
            solution=read.manifest.slug,
            scope=declared.scope,
            stewards=declared.stewards,
        )


def _card_types(work: UnitOfWork, bundle: Bundle, deployment_id: int) -> None:
    session = work.session
    session.execute(update(CardType).where(CardType.solution == bundle.solution).values(latest=False))
    given = set()
    for path, content in bundle.of_kind("card"):
        body = parse_toml(content, path)[0]
        code = str(body.get("type", ""))
        given.add(code)
        newest = session.scalar(select(func.max(CardType.version)).where(CardType.code == code)) or 0
        session.add(
            CardType(
                code=code,
                version=newest + 1,
                solution=bundle.solution,
                deployment_id=deployment_id,
                latest=True,
                body=body,
            )
        )
    session.flush()
    _keep_lived_types(work, bundle.solution, given)


def _follow(work: UnitOfWork, clock: Clock, read: Read, before: Mapping[str, CardType]) -> None:
    """Flagged fields get their columns; cards there are follow what the new version flags and whom it lets see them."""
    for type in read.card_types.values():
        lived = work.session.scalar(select(Card.id).where(Card.type == type.code).limit(1)) is not None
        changed = assign_slots(work.session, type, filling=lived)
        earlier = read_card_type(before[type.code].body)[0] if type.code in before else None
        if lived and (changed or earlier is None or earlier.access_depends_on != type.access_depends_on):
            ask_refresh_in(work, clock, type.code)


def _keep_lived_types(work: UnitOfWork, solution: str, given: set[str]) -> None:
    """A card type left out of the new version lives on while cards of it exist."""
    session = work.session
    newest = (
        select(CardType.code, func.max(CardType.version))
        .where(CardType.solution == solution, CardType.code.not_in(given))
        .group_by(CardType.code)
    )
    for code, version in session.execute(newest).all():
        if session.scalar(select(Card.id).where(Card.type == code).limit(1)) is not None:
            lived = update(CardType).where(CardType.code == code, CardType.version == version)
            session.execute(lived.values(latest=True))
