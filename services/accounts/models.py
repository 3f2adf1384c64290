"""Accounts, their sessions and what they are members of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.models import Key
from engine.store.types import JsonText, Moment, Norm, Sort, public_ref


class Account(Base):
    """Somebody who signs in: staff here; customers in the portal need none. `post` and `unit_id` make it an employee."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=public_ref, unique=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)  # casefolded
    name: Mapped[str] = mapped_column(Text)
    name_norm: Mapped[str] = mapped_column(Norm)
    name_sort: Mapped[str] = mapped_column(Sort)
    mail: Mapped[str | None] = mapped_column(String(254))
    post: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    locale: Mapped[str | None] = mapped_column(String(8))  # None: the organisation's
    calendar: Mapped[str | None] = mapped_column(String(16))  # gregorian, jalali
    time_zone: Mapped[str | None] = mapped_column(String(64))
    theme: Mapped[str | None] = mapped_column(String(8))  # light, dark, None = system
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Session(Base):
    """A signed-in browser; the token itself is only in its cookie."""

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    ip: Mapped[str | None] = mapped_column(String(64))


class AccessToken(Base):
    """A machine's key to the REST interfaces; the token itself is shown once, only its hash is kept."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))  # which machine or program it was made for
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    ends_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInDelay(Base):
    """Failed sign-ins under a name, whether or not an account has it: strangers learn nothing from the waiting."""

    __tablename__ = "sign_in_delay"

    login_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime] = mapped_column(Moment, index=True)


class PasswordReset(Base):
    """A single-use link to set a password: 30 minutes, only its hash is kept."""

    __tablename__ = "password_reset"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Principal(Base):
    """Whoever access can be given to. `code` is the login, the group's or role's code, the unit's code, or `everyone`."""

    __tablename__ = "principal"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # user group unit role party everyone
    code: Mapped[str] = mapped_column(String(64))
    names: Mapped[Any] = mapped_column(JsonText, default=dict)  # {"ru": …}; a group's or role's
    solution: Mapped[str | None] = mapped_column(String(64))  # the solution that brought the group


class Membership(Base):
    """An account is in a group or role by somebody's decision. Units come from `account.unit_id`."""

    __tablename__ = "membership"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("principal.id"), primary_key=True, index=True)


class AccountPrincipal(Base):
    """
    Materialised: every principal an account counts as (itself, groups, roles, its unit and the units above, everyone;
    and, with `for_account_id`, those of a substituted person). Rewritten when memberships change, never while asking.
    """

    __tablename__ = "account_principal"
    __table_args__ = (Index("ix_account_principal_principal", "principal_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("principal.id"), primary_key=True)
    for_account_id: Mapped[int] = mapped_column(primary_key=True, default=0)  # 0: own


class Substitution(Base):
    """«Замещение»: a deputy acts for somebody absent, for a period, for all or only some task kinds."""

    __tablename__ = "substitution"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    scope: Mapped[Any] = mapped_column(JsonText, default=dict)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
