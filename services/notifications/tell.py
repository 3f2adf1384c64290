"""Tell people and customers something, in the transaction that gave the reason; done twice, it is told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, String, bindparam, cast, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.store.models import Outbox, TaskCandidate
from engine.store.rows import send_last
from engine.store.unit_of_work import UnitOfWork
from services.accounts.models import Account, AccountPrincipal
from services.fields.face import Manner
from services.mail.post_mail import post_mail
from services.notifications.models import Notice
from services.notifications.wording import Words, words_of
from services.parties.models import Party
from services.policies.queries import policies

if TYPE_CHECKING:
    from services.office import Parts


@dataclass(frozen=True)
class Notification:
    """
    What is told: texts `notice.<kind>.*` of *solution* with *params* (see `wording.words_of`); *once* makes it harmless
    twice; `secrets` are filled in only when a mail leaves (a code shown nowhere else).
    """

    kind: str
    solution: str
    once: str
    params: Mapping[str, Any] = field(default_factory=dict)
    subject_ref: str | None = None
    task_id: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)


def tell_people(
    office: Parts, work: UnitOfWork, about: Notification, account_ids: Iterable[int], *, mail: bool = True
) -> int:
    """A notice for each active account and, with *mail*, a mail to those with an address; gives how many were new."""
    told = _told(work.session, about, set(account_ids))
    accounts = list(work.session.scalars(select(Account).where(Account.id.in_(told), Account.active))) if told else []
    for account in accounts:
        work.session.add(
            Notice(
                account_id=account.id,
                kind=about.kind,
                params={"solution": about.solution, **about.params},
                subject_ref=about.subject_ref,
                task_id=about.task_id,
                once_key=_key(about, account.id),
                created_at=office.clock.now(),
            )
        )
        if mail and account.mail:
            manner = manner_of(office, work.session, account.locale, account.calendar)
            _post(office, work, about, f"account:{account.id}", manner)
    return len(accounts)


def tell_candidates(
    office: Parts, work: UnitOfWork, tasks: Sequence[Notification], *, but: int | None, most: int
) -> None:
    """
    A notice of each task for the accounts that may take it by their own principals, except *but*; one statement, whoever
    they are.
    """
    now = office.clock.now()
    rows = [
        {
            "kind": about.kind,
            "params": {"solution": about.solution, **about.params},
            "subject_ref": about.subject_ref,
            "task_id": about.task_id,
            "once": _key(about, ""),
            "created_at": now,
            "but": but or 0,
            "most": most,
        }
        for about in tasks
    ]
    send_last(work.session, _tell_candidates, rows)


def _tell_candidates(dialect: str) -> Any:
    may_take = (
        select(AccountPrincipal.account_id)
        .join(TaskCandidate, TaskCandidate.principal_id == AccountPrincipal.principal_id)
        .where(TaskCandidate.task_id == bindparam("task_id", type_=Integer), AccountPrincipal.for_account_id == 0)
    )
    notice: Any = Notice.__table__
    columns = ("kind", "params", "subject_ref", "task_id", "created_at")
    told = select(
        Account.id,
        bindparam("once", type_=String) + cast(Account.id, String),
        *(bindparam(name, type_=notice.c[name].type) for name in columns),
    ).where(Account.active, Account.id.in_(may_take), Account.id != bindparam("but", type_=Integer))
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    told = told.order_by(Account.id).limit(bindparam("most", type_=Integer))
    made = insert(notice).from_select(("account_id", "once_key", *columns), told)
    return made.on_conflict_do_nothing(index_elements=["once_key"])


def tell_party(office: Parts, work: UnitOfWork, about: Notification, party_id: int) -> Outbox | None:
    """A mail to a customer in the customer's language; kept and marked when there is no address or no server."""
    party = work.session.get_one(Party, party_id)
    return _post(office, work, about, f"party:{party_id}", manner_of(office, work.session, party.locale, None))


def manner_of(office: Parts, session: Session, locale: str | None, calendar: str | None) -> Manner:
    """How somebody reads; what is not said is the organisation's."""
    rules = policies(session)
    return Manner(
        locale=locale or rules.locale, calendar=calendar or rules.calendar, zone=rules.zone, now=office.clock.now()
    )


def _post(office: Parts, work: UnitOfWork, about: Notification, to: str, manner: Manner) -> Outbox | None:
    words = _words(office, work.session, about, manner)
    return post_mail(
        office,
        work,
        to=to,
        subject=words.subject,
        text=words.body,
        once=f"mail:{about.kind}:{about.once}:{to}",
        subject_ref=about.subject_ref,
        secrets=about.secrets,
    )


def _words(office: Parts, session: Session, about: Notification, manner: Manner) -> Words:
    say = office.shelf.texts(session, about.solution).label(manner.locale)
    secrets = {name: "{" + name + "}" for name in about.secrets}  # they stay names until the mail leaves
    params = {"organisation": policies(session).organisation, **about.params, **secrets}
    return words_of(about.kind, params, say, manner)


def _told(session: Session, about: Notification, account_ids: set[int]) -> set[int]:
    if not account_ids:
        return set()
    keys = {_key(about, account_id): account_id for account_id in account_ids}
    before = set(session.scalars(select(Notice.once_key).where(Notice.once_key.in_(keys))))
    return {account_id for key, account_id in keys.items() if key not in before}


def _key(about: Notification, account_id: int | str) -> str:
    return f"{about.kind}:{about.once}:{account_id}"[:255]
