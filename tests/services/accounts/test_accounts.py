"""Anna gets an account, signs in, loses her password, is moved and substituted; Dmitri the stranger learns nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from engine.actor import Actor
from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.unit_of_work import UnitOfWork
from services.accounts.actors import acting_for, actor_for, actor_of, note_visit, sign_out
from services.accounts.choose_language import choose_language
from services.accounts.create_account import NewAccount, create_account
from services.accounts.memberships import end_substitution, move_to_unit, set_active, set_groups, substitute
from services.accounts.principals import principal_id
from services.accounts.queries import find_people, groups, substitutions
from services.accounts.set_password import ask_password_reset, reset_password, set_password
from services.accounts.sign_in import SignedIn, sign_in
from services.bootstrap import Office
from services.organisation.units import add_unit_in, move_unit_in, units

PASSWORD = "correct horse battery"


@pytest.fixture
def anna(office: Office, installer: Actor) -> str:
    def set_up(work: UnitOfWork) -> None:
        principal_id(work.session, "group", "clerk")
        add_unit_in(office, work, installer, "hq", {"ru": "Офис"})
        add_unit_in(office, work, installer, "service", {"ru": "Сервис"}, parent="hq")

    office.database.run(set_up)
    new = NewAccount("Anna", "Анна", mail="anna@example.org", unit="service", groups=("clerk",), password=PASSWORD)
    create_account(office, installer, new)
    return "anna"


def signed(office: Office, token: str) -> Actor | None:
    with office.database.reading() as session:
        found = actor_for(office, session, token)
    return found.actor if found else None


def codes(office: Office, actor: Actor) -> set[str]:
    from sqlalchemy import select

    from services.accounts.models import Principal

    with office.database.reading() as session:
        rows = session.scalars(select(Principal).where(Principal.id.in_(actor.principals)))
        return {f"{row.kind}:{row.code}" for row in rows}


def test_anna_counts_as_herself_her_group_and_her_units(office: Office, anna: str) -> None:
    actor = signed(office, sign_in(office, "ANNA ", PASSWORD).token)
    assert actor is not None
    counts = codes(office, actor)
    held = {one for one in counts if one.startswith("post:")}  # a clerk of this very unit, by ids
    assert counts - held == {"user:anna", "group:clerk", "unit:service", "unit:hq", "everyone:everyone"}
    assert len(held) == 1
    assert actor.roles == {"clerk"}


def test_a_session_is_found_in_two_statements(office: Office, anna: str) -> None:
    token = sign_in(office, "anna", PASSWORD).token
    said: list[str] = []
    event.listen(office.database.pool, "before_cursor_execute", lambda *args: said.append(args[2]))
    with office.database.reading() as session:
        assert actor_for(office, session, token)
    assert len([one for one in said if one.startswith("SELECT")]) == 2


def test_strangers_and_wrong_passwords_get_the_same_answer(office: Office, anna: str) -> None:
    for login, password in (("anna", "wrong"), ("dmitri", PASSWORD), ("anna", ""), ("", "")):
        with pytest.raises(NotAllowed) as error:
            sign_in(office, login, password)
        assert (error.value.code, error.value.params) == ("sign-in-refused", {})


@pytest.mark.parametrize("login", ["anna", "dmitri"])
def test_failures_make_the_next_try_wait_longer(office: Office, anna: str, clock: ManualClock, login: str) -> None:
    waits = []
    for _ in range(6):
        with pytest.raises(NotAllowed, match="sign-in-refused"):
            sign_in(office, login, "wrong")
        try:
            sign_in(office, login, "wrong")
        except NotAllowed as error:
            if error.code == "sign-in-delayed":
                waits.append(error.params["until"] - clock.now())
                clock.move(waits[-1])
    assert waits == sorted(waits)
    assert waits[-1] > timedelta(seconds=2)


def test_the_right_password_waits_too_and_then_clears_the_count(office: Office, anna: str, clock: ManualClock) -> None:
    for _ in range(3):
        with pytest.raises(NotAllowed):
            sign_in(office, "anna", "wrong")
    with pytest.raises(NotAllowed, match="sign-in-delayed"):
        sign_in(office, "anna", PASSWORD)
    clock.move(timedelta(seconds=3))
    assert sign_in(office, "anna", PASSWORD).must_change_password
    with pytest.raises(NotAllowed, match="sign-in-refused"):
        sign_in(office, "anna", "wrong")


def test_a_session_ends_idle_or_old_or_signed_out(office: Office, anna: str, clock: ManualClock) -> None:
    idle = sign_in(office, "anna", PASSWORD).token
    clock.move(timedelta(minutes=31))
    assert signed(office, idle) is None
    used = sign_in(office, "anna", PASSWORD).token
    for _ in range(35):
        clock.move(timedelta(minutes=20))
        with office.database.reading() as session:
            found = actor_for(office, session, used)
        assert found is not None and found.is_due_a_touch
        note_visit(office, found)
    clock.move(timedelta(minutes=20))
    assert signed(office, used) is None
    left = sign_in(office, "anna", PASSWORD).token
    with office.database.reading() as session:
        found = actor_for(office, session, left)
    assert found is not None and not found.is_due_a_touch
    sign_out(office, found)
    assert signed(office, left) is None


def test_the_first_password_ends_other_sessions(office: Office, anna: str) -> None:
    other, own = sign_in(office, "anna", PASSWORD), sign_in(office, "anna", PASSWORD)
    with office.database.reading() as session:
        found = actor_for(office, session, own.token)
    assert found is not None
    for old, new, field in (
        ("wrong", "x" * 12, "old"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "a" * 12, "password"),
    ):
        with pytest.raises(Invalid) as error:
            set_password(office, found.actor, old, new)
        assert set(error.value.fields) == {field}
    set_password(office, found.actor, PASSWORD, "another fine one", keep_session=found.session_id)
    assert signed(office, other.token) is None
    assert signed(office, own.token) is not None
    assert not sign_in(office, "anna", "another fine one").must_change_password


def test_a_reset_link_works_once_and_for_half_an_hour(office: Office, anna: str, clock: ManualClock) -> None:
    assert ask_password_reset(office, "dmitri@example.org") is None
    first = ask_password_reset(office, "anna@example.org")
    second = ask_password_reset(office, "anna")
    assert first and second
    with pytest.raises(NotFound, match="reset-link-dead"):
        reset_password(office, first.token, "a newer password")
    reset_password(office, second.token, "a newer password")
    with pytest.raises(NotFound, match="reset-link-dead"):
        reset_password(office, second.token, "a newest password")
    assert isinstance(sign_in(office, "anna", "a newer password"), SignedIn)
    late = ask_password_reset(office, "anna")
    clock.move(timedelta(minutes=30))
    assert late
    with pytest.raises(NotFound, match="reset-link-dead"):
        reset_password(office, late.token, "a newest password")


def test_a_login_is_taken_once(office: Office, anna: str, installer: Actor) -> None:
    with pytest.raises(Conflict, match="login-taken"):
        create_account(office, installer, NewAccount("anna", "Другая"))
    with pytest.raises(Invalid) as error:
        create_account(office, installer, NewAccount("an na", "Анна"))
    assert set(error.value.fields) == {"login"}
    with office.database.reading() as session:
        dmitri = actor_of(office, session, "anna")
    with pytest.raises(NotAllowed):
        create_account(office, dmitri, NewAccount("dmitri", "Дмитрий"))


def test_moving_people_and_units_moves_what_they_count_as(office: Office, anna: str, installer: Actor) -> None:
    move_to_unit(office, installer, "anna", "hq")
    with office.database.reading() as session:
        assert "unit:service" not in codes(office, actor_of(office, session, "anna"))
    move_to_unit(office, installer, "anna", "service")
    office.database.run(lambda work: move_unit_in(office, work, installer, "service", None))
    with office.database.reading() as session:
        actor = actor_of(office, session, "anna")
        assert "unit:hq" not in codes(office, actor)
        assert [(row.code, row.depth, row.parent) for row in units(session)] == [("hq", 0, None), ("service", 0, None)]
    office.database.run(lambda work: move_unit_in(office, work, installer, "hq", "service"))
    with pytest.raises(Invalid):
        office.database.run(lambda work: move_unit_in(office, work, installer, "service", "hq"))
    set_groups(office, installer, "anna", set())
    set_active(office, installer, "anna", False)
    with office.database.reading() as session, pytest.raises(NotFound):
        actor_of(office, session, "anna")


def test_a_deputy_counts_as_the_absent_one_on_those_days_only(
    office: Office, anna: str, installer: Actor, clock: ManualClock
) -> None:
    create_account(office, installer, NewAccount("boris", "Борис", password=PASSWORD))
    made = substitute(office, installer, "anna", "boris", date(2026, 11, 23), date(2026, 11, 24))

    def boris() -> tuple[set[str], Actor]:
        with office.database.reading() as session:
            actor = actor_of(office, session, "boris")
            (annas,) = [row.id for row in find_people(session, "анна")]
            return codes(office, actor), acting_for(session, actor, annas)

    assert "user:anna" not in boris()[0]
    clock.move(timedelta(days=1))
    counted, acting = boris()
    assert {"user:anna", "group:clerk", "unit:hq"} <= counted
    assert acting.acting_for is not None
    set_groups(office, installer, "anna", set())
    assert "group:clerk" not in boris()[0]
    clock.move(timedelta(days=2))
    assert "user:anna" not in boris()[0]
    assert boris()[1].acting_for is None
    clock.move(timedelta(days=-1))
    assert "user:anna" in boris()[0]
    with office.database.reading() as session:
        assert [(row.absent, row.deputy) for row in substitutions(session)] == [("anna", "boris")]
    end_substitution(office, installer, made)
    assert "user:anna" not in boris()[0]


def test_people_are_found_while_typing(office: Office, anna: str, installer: Actor) -> None:
    create_account(office, installer, NewAccount("fedor", "Фёдор", groups=("clerk",)))
    with office.database.reading() as session:
        assert [row.login for row in find_people(session, "федо")] == ["fedor"]
        assert [row.login for row in find_people(session, "", group="clerk")] == ["anna", "fedor"]
        assert find_people(session, "%") == []
        assert [(row.code, row.members) for row in groups(session)] == [("clerk", ("anna", "fedor"))]


def test_anna_reads_her_pages_in_the_language_she_chooses(office: Office, anna: str) -> None:
    token = sign_in(office, anna, PASSWORD).token
    actor = signed(office, token)
    assert actor is not None
    choose_language(office, actor, "fa")
    with office.database.reading() as session:
        me = actor_for(office, session, token).me  # type: ignore[union-attr]
    assert (me.manner.locale, me.manner.calendar) == ("fa", "jalali")
    with pytest.raises(Invalid, match="account-refused"):
        choose_language(office, actor, "xx")
