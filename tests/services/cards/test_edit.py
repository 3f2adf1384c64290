"""Anna and Greta have the same letter open: what one saves is never silently lost by the other's saving."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from services.bootstrap import Office
from services.cards.change_card import change_card
from services.cards.create_card import NewCard, create_card_in
from services.cards.drafts import card_draft, draft, save_draft
from services.cards.edit_card import CardClash, Edit, Edited, edit_card
from services.cards.models import Card
from services.cards.rules import merge, unsettled, wanted
from services.cards.values import plain
from services.fields import Manner
from tests.services.cards.test_cards import VALUES, cast, entered, in_work, manner, page
from tests.services.letters import acting, register

__all__ = ["cast"]  # the people and the solution of the office


def edited(office: Office, who: str, ref: str, revision: int, values: dict[str, Any], **more: Any) -> Edited:
    request_id = more.pop("request_id", None)
    return edit_card(office, acting(office, who, request_id), ref, Edit(values, revision, **more), manner(office))


def shown(office: Office, ref: str, key: str, who: str = "anna") -> str:
    field = page(office, who, ref).field(key)
    assert field is not None
    return field.shown


def test_what_only_one_changed_comes_together(office: Office) -> None:
    ref = entered(office)
    edited(office, "anna", ref, 1, {"text": "Первый", "sum": "5"})

    done = edited(office, "anna", ref, 1, {"text": VALUES["text"], "sum": "", "store": "102"})

    assert (done.revision, done.who, done.beside) == (3, "Анна", ("Текст", "Сумма"))
    assert [shown(office, ref, key) for key in ("text", "sum", "store")] == ["Первый", "5", "Магазин 102"]


def test_where_both_wrote_somebody_chooses(office: Office) -> None:
    ref = entered(office)
    edited(office, "anna", ref, 1, {"text": "Её", "sum": "5"})
    mine = {"text": "Моё", "sum": "7", "store": "102"}

    with pytest.raises(CardClash) as clash:
        edited(office, "anna", ref, 1, mine)
    rows = {row.key: (row.by, row.before, row.theirs, row.mine) for row in clash.value.rows}
    assert rows == {
        "text": ("both", "Просрочено", "Её", "Моё"),
        "sum": ("both", "", "5", "7"),
        "store": ("mine", "Магазин 101", "Магазин 101", "Магазин 102"),
    }
    assert (clash.value.params["who"], clash.value.params["revision"]) == ("Анна", 2)

    with pytest.raises(CardClash):
        edited(office, "anna", ref, 1, mine, choices={"text": "mine", "sum": "perhaps"}, seen=2)
    choices = {"text": "mine", "sum": "theirs"}
    assert edited(office, "anna", ref, 1, mine, choices=choices, seen=2).revision == 3
    assert [shown(office, ref, key) for key in ("text", "sum", "store")] == ["Моё", "5", "Магазин 102"]


def test_a_choice_does_not_hold_for_what_a_third_saved_since(office: Office) -> None:
    ref = entered(office)
    edited(office, "anna", ref, 1, {"text": "Второй", "sum": "5"})
    edited(office, "anna", ref, 2, {"text": "Третий"})

    with pytest.raises(CardClash) as clash:
        edited(office, "anna", ref, 1, {"text": "Моё"}, choices={"text": "mine"}, seen=2)

    assert clash.value.params["revision"] == 3
    assert shown(office, ref, "text") == "Третий"


def test_the_same_saving_twice_is_done_once_and_takes_the_draft_along(office: Office) -> None:
    ref = entered(office)
    anna = acting(office, "anna")
    save_draft(office, anna, card_draft(ref), {"typed": {}, "revision": 1})

    first, again = (edited(office, "anna", ref, 1, {"sum": "8"}, request_id="r-1") for _ in range(2))

    assert first.revision == again.revision == 2
    with office.database.reading() as session:
        assert draft(session, anna, card_draft(ref)) is None


def test_a_wrong_value_a_revision_never_seen_and_a_new_party_described_twice(office: Office) -> None:
    ref = entered(office)
    edited(office, "anna", ref, 1, {"text": "Её"})

    with pytest.raises(Invalid) as refused:
        edited(office, "anna", ref, 1, {"sum": "много"})
    assert set(refused.value.fields) == {"sum"}
    for revision in (0, 7):
        with pytest.raises(Conflict, match="card-changed"):
            edited(office, "anna", ref, revision, {"text": "Моё"})
    edited(office, "anna", ref, 1, {"sender": {"name": "Новая"}})
    assert shown(office, ref, "sender") == "Новая"


def test_a_clash_shows_only_what_one_may_write(office: Office) -> None:
    ref = in_work(office)  # revision 4: only the executor writes, only the reply
    change_card(office, acting(office, "boris"), ref, {"reply": "<p>Раз</p>"}, 4)

    with pytest.raises(NotAllowed, match="card-fields"):
        edited(office, "boris", ref, 4, {"reply": "<p>Раз</p>", "text": "Чужое"})
    with pytest.raises(CardClash) as clash:
        edited(office, "boris", ref, 4, {"reply": "<p>Два</p>", "text": VALUES["text"]})
    assert [row.key for row in clash.value.rows] == ["reply"]
    with pytest.raises(NotFound):
        edited(office, "dmitri", ref, 4, {"reply": "<p>Два</p>"})


def test_who_may_not_write_any_more_is_told(office: Office) -> None:
    ref = entered(office)
    register(office, acting(office, "anna"), ref, 1)

    with pytest.raises(NotAllowed, match="card-fields"):
        edited(office, "anna", ref, 1, {"text": "Поздно"})


class Editors(RuleBasedStateMachine):
    """Two editors open, type, save and choose in any order; a model says whose words must stand."""

    office: Office

    @initialize()
    def begin(self) -> None:
        new = NewCard("letter", VALUES | {"sum": "0"})
        self.ref = self.office.database.run(
            lambda work: create_card_in(self.office, work, acting(self.office, "anna"), new).ref
        )
        self.open: dict[int, tuple[int, dict[str, str], dict[str, str]]] = {}
        self.stands = {"text": str(VALUES["text"]), "sum": "0", "store": "101"}
        self.revision = 1

    @rule(who=st.sampled_from((1, 2)))
    def opens(self, who: int) -> None:
        self.open[who] = (self.revision, dict(self.stands), dict(self.stands))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), key=st.sampled_from(("text", "sum", "store")), value=st.integers(1, 3))
    def types(self, data: st.DataObject, key: str, value: int) -> None:
        who = data.draw(st.sampled_from(sorted(self.open)))
        typed = {"text": f"Слова {value}", "sum": str(value), "store": "101" if value == 1 else "102"}[key]
        self.open[who][2][key] = typed

    @precondition(lambda self: self.open)
    @rule(data=st.data(), side=st.sampled_from(("theirs", "mine")))
    def saves(self, data: st.DataObject, side: str) -> None:
        who = data.draw(st.sampled_from(sorted(self.open)))
        start, seen_then, typed = self.open.pop(who)
        hers = {key for key in typed if typed[key] != seen_then[key]}
        others = {key for key in typed if self.stands[key] != seen_then[key]}
        clash = {key for key in hers & others if typed[key] != self.stands[key]}
        edit = Edit(typed, start)
        try:
            done = edit_card(self.office, acting(self.office, "anna"), self.ref, edit, self._manner)
            assert not clash
        except CardClash as asked:
            assert {row.key for row in asked.rows if row.by == "both"} == clash
            edit = Edit(typed, start, dict.fromkeys(clash, side), asked.params["revision"])
            done = edit_card(self.office, acting(self.office, "anna"), self.ref, edit, self._manner)
        taken = {key for key in hers if key not in clash or side == "mine"}
        self.stands |= {key: typed[key] for key in taken}
        self.revision = done.revision
        with self.office.database.reading() as session:
            card = session.query(Card).filter_by(ref=self.ref).one()
            now = plain(session, card.data)
        assert {key: str(now[key]) for key in self.stands} == self.stands

    @property
    def _manner(self) -> Manner:
        return manner(self.office)


def test_no_update_is_silently_lost(office: Office) -> None:
    class OfThisOffice(Editors):
        pass

    OfThisOffice.office = office
    run_state_machine_as_test(
        OfThisOffice,
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


VALUE = st.none() | st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2)
SHEET = st.fixed_dictionaries(dict.fromkeys("abc", VALUE))


@given(SHEET, SHEET, SHEET, st.sampled_from(("theirs", "mine")))
@settings(max_examples=300, deadline=None)
def test_every_field_goes_to_who_changed_it(
    start: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any], side: str
) -> None:
    found = merge(start, theirs, mine)
    choices = dict.fromkeys(found.both, side)
    assert not unsettled(found, choices, theirs, theirs)
    assert unsettled(found, {}, theirs, theirs) == found.both
    result = {**theirs, **{key: mine[key] for key in wanted(found, choices)}}
    for key in start:
        changed = [value[key] for value in (theirs, mine) if value[key] != start[key]]
        if not changed:
            assert result[key] == start[key]
        elif changed.count(changed[0]) == len(changed):
            assert result[key] == changed[0]
        else:
            assert result[key] == (mine if side == "mine" else theirs)[key]
