"""A small solution of its own for the tests of cards: letters that Anna registers, Boris answers and Clara sent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import select

from engine.actor import Actor
from engine.deployment.bundle import Bundle, kind_of
from engine.store.models import Deployment, Resource
from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account_in
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.models import Card
from services.organisation.units import add_unit_in
from services.solutions.settle import settle_in

MANIFEST = """
slug = "letters"
title = "solution.title"
version = "1.0"
languages = ["ru", "en"]
[roles]
clerk = { may = ["create:letter"] }
lawyer = {}
head = {}
[portal]
slug = "letters"
card = "letter"
form = "file_letter"
"""
CARD = """
type = "letter"
title = "card.letter.title"
caption = "{number} · {kind}"
journal = { code = "LT", mask = "LT-{yyyy}/{seq:05}", reset = "year" }
party_field = "sender"
unit_field = "store"
executor_field = "executor"
due_field = "due"
[[group]]
id = "main"
fields = ["kind", "text", "subject", "sender", "store"]
[[field]]
key = "kind"
type = "choice"
options = ["claim", "thanks"]
required_in = ["registered"]
index = true
[[field]]
key = "text"
type = "text"
multiline = true
required = true
[[field]]
key = "subject"
type = "directory"
directory = "subjects"
leaf = true
index = true
[[field]]
key = "sender"
type = "party"
required = true
[[field]]
key = "passport"
type = "text"
personal = "code"
[[field]]
key = "store"
type = "unit"
index = true
[[field]]
key = "sum"
type = "number"
index = true
[[field]]
key = "due"
type = "date"
index = true
[[field]]
key = "executor"
type = "person"
group = "lawyer"
[[field]]
key = "reply"
type = "rich"
[[state]]
id = "received"
category = "draft"
[[state]]
id = "registered"
category = "active"
[[state]]
id = "in_work"
category = "active"
[[state]]
id = "closed"
category = "done"
[[transition]]
id = "register"
from = ["received"]
to = "registered"
who = ["role:clerk"]
[[transition]]
id = "start"
from = ["registered"]
to = "in_work"
requires = ["executor", "due"]
who = ["role:head"]
[[transition]]
id = "close"
from = ["in_work"]
to = "closed"
requires = ["reply"]
requires_file = ["answer"]
guard = "card.sum = null or card.sum < 1000"
who = ["relation:executor"]
[[access]]
who = "role:clerk"
may = ["see"]
[[access]]
who = "role:clerk"
states = ["received"]
may = ["edit", "files", "register", "bin"]
[[access]]
who = "role:head"
may = ["see", "edit", "bin", "purge"]
fields = ["executor", "due"]
[[access]]
who = "relation:executor"
states = ["in_work"]
may = ["see", "edit", "files"]
fields = ["reply"]
[[access]]
who = "relation:unit"
states = ["registered", "in_work"]
may = ["see"]
[[access]]
who = "party"
may = ["see", "files"]
[file_class.original]
see = ["*"]
add = ["party", "role:clerk"]
[file_class.special]
see = ["role:head"]
add = ["role:head"]
[file_class.answer]
see = ["*"]
add = ["relation:executor"]
delete = ["relation:executor"]
"""
SUBJECTS = """code,parent,name_ru,name_en,harm
01,,Товар,Goods,1
01.01,,Качество,Quality,2
01.01.01,,Свежесть,Freshness,3
02,,Персонал,Staff,0
"""
RU = """
solution.title = "Письма"
[role]
clerk = "Делопроизводитель"
lawyer = "Юрист"
head = "Руководитель"
[card.letter]
title = "Письмо"
[card.letter.group]
main = "Обращение"
[card.letter.field]
kind = "Вид"
text = "Текст"
subject = "Тематика"
sender = "Заявитель"
passport = "Паспорт"
store = "Магазин"
sum = "Сумма"
due = "Срок"
executor = "Исполнитель"
reply = "Ответ"
[card.letter.option.kind]
claim = "Претензия"
thanks = "Благодарность"
[card.letter.state]
received = "Поступило"
registered = "Зарегистрировано"
in_work = "На исполнении"
closed = "Закрыто"
[card.letter.client]
received = "Принято"
registered = "Зарегистрировано у нас"
in_work = "Рассматривается"
closed = "Рассмотрено"
[card.letter.transition]
register = "Зарегистрировать"
start = "На исполнение"
close = "Закрыть"
[card.letter.file_class]
original = "Обращение"
special = "Проверка"
answer = "Ответ"
"""
FORM = b'{"type": "default", "components": [{"id": "f1", "type": "textarea", "key": "card.text"}]}'


def letters() -> Bundle:
    """The solution without diagrams."""
    files = {
        "solution.toml": MANIFEST,
        "cards/letter.toml": CARD,
        "directories/subjects.csv": SUBJECTS,
        "texts/ru.toml": RU,
        "texts/en.toml": RU,
    }
    return Bundle("letters", {path: text.encode() for path, text in files.items()} | {"forms/file_letter.form": FORM})


def put_on_shelf(office: Office, bundle: Bundle, version: int = 1) -> None:
    """Store a bundle as deployed, leaving the engine's part out: these solutions draw no process."""

    def act(work: UnitOfWork) -> None:
        deployment = Deployment(
            solution=bundle.solution,
            version=version,
            digest=bundle.digest,
            deployed_at=datetime(2026, 11, 1, tzinfo=UTC),
        )
        work.session.add(deployment)
        work.session.flush()
        for path, content in bundle.files.items():
            sha256 = hashlib.sha256(content).hexdigest()
            work.session.add(
                Resource(deployment_id=deployment.id, path=path, kind=kind_of(path), sha256=sha256, content=content)
            )
        settle_in(work, office.clock, bundle, deployment.id)

    office.database.run(act)


def settle_cast(office: Office) -> None:
    """Units 101 and 102; Anna the clerk, Boris the lawyer, Greta the head, Eva of store 101, Dmitri the stranger of 102."""

    def act(work: UnitOfWork) -> None:
        for code in ("101", "102"):
            add_unit_in(office, work, INSTALLER, code, {"ru": f"Магазин {code}"}, kind="store")
        for login, name, groups, unit in (
            ("anna", "Анна", ("clerk",), None),
            ("boris", "Борис", ("lawyer",), None),
            ("greta", "Грета", ("head",), None),
            ("eva", "Ева", (), "101"),
            ("dmitri", "Дмитрий", (), "102"),
        ):
            create_account_in(office, work, INSTALLER, NewAccount(login, name, groups=groups, unit=unit), None)

    office.database.run(act)


def acting(office: Office, login: str, request_id: str | None = None) -> Actor:
    """The actor of a login, as a page would make it."""
    with office.database.reading() as session:
        return actor_of(office, session, login, via="web", request_id=request_id)


def register(office: Office, actor: Actor, ref: str, revision: int, **how: str) -> str:
    """Press «register» on the card's page; gives the number."""
    act_on_card(office, actor, ref, "register", {}, revision, **how)
    with office.database.reading() as session:
        return str(session.scalar(select(Card.number).where(Card.ref == ref)))
