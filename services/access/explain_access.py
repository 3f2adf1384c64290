"""«Why can she see this»: which rules, relations, groups, units and substitutions give somebody what on one card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Invalid, NotFound
from services.access.queries import relation_principals, standing, visible_cards
from services.access.rules import Standing, editable, may_with_files, rights_of, visible_fields
from services.accounts.actors import Counted, actor_of, counted_as
from services.accounts.models import Account
from services.accounts.rules import ADMIN, AUDITOR, RESERVED
from services.cards.models import Card
from services.cards.older_cards import values_of
from services.cards.queries import pressable
from services.files.reply_file import with_reply
from services.solutions.card_type import AccessRule, CardTypeFile

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class RuleTold:
    """A rule of the card type: whether the card's state lets it speak, and how the person is among those it names."""

    rule: AccessRule
    in_force: bool
    ways: tuple[Counted, ...]

    @property
    def gives(self) -> bool:
        return self.in_force and bool(self.ways)


@dataclass(frozen=True)
class FieldTold:
    """One field of the card for that person."""

    label: str
    sees: bool
    changes: bool


@dataclass(frozen=True)
class FilesTold:
    """One class of the card's files for that person."""

    label: str
    sees: bool
    adds: bool
    deletes: bool


@dataclass(frozen=True)
class AccessTold:
    """What the card's page, lists and acts give one person now, and why; by the predicates they ask themselves."""

    type: CardTypeFile
    type_title: str
    state: str
    name: str
    login: str
    active: bool
    sees: bool
    reads_everything: bool
    rights: tuple[str, ...]
    rules: tuple[RuleTold, ...]
    fields: tuple[FieldTold, ...]
    files: tuple[FilesTold, ...]
    moves: tuple[str, ...]


def may_ask_about_others(actor: Actor) -> bool:
    """Whether this actor may ask what somebody else may see."""
    return bool(actor.roles & {ADMIN, AUDITOR})


def explain_access(
    office: Parts, session: Session, actor: Actor, ref: str, login: str | None, locale: str
) -> AccessTold:
    """
    What the person of *login* (None: the asker) may do with the card. An administrator may ask about a card unseen: the
    answer names its kind and state, never what stands in it.

    Raises NotFound("card-not-found"), for a stranger's question about others too; Invalid for an unknown person.
    """
    card = session.scalar(select(Card).where(Card.ref == ref, Card.deleted_at.is_(None)))
    if card is None or not (may_ask_about_others(actor) or _seen(session, actor, card)):
        raise NotFound("card-not-found")
    person = _person(session, actor, login)
    if person.id != actor.account_id and not may_ask_about_others(actor):
        raise NotFound("card-not-found")
    type = office.shelf.card_type(session, card.type)
    label = office.shelf.texts(session, type.solution).label(locale)
    place, counted = Standing(frozenset(), card.state, 0), []
    if person.active:
        them = actor_of(office, session, person.login, via="web")
        place, counted = standing(session, them, card, type), counted_as(office, session, person.id)
    related = relation_principals(session, card, type)
    values = with_reply(session, card, type, values_of(office, session, card, type))
    sees, changes = visible_fields(type, place), editable(type, place)
    at = f"card.{type.code}"
    hidden = {spec.key for spec in type.fields if card.state in spec.hidden_in}
    return AccessTold(
        type=type,
        type_title=label(type.title),
        state=label(f"{at}.state.{card.state}"),
        name=person.name,
        login=person.login,
        active=person.active,
        sees=bool(sees) or "see" in rights_of(place.mask),
        reads_everything=place.is_auditor,
        rights=rights_of(place.mask),
        rules=tuple(_told(rule, card.state, counted, related) for rule in type.access if _of_people(rule)),
        fields=tuple(
            FieldTold(label(spec.label), spec.key in sees - hidden, spec.key in changes & sees) for spec in type.fields
        ),
        files=tuple(
            FilesTold(
                label(f"{at}.file_class.{one.id}"),
                *(may_with_files(one, place, what) for what in ("see", "add", "delete")),
            )
            for one in type.file_classes
        ),
        moves=tuple(label(f"{at}.transition.{id}") for id in pressable(office, session, card, type, values, place)),
    )


def _seen(session: Session, actor: Actor, card: Card) -> bool:
    return session.scalar(select(Card.id).where(Card.id == card.id, visible_cards(actor))) is not None


def _person(session: Session, actor: Actor, login: str | None) -> Account:
    own = Account.id == actor.account_id if login is None else Account.login == login.strip().casefold()
    found = session.scalar(select(Account).where(own))
    if found is None:
        raise Invalid("access-asked", {"person": ("no-such-person", {"value": login or ""})})
    return found


def _of_people(rule: AccessRule) -> bool:
    return rule.who not in ("party", "machine")


def _told(rule: AccessRule, state: str, counted: list[Counted], related: Mapping[str, frozenset[int]]) -> RuleTold:
    if rule.who.startswith("role:"):
        code = rule.who.removeprefix("role:")
        ways = [one for one in counted if one.kind in ("group", "role") and one.code == code and code not in RESERVED]
    else:
        ways = [one for one in counted if one.principal_id in related.get(rule.who, ())]
    return RuleTold(rule, any(one in ("*", state) for one in rule.states), tuple(ways))
