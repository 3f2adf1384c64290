"""The cast and the props of desk tests: an office with people, a small solution's texts, a card."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from engine.actor import Actor
from engine.store.models import Definition, Deployment, Instance, Resource
from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account_in
from services.accounts.models import Account
from services.accounts.passwords import hashed
from services.accounts.principals import principal_id
from services.bootstrap import Office
from services.cards.models import Card
from services.parties.models import Party

PASSWORD = "correct horse battery"
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RU = """
[notice.task]
subject = "{task}: {number}"
body = "Срок: {due}"
[notice.number_given]
subject = "№ {number}"
body = "Код: {code}"
[task.approve]
name = "Согласовать"
"""
EN = """
[notice.task]
subject = "{task}: {number}"
body = "Due {due}"
[notice.number_given]
subject = "No {number}"
body = "Code: {code}"
[task.approve]
name = "Approve"
"""
CAST = {
    "anna": ("Анна", "Делопроизводитель", ("clerk",), "ru"),
    "boris": ("Борис", "Юрист", ("approver",), "ru"),
    "vera": ("Вера", "Бухгалтер", ("approver",), "en"),
    "sergei": ("Сергей", "Директор", ("head",), "ru"),
    "dmitri": ("Дмитрий", "Посторонний", (), "ru"),
    "admin": ("Администратор", "", (), "ru"),
}
_HASH = hashed(PASSWORD)


def cast(office: Office) -> dict[str, int]:
    """Everybody gets an account; gives their ids by login."""

    def make(work: UnitOfWork) -> dict[str, int]:
        for group in ("clerk", "approver", "head"):
            principal_id(work.session, "group", group)
        return {login: _account(office, work, login).id for login in CAST}

    return office.database.run(make)


def _account(office: Office, work: UnitOfWork, login: str) -> Account:
    name, post, groups, locale = CAST[login]
    new = NewAccount(
        login, name, mail=f"{login}@example.org", post=post, groups=groups, locale=locale, is_admin=login == "admin"
    )
    return create_account_in(office, work, INSTALLER, new, _HASH)


def acting(office: Office, login: str, request_id: str | None = None) -> Actor:
    with office.database.reading() as session:
        return actor_of(office, session, login, via="web", request_id=request_id)


def texts_only(office: Office, slug: str = "letters") -> None:
    """A deployment that holds nothing but texts."""
    files = {
        "solution.toml": f'slug = "{slug}"\nlanguages = ["ru", "en"]\n'.encode(),
        "texts/ru.toml": RU.encode(),
        "texts/en.toml": EN.encode(),
    }

    def put(work: UnitOfWork) -> None:
        made = Deployment(solution=slug, version=1, digest=slug, deployed_at=AT)
        work.session.add(made)
        work.session.flush()
        for path, content in files.items():
            kind = "texts" if path.startswith("texts/") else "solution"
            digest = hashlib.sha256(content).hexdigest()
            work.session.add(Resource(deployment_id=made.id, path=path, kind=kind, sha256=digest, content=content))

    office.database.run(put)


def a_card(office: Office, **values: Any) -> int:
    """A bare card with an instance that runs for it; gives the card's id."""

    def put(work: UnitOfWork) -> int:
        card = Card(type="letter", type_version=1, state="approval", created_at=AT, changed_at=AT, **values)
        work.session.add(card)
        work.session.flush()
        return card.id

    return office.database.run(put)


def an_instance(office: Office, card_id: int) -> int:
    """A running instance of the card, as bare rows."""

    def put(work: UnitOfWork) -> int:
        session = work.session
        made = Deployment(solution="letters", version=99, digest="x", deployed_at=AT)
        session.add(made)
        session.flush()
        file = Resource(deployment_id=made.id, path="l.bpmn", kind="bpmn", sha256="0" * 64, content=b"")
        session.add(file)
        session.flush()
        definition = Definition(
            deployment_id=made.id,
            resource_id=file.id,
            key="letters",
            version=1,
            compiler_version=1,
            compiled="",
            compiled_sha256="0" * 64,
            source_map={},
            uses={},
        )
        session.add(definition)
        session.flush()
        instance = Instance(definition_id=definition.id, subject_ref=f"card:{card_id}", started_at=AT)
        session.add(instance)
        session.flush()
        return instance.id

    return office.database.run(put)


def a_party(office: Office, **values: Any) -> int:
    def put(work: UnitOfWork) -> int:
        party = Party(kind="person", created_at=AT, **values)
        work.session.add(party)
        work.session.flush()
        return party.id

    return office.database.run(put)
