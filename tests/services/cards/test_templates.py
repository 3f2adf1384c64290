"""Anna keeps a template; Eva's store gets one of its own; a copy and a card on the basis of another start as they should."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from engine.deployment.bundle import Bundle
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.bootstrap import Office
from services.cards.card_templates import Scope, rights_of, template_page, templates_for
from services.cards.create_card import NewCard, create_card_in
from services.cards.keep_template import Template, add_template, change_template, drop_template
from services.cards.linked_cards import linked_cards
from services.cards.models import Card, CardTemplate
from services.cards.queries import card_page, creatable_types, new_card_form
from services.cards.starting_values import Start
from services.fields import Manner
from services.organisation.models import Unit
from services.solutions.read_card_type import read_card_type
from tests.services.letters import CARD, MANIFEST, RU, acting, letters, put_on_shelf, register, settle_cast

STARTS = """
[template.thanks]
values = { kind = "thanks", text = '= user.name + ", спасибо"' }
[basis.letter]
fields = { text = "number", subject = "subject", sender = "sender", passport = "passport", sum = "text" }
link = "repeat_of"
"""
CLARA = {"name": "Клара", "mail": "clara@example.org"}


def with_starts() -> Bundle:
    files = dict(letters().files)
    files["cards/letter.toml"] = (CARD + STARTS).encode()
    files["solution.toml"] = MANIFEST.replace(
        'clerk = { may = ["create:letter"] }',
        'clerk = { may = ["create:letter"] }\nkeeper = { may = ["create:letter", "templates"] }',
    ).encode()
    for language in ("ru", "en"):
        files[f"texts/{language}.toml"] = (RU + '[card.letter.template]\nthanks = "Благодарность"\n').encode()
    return Bundle("letters", files)


@pytest.fixture(autouse=True)
def cast(office: Office) -> None:
    """Tamara keeps the organisation's templates; Fedor, of store 101, is a clerk whom Zoya's 101 templates reach."""
    put_on_shelf(office, with_starts())
    settle_cast(office)
    for login, groups, unit in (
        ("tamara", ("keeper",), None),
        ("fedor", ("clerk",), "101"),
        ("zoya", ("clerk",), "101"),
    ):
        create_account(office, INSTALLER, NewAccount(login, login.title(), groups=groups, unit=unit))

    def heads(work: Any) -> None:
        zoya = acting(office, "zoya").account_id
        work.session.scalars(select(Unit).where(Unit.code == "101")).one().head_id = zoya

    office.database.run(heads)


def manner(office: Office) -> Manner:
    return Manner("ru", now=office.clock.now())


def keeps(office: Office, who: str, name: str, scope: Scope = "own", unit: str = "", **values: Any) -> str:
    return add_template(office, acting(office, who), Template("letter", name, scope, unit, values), manner(office))


def offered(office: Office, who: str) -> list[str]:
    with office.database.reading() as session:
        actor = acting(office, who)
        types = creatable_types(office, session, actor)
        return [row.name for row in templates_for(office, session, actor, types, "ru")]


def filled(office: Office, who: str, **start: str) -> dict[str, Any]:
    with office.database.reading() as session:
        groups = new_card_form(office, session, acting(office, who), "letter", manner(office), Start(**start))
        return {one.key: one.typed for group in groups for one in group.fields if one.typed is not None}


def entered(office: Office, basis: str = "", **values: Any) -> str:
    given = {"kind": "claim", "text": "Просрочено", "subject": "01.01.01", "sender": CLARA, "passport": "4510"} | values
    new = NewCard("letter", given, basis=basis)
    return office.database.run(lambda work: create_card_in(office, work, acting(office, "anna"), new).ref)


def test_a_template_is_for_oneself_a_unit_or_everybody(office: Office) -> None:
    mine = keeps(office, "anna", "Моё", kind="claim", text="Уважаемые коллеги")
    keeps(office, "zoya", "Магазину", "unit", "101", kind="thanks")
    keeps(office, "tamara", "Всем", "organisation", subject="01.01.01")

    assert offered(office, "anna") == ["Благодарность", "Всем", "Моё"]
    assert offered(office, "fedor") == ["Благодарность", "Всем", "Магазину"]
    assert offered(office, "tamara") == ["Благодарность", "Всем"]
    assert offered(office, "dmitri") == []
    assert filled(office, "anna", template=mine) == {"kind": "claim", "text": "Уважаемые коллеги"}
    assert filled(office, "anna", template="file:thanks") == {"kind": "thanks", "text": "Анна, спасибо"}
    for who, scope, unit in (("anna", "organisation", ""), ("fedor", "unit", "101"), ("zoya", "unit", "102")):
        with pytest.raises(NotAllowed, match="template-scope"):
            keeps(office, who, "Чужое", scope, unit)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="card-create"):
        keeps(office, "boris", "Не моё дело")
    for who in ("fedor", "tamara"):
        with pytest.raises(NotFound, match="template-not-found"):
            filled(office, who, template=mine)
    with office.database.reading() as session:
        assert rights_of(office, session, acting(office, "zoya"), "ru").units == (("101", "Магазин 101"),)


def test_what_is_personal_stays_out_and_names_are_asked_for(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        keeps(office, "anna", " ", passport="4510", sum="много")
    assert {key: code for key, (code, _) in refused.value.fields.items()} == {
        "name": "required",
        "passport": "not-in-template",
        "sum": "not-a-number",
    }
    with pytest.raises(Invalid):
        keeps(office, "anna", "x" * 200)
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CardTemplate)) == 0


def test_it_is_mended_by_whoever_may_and_thrown_away(office: Office) -> None:
    ref = keeps(office, "zoya", "Магазину", "unit", "101", kind="thanks")
    better = Template("letter", "Всему магазину", "unit", "101", {"kind": "claim"})
    with pytest.raises(NotFound):
        change_template(office, acting(office, "fedor"), ref, better, 1, manner(office))
    change_template(office, acting(office, "zoya"), ref, better, 1, manner(office))
    with pytest.raises(Conflict, match="template-changed"):
        change_template(office, acting(office, "zoya"), ref, better, 1, manner(office))
    assert filled(office, "fedor", template=ref) == {"kind": "claim"}
    with office.database.reading() as session:
        with pytest.raises(NotFound):
            template_page(office, session, acting(office, "fedor"), ref)
        assert template_page(office, session, acting(office, "zoya"), ref).revision == 2
    with pytest.raises(NotFound):
        drop_template(office, acting(office, "fedor"), ref)
    drop_template(office, acting(office, "zoya"), ref)
    assert offered(office, "fedor") == ["Благодарность"]


def test_a_copy_starts_with_what_is_seen_of_a_card(office: Office) -> None:
    ref = entered(office, due="2026-12-01", sum="5")

    copied = filled(office, "anna", copy=ref)
    assert (copied["text"], copied["kind"], copied["passport"], copied["sum"]) == ("Просрочено", "claim", "4510", "5")
    assert "due" not in copied
    for who, one in (("tamara", ref), ("anna", "nothing")):
        with pytest.raises(NotFound, match="card-not-found"):
            filled(office, who, copy=one)


def test_a_card_on_the_basis_of_another_takes_its_fields_and_is_linked(office: Office) -> None:
    ref = entered(office)
    number = register(office, acting(office, "anna"), ref, 1)

    start = filled(office, "anna", basis=ref)
    assert (start["text"], start["passport"]) == (number, "4510")
    assert "sum" not in start  # a text is no number
    with office.database.reading() as session:
        page = card_page(office, session, acting(office, "anna"), ref, manner(office))
    assert page.may_copy and page.bases == (("letter", "Письмо"),)
    made = entered(office, basis=ref)
    with office.database.reading() as session:
        made_id = session.scalars(select(Card.id).where(Card.ref == made)).one()
        links = linked_cards(office, session, acting(office, "anna"), made_id, manner(office))
    assert ("repeat_of", False) in {(one.kind, one.back) for one in links}
    with pytest.raises(NotFound):
        entered(office, basis="nothing")


def test_what_is_wrong_in_the_file_is_named(office: Office) -> None:
    import tomllib

    raw = tomllib.loads(
        CARD
        + """
[template.bad]
values = { kind = "nonsense", passport = "1", nowhere = "x" }
[basis.letter]
fields = { nowhere = "text" }
link = "cousin_of"
"""
    )
    _, findings = read_card_type(raw, "cards/letter.toml")
    assert {one.code for one in findings} == {"card-field-unknown", "template-field", "basis-link"}
