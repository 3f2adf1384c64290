"""Very many files of thirty fields, put into the tables at once: for what a list, a page and a save cost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from engine.deployment.bundle import Bundle
from engine.store.unit_of_work import UnitOfWork
from services.access.models import CardAccess
from services.access.rules import SEE
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account_in
from services.accounts.models import Account, Membership, Principal
from services.bootstrap import Office
from services.cards.index_card import moment_key, number_key, slots_of
from services.cards.models import Card, CardIndex, CardRevision
from services.organisation.models import Unit
from services.organisation.units import add_unit_in
from tests.services.letters import put_on_shelf

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STORES, PEOPLE = 40, 20
FLAGGED = {
    "kind": 'type = "choice"\noptions = ["claim", "complaint", "question", "suggestion", "thanks"]',
    "channel": 'type = "choice"\noptions = ["portal", "mail", "post", "phone", "book"]',
    "importance": 'type = "choice"\noptions = ["normal", "high", "critical"]',
    "demand": 'type = "choice"\noptions = ["refund", "exchange", "repair", "explain"]',
    "cause": 'type = "choice"\noptions = ["a", "b", "c", "d", "e"]',
    "store": 'type = "unit"',
    "executor": 'type = "person"',
    "receipt": 'type = "text"',
    "received": 'type = "date"',
    "due": 'type = "date"',
    "sum": 'type = "number"\ndecimals = 2',
    "pages": 'type = "number"',
}
PLAIN = [f"plain{number}" for number in range(1, 19)]
RULES = """
[[state]]
id = "open"
[[state]]
id = "closed"
category = "done"
[[transition]]
id = "close"
from = ["open"]
to = "closed"
who = ["role:chief"]
[[access]]
who = "role:chief"
may = ["see", "edit"]
[[access]]
who = "relation:unit"
may = ["see"]
[[access]]
who = "relation:executor"
may = ["see", "edit"]
[[access]]
who = "role:guest"
states = ["closed"]
may = ["see"]
[file_class.common]
see = ["*"]
add = ["role:chief"]
"""


def files() -> Bundle:
    """The solution: one card type of thirty fields, twelve of them flagged."""
    card = ['type = "file"', 'executor_field = "executor"', 'unit_field = "store"', 'due_field = "due"']
    card.append('journal = { code = "F", mask = "F-{yyyy}/{seq:06}", reset = "year" }')
    card += [f'[[field]]\nkey = "{key}"\n{more}\nfilter = true\nsort = true' for key, more in FLAGGED.items()]
    card += [f'[[field]]\nkey = "{key}"\ntype = "text"' for key in PLAIN]
    manifest = 'slug = "many"\nlanguages = ["en"]\n[roles]\nchief = { may = ["create:file"] }\nguest = {}\n'
    texts = {"solution.toml": manifest, "cards/file.toml": "\n".join(card) + RULES, "texts/en.toml": ""}
    return Bundle("many", {path: text.encode() for path, text in texts.items()})


def settle(office: Office) -> None:
    """The solution, forty stores, twenty people in them; `chief` sees all, `p00`… their store and what is theirs."""
    put_on_shelf(office, files())

    def act(work: UnitOfWork) -> None:
        for number in range(STORES):
            add_unit_in(office, work, INSTALLER, f"s{number:02}", {"en": f"Store {number}"}, kind="store")
        create_account_in(office, work, INSTALLER, NewAccount("chief", "Chief", groups=("chief",)), None)
        create_account_in(office, work, INSTALLER, NewAccount("guest", "Guest", groups=("guest",)), None)
        for number in range(PEOPLE):
            new = NewAccount(f"p{number:02}", f"Person {number}", unit=f"s{number:02}")
            create_account_in(office, work, INSTALLER, new, None)

    office.database.run(act)


def fill(office: Office, count: int, *, first: int = 1) -> None:
    """So many files, as saving them one by one would have left the tables."""

    def act(work: UnitOfWork) -> None:
        rows = _rows(office, work, first, count)
        while part := list(islice(rows, 1_000)):
            for table, at in ((Card, 0), (CardIndex, 1), (CardRevision, 2), (CardAccess, 3)):
                work.session.execute(insert(table), [row for one in part for row in one[at]])

    office.database.run(act)
    if not office.database.is_sqlite:
        with office.database.pool.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def save_often(office: Office, id: int, times: int) -> None:
    """A file that was saved so many times."""

    def act(work: UnitOfWork) -> None:
        card = work.session.get_one(Card, id)
        rows = [
            _save(id, number, card.state, card.data) for number in range(card.revision + 1, card.revision + times + 1)
        ]
        work.session.execute(insert(CardRevision), rows)
        card.revision += times

    office.database.run(act)


def group(office: Office, count: int, login: str) -> None:
    """So many further groups, and somebody in all of them."""

    def act(work: UnitOfWork) -> None:
        session = work.session
        rows = [{"kind": "group", "code": f"further{number}", "names": {}} for number in range(count)]
        session.execute(insert(Principal), rows)
        account = session.scalars(select(Account.id).where(Account.login == login)).one()
        made = session.scalars(select(Principal.id).where(Principal.code.startswith("further")).order_by(Principal.id))
        session.execute(insert(Membership), [{"account_id": account, "principal_id": id} for id in made])

    office.database.run(act)


def _save(id: int, number: int, state: str, data: Any) -> dict[str, Any]:
    row = {"card_id": id, "revision": number, "at": AT, "by_name": "Chief", "what": "changed"}
    return row | {"state": state, "data": data}


def _rows(office: Office, work: UnitOfWork, first: int, count: int) -> Iterator[tuple[list[dict[str, Any]], ...]]:
    session, dice = work.session, random.Random(5)
    slots = slots_of(session, "file")
    accounts = dict(session.execute(select(Account.login, Account.id)).all())
    units = dict(session.execute(select(Unit.code, Unit.id)).all())
    principals = {
        (kind, code): id for kind, code, id in session.execute(select(Principal.kind, Principal.code, Principal.id))
    }
    for id in range(first, first + count):
        data = values(dice)
        due, state = AT + timedelta(days=dice.randrange(-30, 30)), "closed" if dice.random() < 0.002 else "open"
        own = {"state": state, "unit_id": units[data["store"]], "executor_id": accounts[data["executor"]]}
        card = own | {
            "id": id,
            "ref": f"card{id}",
            "type": "file",
            "type_version": 1,
            "number": f"F-2026/{id:06}",
            "number_norm": f"F-2026/{id:06}",
            "title": f"File {id}",
            "title_norm": f"File {id}",
            "title_sort": f"File {id}",
            "data": data,
            "author_id": accounts["chief"],
            "due_at": due,
            "created_at": AT,
            "changed_at": AT,
            "revision": 1,
            "course": {
                "field": None,
                "began": AT.isoformat(),
                "state": state,
                "since": AT.isoformat(),
                "been": [state],
            },
        }
        index = own | {
            "card_id": id,
            "type": "file",
            "author_id": accounts["chief"],
            "due": moment_key(due),
            "number": f"f-2026/{id:06}",
            "title": f"file {id}",
            "words": f"f-2026/{id:06} file {id}",
        }
        index |= {slot.key: _key(field, data[field]) for field, slot in slots.items()}
        index |= {slot.norm: data[field] for field, slot in slots.items() if slot.norm}
        saves = [_save(id, 1, state, data)]
        who = {("group", "chief"), ("unit", data["store"]), ("user", data["executor"])}
        who |= {("group", "guest")} if state == "closed" else set()
        access = [{"principal_id": principals[one], "type": "file", "card_id": id, "mask": SEE} for one in sorted(who)]
        yield [card], [index], saves, access


def values(dice: random.Random) -> dict[str, str]:
    """The thirty fields of a file."""
    return {
        "kind": dice.choice(["claim", "complaint", "question", "suggestion", "thanks"]),
        "channel": dice.choices(["portal", "mail", "post", "phone", "book"], [30, 30, 20, 15, 5])[0],
        "importance": dice.choices(["normal", "high", "critical"], [85, 12, 3])[0],
        "demand": dice.choice(["refund", "exchange", "repair", "explain"]),
        "cause": dice.choice("abcde"),
        "store": f"s{dice.randrange(STORES):02}",
        "executor": f"p{dice.randrange(PEOPLE):02}",
        "receipt": f"{dice.randrange(10**9):09}",
        "received": f"2026-{dice.randrange(1, 12):02}-{dice.randrange(1, 29):02}",
        "due": f"2026-12-{dice.randrange(1, 29):02}",
        "sum": f"{dice.randrange(1, 5_000_000) / 100:.2f}",
        "pages": str(dice.randrange(1, 40)),
    } | dict.fromkeys(PLAIN, "words of a field nobody filters by")


def _key(field: str, value: str) -> str:
    return number_key(Decimal(value)) if field in {"sum", "pages"} else value
