"""What an actor may see, as SQL, and what it is to one card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, cast, false, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from engine.actor import Actor
from engine.store.models import Task, TaskCandidate
from services.access.models import CardAccess
from services.access.rules import BIN, PURGE, SEE, Standing, mask_of, seen_always, sees_all, why
from services.accounts.models import Account, Principal
from services.accounts.rules import ADMIN, AUDITOR
from services.cards.models import Card, CardIndex, CardRevision
from services.organisation.models import Unit
from services.solutions.card_type import BRANCH, EVERYBODY, HEAD, CardTypeFile


def visible_cards(actor: Actor) -> ColumnElement[bool]:
    """A clause on `Card`: only what this actor may see. The machine sees everything, a customer the one card followed."""
    if actor.via == "job" or AUDITOR in actor.roles:
        return Card.id.is_not(None)
    if actor.via == "portal":
        return Card.id == actor.party_card_id if actor.party_card_id is not None else false()
    seen = select(CardAccess.card_id).where(
        CardAccess.principal_id.in_(actor.principals), CardAccess.mask.op("&")(SEE) != 0, CardAccess.card_id == Card.id
    )
    return seen.exists()


def binned_cards(actor: Actor) -> ColumnElement[bool]:
    """A clause on `Card`: the cards of the bin this actor may take out or destroy."""
    opened = select(CardAccess.card_id).where(
        CardAccess.principal_id.in_(actor.principals),
        CardAccess.mask.op("&")(SEE) != 0,
        CardAccess.mask.op("&")(BIN | PURGE) != 0,
        CardAccess.card_id == Card.id,
    )
    return Card.deleted_at.is_not(None) & opened.exists()


def visible_rows(actor: Actor) -> ColumnElement[bool]:
    """The same on `CardIndex`, to be looked at row by row: no database makes a join of it."""
    id = CardIndex.__table__.c.card_id
    if actor.via == "job" or AUDITOR in actor.roles:
        return id.is_not(None)
    if actor.via == "portal":
        return id == actor.party_card_id if actor.party_card_id is not None else false()
    seen = select(CardAccess.card_id).where(
        CardAccess.card_id == id, CardAccess.principal_id.in_(actor.principals), CardAccess.mask.op("&")(SEE) != 0
    )
    return seen.offset(0).exists()


def opened_cards(actor: Actor, type_code: str) -> Select[int]:
    """The ids of the cards of a type this actor may see, some of them more than once."""
    if actor.via == "portal":
        return select(Card.id.label("card_id")).where(Card.id == actor.party_card_id, Card.type == type_code)
    if AUDITOR in actor.roles:
        return select(Card.id.label("card_id")).where(Card.type == type_code)
    return select(CardAccess.card_id).where(
        CardAccess.principal_id.in_(actor.principals), CardAccess.type == type_code, CardAccess.mask.op("&")(SEE) != 0
    )


def sees_all_of(type: CardTypeFile, actor: Actor) -> bool:
    """Whether a rule of the type opens every card to a role of the actor: then no card need be asked for its rights."""
    return actor.via == "job" or AUDITOR in actor.roles or sees_all(type, _names(actor))


def _names(actor: Actor) -> frozenset[str]:
    """What somebody is called in rules before any card is looked at; a customer is nobody of staff."""
    staff = {EVERYBODY} if actor.via != "portal" else set()
    return frozenset(staff | {f"role:{role}" for role in actor.roles if role != ADMIN})


def seen_in_every_card(type: CardTypeFile, actor: Actor) -> frozenset[str]:
    """The fields this actor sees in whatever card it sees: what lists show, filter and sort by."""
    whole = actor.via == "job" or AUDITOR in actor.roles
    return frozenset(type.by_key) if whole else seen_always(type, _names(actor))


def standing(
    session: Session, actor: Actor, card: Card, type: CardTypeFile, relations: Relations | None = None
) -> Standing:
    """
    What *actor* is to this card now, by the rules themselves (`card_access` holds the same for lists). *relations*: the
    card's, when the same transaction asks for them again.
    """
    if actor.via == "job":
        return Standing(frozenset({"machine"}), card.state, SEE | mask_of(type, card.state, ["machine"]))
    if actor.via == "portal":
        whos = frozenset({"party"} if actor.party_card_id == card.id else ())
        return Standing(whos, card.state, mask_of(type, card.state, whos))
    if AUDITOR in actor.roles:
        return Standing(frozenset({AUDITOR}), card.state, SEE)
    names = {f"role:{role}" for role in actor.roles if role != ADMIN}
    found = relations.read() if relations is not None else related(session, card, type)
    names |= {who for who, principals in found.principals.items() if actor.principals & principals}
    return Standing(frozenset(names), card.state, mask_of(type, card.state, names))


_TASK_RELATIONS = {"visa": "approver", "signature": "signer", "registration": "registrar"}


@dataclass(frozen=True)
class Related:
    """
    Who has to do with a card: principals by relation, those of the roles the type's rules name, the rows of `card_access`
    as they are, the posts nobody has made yet, and the author's login.
    """

    principals: Mapping[str, frozenset[int]]
    roles: Mapping[str, frozenset[int]]
    masks: Mapping[int, int]
    missing_posts: frozenset[str]
    author: str | None


class Relations:
    """The relations of one card in one transaction: read when asked for, and again when what they hang on has changed."""

    def __init__(self, session: Session, card: Card, type: CardTypeFile) -> None:
        self._session, self._card, self._type = session, card, type
        self._hung_on: Any = None
        self._read: Related | None = None

    def read(self) -> Related:
        """One statement, or none."""
        named = {key: self._card.data.get(key) for key in self._type.relation_fields}
        hangs_on = (self._card.author_id, self._card.executor_id, self._card.unit_id, named, self._type)
        if self._read is None or hangs_on != self._hung_on:
            self._read, self._hung_on = related(self._session, self._card, self._type), hangs_on
        return self._read


def relation_principals(session: Session, card: Card, type: CardTypeFile) -> Mapping[str, frozenset[int]]:
    """Which principals stand in which relation to the card; one statement."""
    return related(session, card, type).principals


def related(session: Session, card: Card, type: CardTypeFile) -> Related:
    """Who has to do with the card; one statement."""
    ref = f"card:{card.id}"
    people = [id for id in (card.author_id, card.executor_id) if id is not None]
    user = (Principal.kind == "user") & (Principal.code == Account.login)
    named = _named_in_fields(card, type)
    registered = select(CardRevision.by_id).where(CardRevision.card_id == card.id, CardRevision.what == "registered")
    parts: list[Select[str, str, int]] = [
        select(literal("account"), cast(Account.id, String), Principal.id)
        .join(Principal, user)
        .where(Account.id.in_(people)),
        select(literal("unit"), Unit.code, Principal.id)
        .join(Principal, (Principal.kind == "unit") & (Principal.code == Unit.code))
        .where(Unit.id == card.unit_id),
        select(literal("task"), Task.kind, TaskCandidate.principal_id)
        .join(TaskCandidate, TaskCandidate.task_id == Task.id)
        .where(Task.subject_ref == ref),
        select(literal("task"), Task.kind, Principal.id)
        .join(Account, or_(Account.id == Task.assignee_id, Account.id == Task.ended_by))
        .join(Principal, user)
        .where(Task.subject_ref == ref),
        select(literal("registrar"), Account.login, Principal.id)
        .join(Principal, user)
        .where(Account.id.in_(registered)),
    ]
    parts += _up_the_tree(card, type)
    if type.opens_to_everybody:
        parts.append(select(literal("everyone"), Principal.code, Principal.id).where(Principal.kind == "everyone"))
    if named:
        parts.append(
            select(Principal.kind.concat(" field"), Principal.code, Principal.id).where(
                tuple_(Principal.kind, Principal.code).in_(sorted(named))
            )
        )
    role = Principal.kind.in_(("group", "role")) & Principal.code.in_(sorted(type.roles()))
    parts.append(select(literal("role"), Principal.code, Principal.id).where(role))
    kept = select(literal("mask"), cast(CardAccess.mask, String), CardAccess.principal_id)
    parts.append(kept.where(CardAccess.card_id == card.id))
    parts.append(select(literal("author"), Account.login, literal(0)).where(Account.id == card.author_id))
    found: dict[str, dict[str, set[int]]] = {"relation": {}, "role": {}}
    masks: dict[int, int] = {}
    missing: set[str] = set()
    author: str | None = None
    rows: Any = session.execute(union_all(*parts))
    for word, code, principal in rows:
        if word == "mask":
            masks[principal] = int(code)
        elif word == "post":
            missing.add(code)
        elif word == "author":
            author = code
        elif word == "role":
            found[word].setdefault(code, set()).add(principal)
        else:
            for who in _relations(word, code, card, named):
                found["relation"].setdefault(who, set()).add(principal)
    relations, roles = ({who: frozenset(ids) for who, ids in one.items()} for one in found.values())
    return Related(relations, roles, masks, frozenset(missing), author)


def _up_the_tree(card: Card, type: CardTypeFile) -> list[Select[str, str, int]]:
    """Who counts by a place in the tree of units: heads at or above a unit, holders of a group at or above the card's."""
    parts: list[Select[str, str, int]] = []
    units = {"unit": card.unit_id, "author": card.author_id, "executor": card.executor_id}
    for whose in sorted(type.heads_of | ({"unit"} if type.branch_roles else set())):
        id = units[whose]
        if id is None:
            continue
        above = _at_or_above(whose, id)
        if whose in type.heads_of:
            head = (Principal.kind == "head") & (Principal.code == above.c.code)
            parts.append(select(literal("head"), literal(whose), Principal.id).join(above, head))
        if whose == "unit" and type.branch_roles:
            group, held = aliased(Principal), aliased(Principal)
            code = cast(group.id, String).concat("@").concat(cast(above.c.id, String))
            parts.append(
                select(literal("branch"), group.code, held.id)
                .join_from(group, above, literal(True))
                .join(held, (held.kind == "post") & (held.code == code))
                .where(group.kind == "group", group.code.in_(type.branch_roles))
            )
            parts.append(
                select(literal("post"), code, literal(0))  # a post nobody holds yet, but somebody may
                .join_from(group, above, literal(True))
                .outerjoin(held, (held.kind == "post") & (held.code == code))
                .where(group.kind == "group", group.code.in_(type.branch_roles), held.id.is_(None))
            )
    return parts


