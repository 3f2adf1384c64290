"""Looks up what card fields refer to: once a kind for a whole page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import Account
from services.accounts.queries import groups_of
from services.directories.queries import items
from services.fields import TYPES, Around, FieldSpec, Manner, Named
from services.files.models import Attachment
from services.organisation.models import Unit
from services.organisation.units import name_in
from services.parties.queries import parties
from services.solutions.texts import Texts

if TYPE_CHECKING:
    from services.office import Parts

SEPARATOR = " › "


class OfficeReferences:
    """References of one card or page. `in_full` gives a party's contacts unmasked: for letters and expressions only."""

    def __init__(self, session: Session, manner: Manner, *, in_full: bool = False, card_id: int | None = None) -> None:
        self._session = session
        self._manner = manner
        self._in_full = in_full
        self._card_id = card_id
        self._known: dict[tuple[str, str], Named | None] = {}

    def foresee(self, specs: Iterable[FieldSpec], values: Mapping[str, Any]) -> None:
        """Look up everything these values refer to, one or two statements a kind."""
        self.foresee_all(specs, [values])

    def foresee_all(self, specs: Iterable[FieldSpec], many: Iterable[Mapping[str, Any]]) -> None:
        """The same for the values of many cards."""
        wanted: dict[str, set[str]] = defaultdict(set)
        fields = list(specs)
        for values, spec in ((values, spec) for values in many for spec in fields):
            if values.get(spec.key) is not None:
                for kind, text in TYPES[spec.type].refers(values[spec.key], spec):
                    if (kind, text) not in self._known:
                        wanted[kind].add(text.casefold() if kind == "person" else text)
        for kind, texts in wanted.items():
            found = self._load(kind, texts)
            self._known.update({(kind, text): found.get(text) for text in texts})

    def person(self, login: str) -> Named | None:
        return self._one("person", login.casefold())

    def unit(self, code: str) -> Named | None:
        return self._one("unit", code)

    def party(self, ref: str) -> Named | None:
        return self._one("party", ref)

    def item(self, directory: str, code: str) -> Named | None:
        return self._one(f"item:{directory}", code)

    def file(self, ref: str) -> Named | None:
        return self._one("file", ref)

    def _one(self, kind: str, text: str) -> Named | None:
        if (kind, text) not in self._known:
            self._known[(kind, text)] = self._load(kind, {text}).get(text)
        return self._known[(kind, text)]

    def _load(self, kind: str, texts: set[str]) -> dict[str, Named]:
        if kind.startswith("item:"):
            return self._items(kind.removeprefix("item:"), texts)
        return {"person": self._people, "unit": self._units, "party": self._parties, "file": self._files}[kind](texts)

    def _people(self, logins: set[str]) -> dict[str, Named]:
        rows = self._session.execute(
            select(Account.id, Account.login, Account.name, Account.post, Account.active).where(
                Account.login.in_(logins)
            )
        ).all()
        groups = groups_of(self._session, [row.id for row in rows])
        return {
            row.login: Named(row.login, row.name, row.post, open=row.active, groups=frozenset(groups.get(row.id, ())))
            for row in rows
        }

    def _units(self, codes: set[str]) -> dict[str, Named]:
        asked = select(Unit.code, Unit.names, Unit.kind, Unit.closed_on).where(Unit.code.in_(codes))
        return {
            row.code: Named(
                row.code,
                name_in(row.names, self._manner.locale, row.code),
                kind=row.kind,
                open=row.closed_on is None or row.closed_on > self._today,
            )
            for row in self._session.execute(asked)
        }

    def _parties(self, refs: set[str]) -> dict[str, Named]:
        found = parties(self._session, refs=refs, in_full=self._in_full)
        return {
            ref: Named(
                ref,
                party.name,
                party.mail or party.phone,
                kind=party.kind,
                facts={
                    "phone": party.phone,
                    "mail": party.mail,
                    "address": party.address,
                    "locale": party.locale,
                    "surname": party.surname,
                    "given_name": party.given_name,
                    "father_name": party.father_name,
                    "short_name": party.short_name,
                    "form": party.form,
                    "salutation": party.salutation(self._manner.locale),
                },
            )
            for ref, party in found.items()
        }

    def _items(self, directory: str, codes: set[str]) -> dict[str, Named]:
        found = items(self._session, directory, codes, self._manner.locale, self._today)
        return {
            code: Named(
                code,
                item.name,
                SEPARATOR.join(item.path),
                open=item.open,
                leaf=item.leaf,
                facts={"custodian": item.custodian, **item.data},
            )
            for code, item in found.items()
        }

    def _files(self, refs: set[str]) -> dict[str, Named]:
        asked = select(Attachment.ref, Attachment.name, Attachment.file_class).where(
            Attachment.ref.in_(refs), Attachment.deleted_at.is_(None), Attachment.card_id == self._card_id
        )
        return {ref: Named(ref, name, kind=file_class) for ref, name, file_class in self._session.execute(asked)}

    @property
    def _today(self) -> date:
        return self._manner.today


def around(
    office: Parts,
    session: Session,
    solution: str,
    manner: Manner,
    *,
    in_full: bool = False,
    card_id: int | None = None,
    texts: Texts | None = None,
) -> Around:
    """What the field types need to read and show the values of a card."""
    words = texts or office.shelf.texts(session, solution)
    references = OfficeReferences(session, manner, in_full=in_full, card_id=card_id)
    return Around(manner, references, words.label(manner.locale))
