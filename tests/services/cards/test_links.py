"""Anna says which letter answers which; both ends show it, Dmitri sees neither end of what is foreign to him."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from engine.actor import MACHINE
from engine.errors import Invalid, NotAllowed, NotFound, ScriptFailed
from engine.operations import Call
from engine.store.models import Audit
from services.bootstrap import Office
from services.cards.link_cards import Link, link_cards, link_cards_in, unlink_cards
from services.cards.linked_cards import Graph, LinkRow, card_graph, find_cards, linked_cards
from services.operations.card_link import card_link
from tests.services.cards.test_cards import card_id, cast, entered, manner
from tests.services.letters import acting, register

__all__ = ["cast"]  # the people and the solution of the office


def alone(office: Office, name: str, **values: object) -> str:
    """A letter from somebody nobody else is: nothing is linked by itself."""
    return entered(office, sender={"name": name, "mail": f"{name}@example.org"}, **values)


def linked(office: Office, ref: str, other: str, kind: str, *, back: bool = False, who: str = "anna") -> None:
    link_cards(office, acting(office, who), ref, Link(other, kind, back))


def links(office: Office, ref: str, who: str = "anna") -> tuple[LinkRow, ...]:
    with office.database.reading() as session:
        return linked_cards(office, session, acting(office, who), card_id(office, ref), manner(office))


def graph(office: Office, ref: str, who: str = "anna") -> Graph:
    with office.database.reading() as session:
        return card_graph(office, session, acting(office, who), card_id(office, ref), manner(office))


def why_refused(office: Office, ref: str, other: str, kind: str, *, back: bool = False) -> dict[str, str]:
    with pytest.raises(Invalid, match="link-refused") as error:
        linked(office, ref, other, kind, back=back)
    return {key: code for key, (code, _) in error.value.fields.items()}


def statements(office: Office, ref: str) -> int:
    said: list[str] = []
    hear = lambda *args: said.append(args[2])  # noqa: E731
    id, anna = card_id(office, ref), acting(office, "anna")
    event.listen(office.database.pool, "before_cursor_execute", hear)
    with office.database.reading() as session:
        linked_cards(office, session, anna, id, manner(office))
        card_graph(office, session, anna, id, manner(office))
    event.remove(office.database.pool, "before_cursor_execute", hear)
    return len(said)


def test_both_ends_show_a_link_and_so_does_the_audit(office: Office) -> None:
    question, answer = alone(office, "one"), alone(office, "two")

    linked(office, answer, question, "answer_to")

    (here,), (there,) = links(office, answer), links(office, question)
    assert (here.kind, here.back, here.other.ref, here.made_by) == ("answer_to", False, question, "Анна")
    assert (there.kind, there.back, there.other.ref, there.made_at) == ("answer_to", True, answer, office.clock.now())
    with office.database.reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "card.linked").order_by(Audit.id)).all()
        assert {row.object_ref for row in rows} == {f"card:{card_id(office, ref)}" for ref in (question, answer)}
        assert [row.details["other"] for row in rows] == [question, answer]

    unlink_cards(office, acting(office, "anna"), question, Link(answer, "answer_to", back=True))
    unlink_cards(office, acting(office, "anna"), question, Link(answer, "answer_to", back=True))
    assert links(office, answer) == links(office, question) == ()
    with office.database.reading() as session:
        assert len(session.scalars(select(Audit).where(Audit.action == "card.unlinked")).all()) == 2


def test_what_makes_no_sense_is_refused(office: Office) -> None:
    a, b, c = (alone(office, name) for name in "abc")
    linked(office, a, b, "duplicate_of")
    linked(office, b, c, "duplicate_of")
    linked(office, a, b, "related")

    assert why_refused(office, a, a, "related") == {"other": "link-to-itself"}
    assert why_refused(office, a, b, "duplicate_of") == {"other": "link-exists"}
    assert why_refused(office, b, a, "related") == {"other": "link-exists"}
    assert why_refused(office, c, a, "duplicate_of") == {"other": "link-circle"}
    assert why_refused(office, a, c, "duplicate_of", back=True) == {"other": "link-circle"}
    assert why_refused(office, a, b, "friend") == {"kind": "link-kind"}
    assert why_refused(office, a, "nothing", "related") == {"other": "no-such-card"}
    linked(office, c, a, "annex_of")


def test_only_who_may_change_or_link_does_and_what_is_foreign_is_missing(office: Office) -> None:
    mine, other, foreign = alone(office, "m"), alone(office, "o"), alone(office, "f", store="102")
    for ref in (mine, other, foreign):
        register(office, acting(office, "anna"), ref, 1)

    with pytest.raises(NotAllowed, match="card-link"):
        linked(office, mine, other, "related")  # registered: Anna only looks
    with pytest.raises(NotFound):
        linked(office, mine, other, "related", who="dmitri")
    with pytest.raises(Invalid) as error:
        unlink_cards(office, acting(office, "greta"), mine, Link("nothing", "related"))
    assert error.value.fields["other"][0] == "no-such-card"
    linked(office, mine, other, "related", who="greta")
    linked(office, other, foreign, "related", who="greta")

    assert {row.other.ref for row in links(office, other, "greta")} == {foreign, mine}
    assert [row.other.ref for row in links(office, other, "eva")] == [mine]  # Eva of store 101
    assert [node.card.ref for node in graph(office, mine, "eva").nodes] == [mine, other]
    assert len(graph(office, mine, "greta").nodes) == 3
    with office.database.reading() as session:
        eva = acting(office, "eva")
        assert find_cards(office, session, eva, "LT-2026", manner(office)) and all(
            one.ref != foreign for one in find_cards(office, session, eva, "LT-2026", manner(office))
        )
        found = find_cards(office, session, acting(office, "greta"), "00001", manner(office), but=other)
        assert [one.ref for one in found] == [mine]
        assert find_cards(office, session, acting(office, "greta"), "%", manner(office)) == []


def test_a_foreign_card_is_not_passed_through(office: Office) -> None:
    near, foreign, far = alone(office, "n"), alone(office, "f", store="102"), alone(office, "x")
    for ref in (near, foreign, far):
        register(office, acting(office, "anna"), ref, 1)
    linked(office, near, foreign, "basis", who="greta")
    linked(office, foreign, far, "basis", who="greta")

    assert [node.card.ref for node in graph(office, near, "eva").nodes] == [near]
    assert graph(office, near, "eva").edges == ()


def test_a_graph_is_cut_and_costs_the_same(office: Office) -> None:
    root, first = alone(office, "root"), alone(office, "first")
    linked(office, first, root, "basis")
    few = statements(office, root)
    refs = [alone(office, f"n{number}") for number in range(45)]

    def tie(work: object) -> None:
        for ref in refs:
            link_cards_in(office, work, MACHINE, card_id(office, ref), card_id(office, root), "basis")  # type: ignore[arg-type]

    office.database.run(tie)

    drawn = graph(office, root)
    assert (len(drawn.nodes), drawn.cut, len(drawn.edges)) == (40, True, 39)
    assert statements(office, root) == few


def test_a_process_links_by_number_and_does_it_once(office: Office) -> None:
    ref, other = alone(office, "p"), alone(office, "q")
    number = register(office, acting(office, "anna"), other, 1)
    operation = card_link(office)

    def call(work: object, **inputs: object) -> Call:
        return Call(
            actor=MACHINE, subject_ref=f"card:{card_id(office, ref)}", solution="letters", deployment_id=1,
            instance_id=1, element="step", token="t1", inputs=inputs, once_key="1:t1", now=office.clock.now(),
            work=work,  # type: ignore[arg-type]
        )  # fmt: skip

    for _ in range(2):
        office.database.run(lambda work: operation.run(call(work, to=number, kind="answer_to")))
    (row,) = links(office, ref)
    assert (row.kind, row.other.number, row.made_by) == ("answer_to", number, "")
    with pytest.raises(ScriptFailed, match="card-named-unknown"):
        office.database.run(lambda work: operation.run(call(work, to="LT-0", kind="answer_to")))
