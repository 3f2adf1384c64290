"""Looks up what card fields refer to: once for a whole page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from services.cards.look_up import ITEM, File, Item, Known, Person, Place, Sender, look_up
from services.directories.rules import is_open
from services.fields import TYPES, Around, FieldError, FieldSpec, Manner, Named
from services.organisation.units import name_in
from services.parties.queries import party_view
from services.privacy.personal import KEY, is_reference, value_of
from services.solutions.texts import Texts

if TYPE_CHECKING:
    from services.office import Parts

SEPARATOR = " › "


class OfficeReferences:
    """
    References of one card or page. `in_full` gives a party's contacts unmasked: for letters and expressions only. *known*
    is what somebody looked up already in the same transaction.
    """

    def __init__(
        self,
        session: Session,
        manner: Manner,
        *,
        in_full: bool = False,
        card_id: int | None = None,
        known: Known | None = None,
    ) -> None:
        self._session = session
        self._manner = manner
        self._in_full = in_full
        self._card_id = card_id
        self.known = known or Known()
        self._named: dict[tuple[str, str], Named | None] = {}

    def foresee(self, specs: Iterable[FieldSpec], values: Mapping[str, Any]) -> None:
        """Look up everything these values refer to, in one statement."""
        self.foresee_all(specs, [values])

    def foresee_all(self, specs: Iterable[FieldSpec], many: Iterable[Mapping[str, Any]]) -> None:
        """The same for the values of many cards."""
        self._look_up(specs, many, ())

    def resolved(
        self, specs: Iterable[FieldSpec], data: Mapping[str, Any], typed: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """
        A card's values with personal references resolved (erased ones are None), and everything they and *typed* ones
        refer to looked up, in one statement.
        """
        fields = list(specs)
        self._look_up(fields, [data, typed or {}], (value[KEY] for value in data.values() if is_reference(value)))
        values = {key: value_of(value, self.known.personal) for key, value in data.items()}
        self.foresee([spec for spec in fields if is_reference(data.get(spec.key))], values)
        return values

    def id_of(self, kind: str, text: str) -> int | None:
        """The id of a person, unit or party; a party's own, even when it was found to be another one."""
        found = self._find(kind, text)
        return found.own_id if isinstance(found, Sender) else found.id if isinstance(found, Person | Place) else None

    def person(self, login: str) -> Named | None:
        return self._one("person", login.casefold())

    def unit(self, code: str) -> Named | None:
        return self._one("unit", code)

    def party(self, ref: str) -> Named | None:
        return self._one("party", ref)

    def item(self, directory: str, code: str) -> Named | None:
        return self._one(ITEM + directory, code)

    def file(self, ref: str) -> Named | None:
        return self._one("file", ref)

    def _look_up(self, specs: Iterable[FieldSpec], many: Iterable[Mapping[str, Any]], personal: Iterable[int]) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        cards = list(many)
        for spec in specs:
            field = TYPES[spec.type]
            if not field.points:
                continue
            for value in _distinct(values.get(spec.key) for values in cards):
                if value is None or is_reference(value):
                    continue
                try:
                    referred = field.refers(value, spec)
                except FieldError:  # typed, and no reference at all: reading it says so beside its field
                    continue
                for kind, text in referred:
                    wanted[kind].add(text.casefold() if kind == "person" else text)
        named = self.known.named
        unknown = {kind: {text for text in texts if (kind, text) not in named} for kind, texts in wanted.items()}
        look_up(self._session, unknown, set(personal) - set(self.known.personal), self.known, self._card_id)

    def _find(self, kind: str, text: str) -> Any:
        if (kind, text) not in self.known.named:
            look_up(self._session, {kind: {text}}, (), self.known, self._card_id)
        return self.known.named[kind, text]

    def _one(self, kind: str, text: str) -> Named | None:
        if (kind, text) not in self._named:
            found = self._find(kind, text)
            self._named[kind, text] = None if found is None else self._as_named(text, found)
        return self._named[kind, text]

    def _as_named(self, text: str, found: Person | Place | Item | Sender | File) -> Named:
        if isinstance(found, Person):
            return Named(found.login, found.name, found.post, open=found.active, groups=found.groups)
        if isinstance(found, Place):
            open = found.closed_on is None or found.closed_on > self._today
            return Named(found.code, self._name(found), kind=found.kind, open=open)
        if isinstance(found, Item):
            return self._item(found)
        if isinstance(found, Sender):
            return self._party(text, found)
        return Named(found.ref, found.name, kind=found.file_class)

    def _item(self, item: Item) -> Named:
        return Named(
            item.code,
            self._name(item),
            SEPARATOR.join(self._name(one) for one in item.above),
            open=all(is_open(one.valid_from, one.valid_to, self._today) for one in (item, *item.above)),
            leaf=item.leaf,
            facts={"custodian": item.custodian, **item.data},
        )

    def _party(self, ref: str, sender: Sender) -> Named:
        party = party_view(sender, self.known.personal, in_full=self._in_full)
        return Named(
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

    def _name(self, one: Place | Item) -> str:
        return name_in(one.names, self._manner.locale, one.code)

    @property
    def _today(self) -> date:
        return self._manner.today


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Each text once; whatever else there is as often as it is there."""
    every = list(values)
    texts = [value for value in every if isinstance(value, str)]
    return [*dict.fromkeys(texts), *(value for value in every if not isinstance(value, str))]


def around(
    office: Parts,
    session: Session,
    solution: str,
    manner: Manner,
    *,
    in_full: bool = False,
    card_id: int | None = None,
    texts: Texts | None = None,
    known: Known | None = None,
) -> Around:
    """What the field types need to read and show the values of a card; *known*: looked up already in this transaction."""
    words = texts or office.shelf.texts(session, solution)
    references = OfficeReferences(session, manner, in_full=in_full, card_id=card_id, known=known)
    return Around(manner, references, words.label(manner.locale))
