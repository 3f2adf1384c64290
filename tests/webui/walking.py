"""
The walk through every page: what a page, list, count, search, comparison, print or file shows somebody, against what the
rules of the card type give them. Each text field of a card holds a word of its own, each class of files a file of its own,
so that what leaks is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from engine.actor import MACHINE
from services.access.queries import standing
from services.access.rewrite_access import rewrite_access_in
from services.access.rules import SEE, may_with_files, visible_fields
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.accounts.models import Account
from services.accounts.models import Session as SignedSession
from services.accounts.rules import AUDITOR
from services.bootstrap import Office
from services.cards.change_card import change_card_in
from services.cards.create_card import NewCard, create_card_in
from services.cards.models import Card, CardIndex
from services.directories.models import DirectoryItem
from services.files.attach_file import attach_file_in, receive_file
from services.files.models import Attachment
from services.secrets import digest
from services.solutions.card_type import CardTypeFile
from services.solutions.deploy_solution import deploy_solution
from services.solutions.folders import read_folder
from services.solutions.load_demo import load_demo
from tests.webui.conftest import Page, Visitor
from webui.routing import actions

MISSING = "nothing-there-000"
TABS = ("card", "files", "links", "approval", "process", "discussion", "history")


@dataclass(frozen=True)
class Canary:
    """A card of a type in which every text and every file has a word that stands nowhere else."""

    id: int
    ref: str
    type: CardTypeFile
    words: dict[str, str]  # by field
    files: dict[str, tuple[str, str]]  # reference and name by class
    number: str = ""


@dataclass
class Walk:
    """People of every role, cards of every type; `leaks` says who read what where, `asked` how many pages were asked for."""

    office: Office
    app: Flask
    people: dict[str, Visitor] = field(default_factory=dict)
    cards: list[Canary] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    asked: int = 0
    opened: int = 0

    def settle(self, login: str, *groups: str, unit: str | None = None, roles: tuple[str, ...] = ()) -> None:
        """Somebody of these groups, signed in."""
        made = NewAccount(login, login, groups=groups, roles=roles, unit=unit, must_change_password=False)
        create_account(self.office, INSTALLER, made)
        self.admit(login)

    def admit(self, login: str) -> None:
        """Open a session for somebody who is there already."""
        now, token = self.office.clock.now(), f"token-of-{login}"

        def act(work: Any) -> None:
            account_id = work.session.scalar(select(Account.id).where(Account.login == login))
            times = {"created_at": now, "seen_at": now, "ends_at": now + timedelta(days=1)}
            work.session.add(SignedSession(token_sha256=digest(token), account_id=account_id, **times))

        self.office.database.run(act)
        client = self.app.test_client()
        client.set_cookie("chancery", token, domain="127.0.0.1")
        self.people[login] = Visitor(client)

    def file(self, code: str, **values: Any) -> Canary:
        """A card of the type with a word in every text, made by the process, and a file of each class."""
        with self.office.database.reading() as session:
            type = self.office.shelf.card_type(session, code)
        words = {
            spec.key: f"zq{code}{spec.key}xv".replace("_", "")
            for spec in type.fields
            if spec.type in ("text", "rich") and spec.pattern is None and (spec.most is None or spec.most > 40)
        }
        party = type.party_field
        if party:
            words[party] = f"Zq{code}clientxv".replace("_", "")
            values[party] = {"name": words[party], "mail": "zq@example.org"}
        given = {key: word for key, word in words.items() if key != party} | values

        named = {one.id: f"zqfile{code}{one.id}xv.txt" for one in type.file_classes}
        received = {id: receive_file(self.office, name, [name.encode()]) for id, name in named.items()}

        def act(work: Any) -> Canary:
            card = create_card_in(self.office, work, MACHINE, NewCard(code, given))
            change_card_in(
                self.office, work, MACHINE, card.id, {key: f"{word}w" for key, word in list(words.items())[:1]}
            )
            files = {
                id: (attach_file_in(self.office, work, MACHINE, card.id, id, received[id]).ref, name)
                for id, name in named.items()
            }
            return Canary(card.id, card.ref, type, words, files)

        made = self.office.database.run(act)
        self.cards.append(made)
        return made

    def stand(self, canary: Canary, state: str) -> None:
        """Put the card into a state, whatever its life cycle asks for; its rights follow."""

        def act(work: Any) -> None:
            work.session.get_one(Card, canary.id).state = state
            work.session.execute(update(CardIndex).where(CardIndex.card_id == canary.id).values(state=state))
            rewrite_access_in(self.office, work, canary.id)

        self.office.database.run(act)

    def different(self, canary: Canary) -> list[str]:
        """One of all who stand alike to the card: the same roles of its type, the same open, the same hidden."""
        found: dict[Any, str] = {}
        whole = {*canary.type.roles(), AUDITOR}
        for login in self.people:
            with self.office.database.reading() as session:
                roles = actor_of(self.office, session, login, via="web").roles & whole
            sees, hidden = self._hidden(canary, login)
            found.setdefault((roles, sees, frozenset(hidden)), login)
        return list(found.values())

    def look(self, canary: Canary, login: str) -> None:
        """Everything one person can ask about one card."""
        sees, hidden = self._hidden(canary, login)
        self.opened += sees
        for address, told in self._addresses(canary):
            page = self._get(login, address)
            if page.status >= 500:
                self.leaks.append(f"{login} {address}: {page.status}")
            text = page.text.replace("_", "") if page.answer.is_json or page.answer.mimetype.startswith("text/") else ""
            for what, word in hidden.items():
                if word in text and word not in told and not _own_business(address, what, canary):
                    self.leaks.append(f"{login} reads {what} of {canary.type.code} at {address}")
            if not sees and told != canary.ref and canary.ref in text and canary.ref not in address:
                self.leaks.append(f"{login} learns of {canary.type.code} at {address}")
            if not sees and canary.ref in address and address.startswith(f"/cards/{canary.ref}") and page.status != 404:
                self.leaks.append(f"{login} is answered {page.status} at {address}")
        for name, (ref, _) in canary.files.items():
            page = self._get(login, f"/cards/{canary.ref}/files/{ref}")
            if (page.status == 200) != (f"file {name}" not in hidden):
                self.leaks.append(f"{login} is answered {page.status} for a file of class {name} of {canary.type.code}")

    def try_changes(self, canary: Canary, login: str) -> None:
        """Whoever may only look changes nothing, by whatever route; a stranger's change answers as of a missing card."""
        before = self._state_of(canary)
        sees, _ = self._hidden(canary, login)
        for method, pattern in self.rules({"POST", "PUT", "DELETE"}):
            if "<ref>" not in pattern or not pattern.startswith("/cards/"):
                continue
            address = _filled(pattern, canary)
            self.asked += 1
            visitor = self.people[login]
            page = visitor.post(address, {"revision": str(before[1]), "request_id": f"walk-{self.asked}"})
            if page.status >= 500 or (not sees and page.status != 404 and login != "walk_auditor"):
                self.leaks.append(f"{login} is answered {page.status} at {method} {address}")
        if self._state_of(canary) != before:
            self.leaks.append(f"{login} changed {canary.type.code}")

    def rules(self, methods: set[str]) -> Iterator[tuple[str, str]]:
        """Method and address of every route for staff."""
        declared = actions(self.app)
        for rule in self.app.url_map.iter_rules():
            action = declared.get(rule.endpoint)
            if action is not None and action.admits in ("staff", "admin"):
                yield from ((method, rule.rule) for method in sorted((rule.methods or set()) & methods))

    def _hidden(self, canary: Canary, login: str) -> tuple[bool, dict[str, str]]:
        """Whether the person sees the card, and the words they must not read, by what they stand for."""
        with self.office.database.reading() as session:
            actor = actor_of(self.office, session, login, via="web")
            card = session.get_one(Card, canary.id)
            place = standing(session, actor, card, canary.type)
            sees = bool(place.mask & SEE)
            seen = visible_fields(canary.type, place) if sees else frozenset()
            hidden = {f"field {key}": word for key, word in canary.words.items() if key not in seen}
            for one in canary.type.file_classes:
                if not (sees and may_with_files(one, place, "see")):
                    hidden[f"file {one.id}"] = canary.files[one.id][1].replace("_", "")
            return sees, hidden

    def _addresses(self, canary: Canary) -> Iterator[tuple[str, str]]:
        """Addresses to ask, with the words each of them says itself."""
        for _, pattern in self.rules({"GET"}):
            if pattern.startswith("/static") or ":what>" in pattern:
                continue
            yield _filled(pattern, canary), ""
        ref, code = canary.ref, canary.type.code
        yield from ((f"/cards/{ref}?tab={tab}", "") for tab in TABS)
        yield f"/cards/{ref}/compare?older=1&newer=2", ""
        yield f"/cards/{ref}/compare?older=1&newer=2&paper=1", ""
        yield f"/cards/{ref}/history?paper=1&nested=1", ""
        yield f"/cards?type={code}", ""
        yield f"/cards/count?type={code}", ""
        yield f"/cards/new/{code}?copy={ref}", ""
        yield f"/templates/new/{code}?of={ref}", ""
        yield f"/lookup?kind=reader&card={ref}&q=", ""
        yield f"/lookup?kind=card&q={code}", ""
        for word in list(canary.words.values())[:4]:
            yield f"/cards?type={code}&q={word}", word
            yield f"/lookup?kind=card&q={word}", word
        for key in [spec.key for spec in canary.type.fields if spec.index][:6]:
            yield f"/cards?type={code}&sort={key}&f.{key}=x", ""

    def _get(self, login: str, address: str) -> Page:
        self.asked += 1
        return self.people[login].get(address)

    def _state_of(self, canary: Canary) -> tuple[str, int, int, Any]:
        with self.office.database.reading() as session:
            card = session.get_one(Card, canary.id)
            files = session.scalars(select(Attachment.versions).where(Attachment.card_id == canary.id)).all()
            return card.state, card.revision, sum(files), card.deleted_at


