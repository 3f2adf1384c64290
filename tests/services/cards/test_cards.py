"""Anna registers a letter, Greta gives it to Boris, Boris answers, Clara follows; Dmitri the stranger sees nothing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from engine.actor import MACHINE, Actor
from engine.clock import ManualClock
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from services.access.models import CardAccess
from services.access.queries import visible_cards
from services.access.rewrite_access import access_of
from services.accounts.actors import INSTALLER
from services.accounts.memberships import move_to_unit
from services.bootstrap import Office
from services.cards.act_on_card import act_on_card
from services.cards.card_context import CardContext
from services.cards.change_card import change_card, change_card_in
from services.cards.compare_revisions import compare_revisions, revisions
from services.cards.conditions import CardFilter
from services.cards.create_card import NewCard, create_card_in
from services.cards.drafts import draft, save_draft
from services.cards.linked_cards import linked_cards
from services.cards.list_cards import list_cards
from services.cards.models import Card, CardRevision
from services.cards.move_card import move_card_in
from services.cards.queries import CardPage, card_page, creatable_types, new_card_form
from services.cards.register_card import register_card_in
from services.fields import Manner
from services.files.attach_file import add_version, attach_file, receive_file, remove_file
from services.files.queries import open_file, versions_of
from services.parties.queries import find_parties
from services.privacy.models import PersonalValue
from services.registration.queries import gaps
from tests.services.letters import acting, letters, put_on_shelf, register, settle_cast

CLARA = {"name": "Клара", "mail": "clara@example.org", "phone": "+7 900 000-00-14"}
VALUES: dict[str, Any] = {"kind": "claim", "text": "Просрочено", "subject": "01.01.01", "sender": CLARA, "store": "101"}


@pytest.fixture(autouse=True)
def cast(office: Office) -> None:
    put_on_shelf(office, letters())
    settle_cast(office)


def manner(office: Office, locale: str = "ru") -> Manner:
    return Manner(locale, now=office.clock.now())


def entered(office: Office, by: str = "anna", **values: Any) -> str:
    new = NewCard("letter", VALUES | values)
    return office.database.run(lambda work: create_card_in(office, work, acting(office, by), new).ref)


def page(office: Office, login: str, ref: str, locale: str = "ru") -> CardPage:
    with office.database.reading() as session:
        return card_page(office, session, acting(office, login), ref, manner(office, locale))


def card_id(office: Office, ref: str) -> int:
    with office.database.reading() as session:
        return session.scalars(select(Card.id).where(Card.ref == ref)).one()


def in_work(office: Office) -> str:
    """A letter registered and given to Boris."""
    ref = entered(office)
    register(office, acting(office, "anna"), ref, 1)
    change_card(office, acting(office, "greta"), ref, {"executor": "boris", "due": "01.12.2026"}, 2)
    act_on_card(office, acting(office, "greta"), ref, "start", {}, 3)
    return ref


def test_anna_enters_a_letter_and_reads_it(office: Office) -> None:
    ref = entered(office, passport="4500 000000", sum="1 240,50")
    seen = page(office, "anna", ref)
    assert (seen.state.label, seen.state.client, seen.number, seen.title) == ("Поступило", "Принято", None, "Претензия")
    shown = {field.key: field.shown for group in seen.groups for field in group.fields}
    assert shown["subject"] == "Свежесть"
    assert shown["sender"] == "Клара"
    assert shown["passport"] == "4500 000000"
    assert shown["sum"] == "1\u00a0240,5"
    assert [group.label for group in seen.groups] == ["Обращение", ""]
    assert seen.unit == "Магазин 101"
    assert seen.may_register and seen.may_edit
    assert [action.id for action in seen.actions] == ["register"]
    assert ("role:clerk", ("see",)) in [(reason.who, reason.may) for reason in seen.reasons]


def test_everything_wrong_is_said_beside_its_field_and_nothing_is_kept(office: Office) -> None:
    bad = {"kind": "other", "subject": "01", "text": "", "sender": {"name": "", "mail": "x"}, "sum": "много", "nope": 1}
    with pytest.raises(Invalid) as error:
        entered(office, **bad)
    assert {key: code for key, (code, _) in error.value.fields.items()} == {
        "kind": "not-an-option",
        "subject": "item-not-last-level",
        "text": "required",
        "sender": "required",
        "sender.name": "required",
        "sender.mail": "mail-bad",
        "sum": "not-a-number",
        "nope": "no-such-field",
    }
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Card)) == 0
        assert session.scalar(select(func.count()).select_from(PersonalValue)) == 0


def test_only_who_may_creates(office: Office) -> None:
    with pytest.raises(NotAllowed, match="card-create"):
        entered(office, by="boris")
    with office.database.reading() as session:
        assert [type.code for type in creatable_types(office, session, acting(office, "anna"))] == ["letter"]
        assert creatable_types(office, session, acting(office, "boris")) == []
        groups = new_card_form(office, session, acting(office, "anna"), "letter", manner(office))
        assert groups[0].fields[0].component["key"] == "card.kind"
        with pytest.raises(NotFound):
            new_card_form(office, session, acting(office, "boris"), "letter", manner(office))


def test_personal_values_stand_in_one_place(office: Office) -> None:
    ref = entered(office, passport="4500 000000")
    with office.database.reading() as session:
        row = session.scalars(select(CardRevision).where(CardRevision.revision == 1)).one()
        assert set(row.data["passport"]) == {"$personal"}
        assert "4500" not in str(row.data)
        assert session.scalars(select(Card).where(Card.ref == ref)).one().data["sender"] != "Клара"


def test_a_stranger_sees_a_foreign_card_as_missing(office: Office) -> None:
    ref = entered(office)
    dmitri = acting(office, "dmitri")
    for attempt in (
        lambda: page(office, "dmitri", ref),
        lambda: page(office, "dmitri", "no-such-card"),
        lambda: change_card(office, dmitri, ref, {"text": "x"}, 1),
        lambda: act_on_card(office, dmitri, ref, "register", {}, 1),
        lambda: register(office, dmitri, ref, 1),
        lambda: attach_file(office, dmitri, ref, "original", receive_file(office, "a.txt", [b"a"])),
    ):
        with pytest.raises(NotFound, match="card-not-found"):
            attempt()
    with office.database.reading() as session:
        assert list_cards(office, session, dmitri, "letter", manner(office)).rows == ()
        with pytest.raises(NotFound):
            revisions(office, session, dmitri, ref, manner(office))


def test_rights_follow_state_and_relation(office: Office) -> None:
    ref = entered(office)
    with pytest.raises(NotFound):
        page(office, "eva", ref)
    register(office, acting(office, "anna"), ref, 1)
    assert not page(office, "eva", ref).may_edit
    assert not page(office, "anna", ref).may_edit
    with pytest.raises(NotAllowed, match="card-fields"):
        change_card(office, acting(office, "anna"), ref, {"text": "другое"}, 2)
    with pytest.raises(NotAllowed, match="card-fields"):
        change_card(office, acting(office, "greta"), ref, {"text": "другое", "due": "01.12.2026"}, 2)
    move_to_unit(office, INSTALLER, "eva", "102")
    with pytest.raises(NotFound):
        page(office, "eva", ref)


def test_what_is_materialised_is_what_the_rules_say(office: Office) -> None:
    ref = in_work(office)

    def compare(work: Any) -> None:
        card = work.session.scalars(select(Card).where(Card.ref == ref)).one()
        kept = select(CardAccess.principal_id, CardAccess.mask).where(CardAccess.card_id == card.id)
        assert dict(work.session.execute(kept).all()) == access_of(office, work, card)

    office.database.run(compare)
    for login in ("anna", "boris", "greta", "eva", "dmitri"):
        with office.database.reading() as session:
            listed = bool(session.scalar(select(Card.id).where(Card.ref == ref, visible_cards(acting(office, login)))))
        assert listed == (login != "dmitri")


def test_the_number_comes_with_the_state_and_once(office: Office) -> None:
    ref = entered(office)
    assert register(office, acting(office, "anna"), ref, 1) == "LT-2026/00001"
    seen = page(office, "anna", ref)
    assert (seen.number, seen.state.id, seen.title) == ("LT-2026/00001", "registered", "LT-2026/00001 · Претензия")
    same = office.database.run(lambda work: register_card_in(office, work, MACHINE, card_id(office, ref)))
    assert same == "LT-2026/00001"
    with pytest.raises(NotAllowed, match="card-move"):
        register(office, acting(office, "anna"), ref, 2)


def test_an_unfinished_card_gets_no_number_and_leaves_no_gap(office: Office) -> None:
    bare = entered(office, kind=None)
    with pytest.raises(Invalid) as error:
        register(office, acting(office, "anna"), bare, 1)
    assert error.value.fields == {"kind": ("required", {})}
    assert register(office, acting(office, "anna"), entered(office), 1) == "LT-2026/00001"
    with office.database.reading() as session:
        assert gaps(session, "LT", "2026") == []


def test_many_clerks_at_once_never_share_a_number(office: Office) -> None:
    ids = [card_id(office, entered(office)) for _ in range(12)]
    numbers: list[str] = []

    def work_on(mine: list[int]) -> None:
        for id in mine:
            numbers.append(office.database.run(lambda work, id=id: register_card_in(office, work, MACHINE, id)))

    clerks = [threading.Thread(target=work_on, args=(ids[at::4],)) for at in range(4)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert sorted(numbers) == [f"LT-2026/{seq:05}" for seq in range(1, 13)]


def test_the_second_saver_is_told_who_was_faster(office: Office) -> None:
    ref = entered(office)
    anna = acting(office, "anna")
    assert change_card(office, anna, ref, {"text": "Второе"}, 1) == 2
    with pytest.raises(Conflict, match="card-changed") as error:
        change_card(office, anna, ref, {"text": "Третье"}, 1)
    assert error.value.params["who"] == "Анна"
    assert change_card(office, anna, ref, {"text": "Второе"}, 2) == 2


def test_a_repeated_request_changes_nothing(office: Office) -> None:
    ref = entered(office)
    anna = acting(office, "anna", request_id="r-1")
    assert change_card(office, anna, ref, {"text": "Второе"}, 1) == 2
    assert change_card(office, anna, ref, {"text": "Второе"}, 1) == 2
    assert page(office, "anna", ref).revision == 2


def test_a_required_field_is_not_emptied(office: Office) -> None:
    ref = entered(office)
    with pytest.raises(Invalid) as error:
        change_card(office, acting(office, "anna"), ref, {"text": " ", "kind": None}, 1)
    assert error.value.fields == {"text": ("required", {})}


def test_a_transition_asks_for_fields_files_and_its_guard(office: Office) -> None:
    ref = in_work(office)
    boris = acting(office, "boris")
    assert page(office, "boris", ref).actions[0].lacking == ("reply",)
    with pytest.raises(Invalid) as error:
        act_on_card(office, boris, ref, "close", {}, 4)
    assert set(error.value.fields) == {"reply", "file.answer"}
    change_card(office, boris, ref, {"reply": "<p>Заменим</p>"}, 4)
    attach_file(office, boris, ref, "answer", receive_file(office, "ответ.txt", [b"ok"]))
    with pytest.raises(NotFound):
        act_on_card(office, boris, ref, "no_such", {}, 5)
    office.database.run(lambda work: change_card_in(office, work, MACHINE, card_id(office, ref), {"sum": "5000"}))
    with pytest.raises(Invalid, match="card-guard"):
        act_on_card(office, boris, ref, "close", {}, 6)
    office.database.run(lambda work: change_card_in(office, work, MACHINE, card_id(office, ref), {"sum": "50"}))
    assert act_on_card(office, boris, ref, "close", {}, 7) == "closed"
    with pytest.raises(NotFound):
        page(office, "boris", ref)
    with pytest.raises(Conflict, match="card-state"):
        office.database.run(lambda work: move_card_in(office, work, MACHINE, card_id(office, ref), "close"))
    steps = [(step.state.id, step.where) for step in page(office, "anna", ref).steps]
    assert steps == [("received", "done"), ("registered", "done"), ("in_work", "done"), ("closed", "current")]


def test_a_task_s_form_lets_its_fields_through(office: Office) -> None:
    ref = in_work(office)
    boris, id = acting(office, "boris"), card_id(office, ref)
    with pytest.raises(NotAllowed):
        office.database.run(lambda work: change_card_in(office, work, boris, id, {"kind": "thanks"}))
    form = frozenset({"kind"})
    office.database.run(lambda work: change_card_in(office, work, boris, id, {"kind": "thanks"}, by_form=form))
    assert page(office, "boris", ref).title == "LT-2026/00001 · Благодарность"


def test_revisions_are_compared_as_the_reader_sees_them(office: Office) -> None:
    ref = entered(office)
    change_card(office, acting(office, "anna"), ref, {"kind": "thanks", "due": "01.12.2026"}, 1)
    with office.database.reading() as session:
        anna = acting(office, "anna")
        rows = revisions(office, session, anna, ref, manner(office))
        assert [(row.revision, row.what, row.by) for row in rows] == [(2, "changed", "Анна"), (1, "created", "Анна")]
        differences = compare_revisions(office, session, anna, ref, 1, 2, manner(office))
    assert [(one.label, one.before, one.after) for one in differences] == [
        ("Вид", "Претензия", "Благодарность"),
        ("Срок", "", "01.12.2026"),
    ]


def test_earlier_cards_of_the_same_person_are_linked(office: Office) -> None:
    first = entered(office)
    second = entered(office, sender=CLARA | {"phone": "8 900 000 00 14", "mail": ""})
    other = entered(office, sender={"name": "Клара", "mail": "another@example.org"})
    with office.database.reading() as session:
        anna, reader = acting(office, "anna"), manner(office)
        links = linked_cards(office, session, anna, card_id(office, second), reader)
    assert [(link.kind, link.other.ref, link.back) for link in links] == [("previous", first, False)]
    assert (page(office, "anna", second).links, page(office, "anna", other).links) == (1, 0)


def test_clara_follows_her_one_card(office: Office) -> None:
    mine, other = entered(office), entered(office)
    clara = Actor(account_id=None, name="Клара", via="portal", party_card_id=card_id(office, mine))
    with office.database.reading() as session:
        seen = card_page(office, session, clara, mine, manner(office))
        assert [group.id for group in seen.files] == ["original", "answer"]
        assert seen.files[0].may_add and not seen.files[1].may_add
        with pytest.raises(NotFound):
            card_page(office, session, clara, other, manner(office))
        nobody = Actor(account_id=None, name="", via="portal")
        with pytest.raises(NotFound):
            card_page(office, session, nobody, mine, manner(office))


def test_a_customer_says_who_they_are_never_who_somebody_else_is(office: Office) -> None:
    entered(office)
    with office.database.reading() as session:
        (known,) = find_parties(office, session, "клара")
        assert (known.name, known.mail, known.phone) == ("Клара", "c•••@example.org", "•••••••••14")
        assert [one.ref for one in find_parties(office, session, "8 (900) 000-00-14")] == [known.ref]
        assert find_parties(office, session, "clara@example.or") == []
    clara = Actor(account_id=None, name="letters", via="portal")
    for said in (known.ref, {"ref": known.ref}):
        new = NewCard("letter", VALUES | {"sender": said})
        with pytest.raises(Invalid) as error:
            office.database.run(lambda work, new=new: create_card_in(office, work, clara, new))
        assert error.value.fields["sender"][0] in {"no-such-party", "required"}


def test_files_have_classes_and_versions(office: Office) -> None:
    ref = entered(office)
    anna, greta = acting(office, "anna"), acting(office, "greta")
    file = attach_file(office, anna, ref, "original", receive_file(office, "dir/письмо.pdf", [b"%PDF-1.7", b" one"]))
    assert add_version(office, anna, file, receive_file(office, "письмо.pdf", [b"%PDF-1.7 two"])) == 2
    special = attach_file(office, greta, ref, "special", receive_file(office, "проверка.txt", [b"secret"]))
    assert [group.id for group in page(office, "anna", ref).files] == ["original", "answer"]
    with office.database.reading() as session:
        row, content = open_file(office, session, anna, file)
        assert (row.name, row.content_type, row.version, content.read()) == (
            "письмо.pdf",
            "application/pdf",
            2,
            b"%PDF-1.7 two",
        )
        content.close()
        assert [one.version for one in versions_of(office, session, anna, file)] == [2, 1]
        for actor in (anna, acting(office, "dmitri")):
            with pytest.raises(NotFound, match="file-not-found"):
                open_file(office, session, actor, special)
    with pytest.raises(NotAllowed, match="file-delete"):
        remove_file(office, anna, file)
    with pytest.raises(NotFound):
        attach_file(office, anna, ref, "special", receive_file(office, "a.txt", [b"a"]))
    with pytest.raises(Invalid):
        attach_file(office, anna, ref, "nope", receive_file(office, "a.txt", [b"a"]))


def test_a_list_filters_sorts_and_goes_on(office: Office) -> None:
    sums = ["10", "9", "100", "2", None]
    refs = [entered(office, sum=one, subject="02" if one == "2" else "01.01.01") for one in sums]
    anna = acting(office, "anna")

    def listed(filter: CardFilter, limit: int = 50) -> list[str]:
        found, cursor = [], None
        with office.database.reading() as session:
            while True:
                part = list_cards(office, session, anna, "letter", manner(office), filter, cursor=cursor, limit=limit)
                found += [row.ref for row in part.rows]
                cursor = part.cursor
                if cursor is None:
                    return found

    assert listed(CardFilter(), limit=2) == refs[::-1]
    by_sum = [refs[3], refs[1], refs[0], refs[2]]
    assert listed(CardFilter(sort="sum"), limit=1) == [*by_sum, refs[4]]  # without a sum: last, whichever way
    assert listed(CardFilter(sort="-sum"), limit=3) == [*by_sum[::-1], refs[4]]
    assert listed(CardFilter(fields={"subject": "01"})) == [refs[4], refs[2], refs[1], refs[0]]
    assert listed(CardFilter(fields={"kind": "thanks"})) == []
    assert listed(CardFilter(words="претенз", states=("received",), sort="title"), limit=2) == refs
    register(office, anna, refs[2], 1)
    assert listed(CardFilter(words="lt-2026")) == [refs[2]]
    with office.database.reading() as session:
        row = list_cards(office, session, anna, "letter", manner(office)).rows[0]
        assert row.cells["subject"] == "Свежесть"
        for wrong in (CardFilter(sort="text"), CardFilter(fields={"nope": "1"})):
            with pytest.raises(Invalid):
                list_cards(office, session, anna, "letter", manner(office), wrong)
        with pytest.raises(Invalid):
            list_cards(office, session, anna, "letter", manner(office), cursor="garbage")


def test_expressions_read_the_card_lazily(office: Office) -> None:
    ref = in_work(office)
    context = CardContext(office)
    said: list[str] = []

    def act(work: Any) -> None:
        subject = f"card:{card_id(office, ref)}"
        event.listen(office.database.pool, "before_cursor_execute", lambda *args: said.append(args[2]))
        roots = context.roots(work, MACHINE, subject)
        assert said == []
        card = roots["card"]
        assert card["executor"] == "boris"
        assert card["subject"] == "01.01.01"
        assert card["subject_item"]["harm"] == 3
        assert card["sender"]["mail"] == "clara@example.org"
        assert (card["number"], card["state"], card["sum"]) == ("LT-2026/00001", "in_work", None)
        assert card["due"].isoformat() == "2026-12-01"
        assert context.revision(work, subject) == 4
        assert context.unit_id(work, subject) is not None
        assert context.roots(work, MACHINE, None) == {}

    office.database.run(act)


def test_a_due_day_ends_when_the_organisation_s_day_ends(office: Office) -> None:
    ref = in_work(office)
    due = page(office, "greta", ref).due_at
    assert due is not None
    assert due.isoformat() == "2026-12-01T20:59:59+00:00"


def test_a_draft_is_its_owner_s_only_and_goes_with_the_card(office: Office, clock: ManualClock) -> None:
    anna = acting(office, "anna")
    save_draft(office, anna, "new:letter", {"text": "недопис"})
    clock.move(timedelta(minutes=1))
    save_draft(office, anna, "new:letter", {"text": "недописано"})
    with office.database.reading() as session:
        kept = draft(session, anna, "new:letter")
        assert kept is not None and kept.values == {"text": "недописано"}
        assert draft(session, acting(office, "dmitri"), "new:letter") is None
    new = NewCard("letter", VALUES, draft="new:letter")
    office.database.run(lambda work: create_card_in(office, work, anna, new))
    with office.database.reading() as session:
        assert draft(session, anna, "new:letter") is None