def _at_or_above(whose: str, id: int) -> CTE:
    """The card's unit, or the unit somebody works in, and the units above it."""
    first = select(Unit.id, Unit.code, Unit.parent_id)
    if whose == "unit":
        first = first.where(Unit.id == id)
    else:
        first = first.join(Account, Account.unit_id == Unit.id).where(Account.id == id)
    start = first.cte(f"above_{whose}", recursive=True)
    return start.union(select(Unit.id, Unit.code, Unit.parent_id).where(Unit.id == start.c.parent_id))


def _named_in_fields(card: Card, type: CardTypeFile) -> dict[tuple[str, str], set[str]]:
    """The people and units in those fields of the card which an access rule names: their keys by (kind, code)."""
    named: dict[tuple[str, str], set[str]] = {}
    for key in type.relation_fields:
        kind, value = type.by_key[key].type, card.data.get(key)
        kind = {"person": "user"}.get(kind, kind)
        for code in value if isinstance(value, list) else [value]:
            if isinstance(code, str):
                named.setdefault((kind, code), set()).add(key)
    return named


def _relations(word: str, code: str, card: Card, named: Mapping[tuple[str, str], set[str]]) -> Iterable[str]:
    if word == "account":
        if code == str(card.author_id):
            yield "relation:author"
        if code == str(card.executor_id):
            yield "relation:executor"
    elif word == "task":
        yield "relation:participant"
        if code in _TASK_RELATIONS:
            yield f"relation:{_TASK_RELATIONS[code]}"
    elif word.endswith(" field"):
        yield from (f"relation:field:{key}" for key in named[word.removesuffix(" field"), code])
    elif word == "everyone":
        yield EVERYBODY
    elif word in ("head", "branch"):
        yield f"{HEAD if word == 'head' else BRANCH}{code}"
    else:
        yield f"relation:{word}"


@dataclass(frozen=True)
class Reason:
    """Why somebody sees a card: a rule of the card type and what it gives."""

    who: str
    may: tuple[str, ...]


def why_visible(session: Session, actor: Actor, card: Card, type: CardTypeFile) -> list[Reason]:
    """The rules that let *actor* see or do something with the card now."""
    return [Reason(who, may) for who, may in why(type, standing(session, actor, card, type))]