def a_leaf(office: Office, directory: str) -> str:
    """Some last-level item of a directory."""
    with office.database.reading() as session:
        rows = session.scalars(select(DirectoryItem).where(DirectoryItem.directory == directory)).all()
        above = {row.parent_id for row in rows}
        return next(row.code for row in rows if row.id not in above)


def _filled(pattern: str, canary: Canary) -> str:
    things = {"ref": canary.ref, "type": canary.type.code, "file": next(iter(canary.files.values()))[0]}
    if not pattern.startswith(("/cards", "/templates", "/journals")):
        things.pop("ref")

    def one(found: re.Match[str]) -> str:
        converter, name = found.group(1) or "", found.group(2)
        if converter.startswith("int"):
            return "1"
        if converter.startswith("any"):
            return converter[4:-2].split(",")[0]
        if name == "transition" and canary.type.transitions:
            return canary.type.transitions[0].id
        return things.get(name, MISSING)

    return re.sub(r"<(?:([^:<>]+:))?(\w+)>", one, pattern)


def _own_business(address: str, what: str, canary: Canary) -> bool:
    """Parties are known to whoever registers documents, whatever card names them."""
    party = canary.type.party_field
    return what == f"field {party}" and address.startswith(("/parties", "/lookup?kind=party"))


BANK = {"kind": "fraud", "product": "1.1", "branch": "bank_north", "performer": "bank_performer"}
BLAME = [{"person": "bank_user", "part": "Looked away"}]


def furnish(office: Office, app: Flask) -> Walk:
    """The three shipped solutions with their people, others above, below and beside the branch, nobody, and an auditor."""
    walk = Walk(office, app)
    for slug in ("appeals", "desk", "office"):
        bundle = read_folder(office.settings.solutions_dir, slug)
        deploy_solution(office, INSTALLER, bundle)
        load_demo(office, INSTALLER, bundle.files["demo/units.csv"], bundle.files["demo/accounts.csv"], "no password")
    with office.database.reading() as session:
        known = session.scalars(select(Account.login).where(Account.active, Account.is_admin.is_(False))).all()
    for login in known:
        walk.admit(login)
    walk.settle("walk_south", "branch_manager", "user", unit="bank_south")
    walk.settle("walk_below", "branch_manager", "user", unit="bank_north_1")
    walk.settle("walk_teller", "user", unit="bank_north")
    walk.settle("walk_region", "regional", unit="volga")
    walk.settle("walk_dpo", "dpo")
    walk.settle("walk_nobody")
    walk.settle("walk_auditor", roles=("auditor",))
    kind = a_leaf(office, "doc_kinds")
    walk.file("bank_appeal", **BANK, responsible_persons=BLAME)
    walk.file("appeal", kind="complaint", store="101", executor="executor")
    walk.file("incoming", kind=kind)
    walk.file("outgoing", kind=kind)
    walk.file("internal", kind="memo")
    return walk
