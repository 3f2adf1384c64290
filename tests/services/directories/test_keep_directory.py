"""Anna keeps the directory; Boris heads a unit; Clara has her own items; Dmitri keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.store.models import Audit
from services.accounts.actors import INSTALLER, actor_of
from services.accounts.create_account import NewAccount, create_account
from services.accounts.principals import principal_id
from services.bootstrap import Office
from services.directories.add_item import MINE, add_item
from services.directories.change_directory import DirectoryFacts, change_directory, make_directory
from services.directories.change_item import change_item
from services.directories.close_item import close_item, reopen_item
from services.directories.delete_item import delete_item
from services.directories.import_directory import import_directory, preview_import
from services.directories.models import DirectoryItem
from services.directories.queries import (
    ItemPage,
    children,
    directory_list,
    directory_page,
    export_directory,
    item_page,
    items,
    search_items,
)
from services.directories.rules import ItemFacts
from services.organisation.units import add_unit_in, unit_by_code

DAY = date(2026, 11, 22)
NAMES = {"en": "Subjects"}
TREE = b"code,parent,name_en\n01,,Goods\n01.01,01,Bread\n01.01.01,01.01,Mould\n02,,Staff\n"


@dataclass
class Cast:
    """The office and the four."""

    office: Office

    def __getitem__(self, who: str) -> Actor:
        with self.office.database.reading() as session:
            return actor_of(self.office, session, who)

    def item(self, code: str, who: str = "anna") -> ItemPage:
        with self.office.database.reading() as session:
            return item_page(self.office, session, self[who], "subjects", code, "en", DAY)

    def level(self, parent: str | None, who: str = "anna", *, closed: bool = False) -> list[str]:
        with self.office.database.reading() as session:
            found = children(session, "subjects", parent, "en", DAY, viewer=self[who], closed=closed)
            return [one.code for one in found]

    def found(self, words: str, who: str = "anna") -> list[str]:
        with self.office.database.reading() as session:
            return [one.code for one in search_items(session, "subjects", words, "en", DAY, viewer=self[who])]

    def facts(self, code: str) -> ItemFacts:
        page = self.item(code)
        return ItemFacts(page.names, page.parent, page.view.custodian, page.valid_from, page.valid_to, page.view.data)


@pytest.fixture
def cast(office: Office) -> Cast:
    def people(work):
        for code, above in (("north", None), ("shop", "north"), ("south", None)):
            add_unit_in(office, work, INSTALLER, code, {"en": code}, parent=above)
        principal_id(work.session, "group", "keepers", {})

    office.database.run(people)
    for login, unit in (("anna", None), ("boris", "north"), ("clara", "shop"), ("dmitri", "south")):
        groups = ("keepers",) if login == "anna" else ()
        create_account(office, INSTALLER, NewAccount(login, login.title(), unit=unit, groups=groups))

    def head(work):
        unit_by_code(work.session, "north").head_id = actor_of(office, work.session, "boris").account_id

    office.database.run(head)
    make_directory(office, INSTALLER, "subjects", DirectoryFacts(NAMES, stewards=("keepers",)))
    import_directory(office, INSTALLER, "subjects", TREE)
    return Cast(office)


def test_a_steward_adds_an_item_below_another(cast: Cast) -> None:
    add_item(cast.office, cast["anna"], "subjects", "01.02", ItemFacts({"en": "Milk", "ru": "Молоко"}, parent="01"))
    assert cast.level("01") == ["01.01", "01.02"]
    assert cast.item("01.02").trail == (("01", "Goods"),)
    assert cast.found("goods молоко") == ["01.02"]
    add_item(cast.office, cast["anna"], "subjects", "02.01", ItemFacts({"en": "Rude"}, parent="02"))
    assert not cast.item("02").view.leaf


def test_nobody_else_may(cast: Cast) -> None:
    for who in ("boris", "dmitri"):
        with pytest.raises(NotAllowed, match="directory-keep"):
            add_item(cast.office, cast[who], "subjects", "03", ItemFacts({"en": "Own"}))
        with pytest.raises(NotAllowed):
            change_item(cast.office, cast[who], "subjects", "02", ItemFacts({"en": "Mine"}), 1)
        with pytest.raises(NotAllowed):
            delete_item(cast.office, cast[who], "subjects", "02")
        with pytest.raises(NotAllowed):
            import_directory(cast.office, cast[who], "subjects", TREE)
        assert not cast.item("02", who).may_change
    with pytest.raises(NotAllowed, match="admin-only"):
        make_directory(cast.office, cast["anna"], "more", DirectoryFacts(NAMES))
    with pytest.raises(NotFound):
        add_item(cast.office, cast["anna"], "nothing", "03", ItemFacts({"en": "Own"}))


def test_a_renamed_item_carries_its_name_down_the_tree(cast: Cast) -> None:
    change_item(cast.office, cast["anna"], "subjects", "01", replace(cast.facts("01"), names={"en": "Wares"}), 1)
    assert cast.found("wares mould") == ["01.01.01"]
    assert cast.found("goods") == []


def test_a_moved_item_takes_everything_below_with_it_and_never_stands_below_itself(cast: Cast) -> None:
    change_item(cast.office, cast["anna"], "subjects", "01.01", replace(cast.facts("01.01"), parent="02"), 1)
    assert cast.item("01.01.01").trail == (("02", "Staff"), ("01.01", "Bread"))
    assert (cast.item("01").view.leaf, cast.item("02").view.leaf) == (True, False)
    with pytest.raises(Invalid) as refused:
        change_item(cast.office, cast["anna"], "subjects", "02", replace(cast.facts("02"), parent="01.01.01"), 1)
    assert refused.value.fields["parent"][0] == "item-below-itself"
    exported = export(cast)
    import_directory(cast.office, cast["anna"], "subjects", exported)
    assert export(cast) == exported


def export(cast: Cast) -> bytes:
    with cast.office.database.reading() as session:
        return export_directory(session, "subjects")


def test_items_keep_the_order_they_are_given(cast: Cast) -> None:
    for code in ("03", "04"):
        add_item(cast.office, cast["anna"], "subjects", code, ItemFacts({"en": code}))
    change_item(cast.office, cast["anna"], "subjects", "04", replace(cast.facts("04"), place=2), 1)
    assert cast.level(None) == ["01", "04", "02", "03"]
    assert cast.item("04").place == 2


def test_the_second_saver_is_told(cast: Cast) -> None:
    facts = cast.facts("02")
    assert change_item(cast.office, cast["anna"], "subjects", "02", replace(facts, names={"en": "People"}), 1) == 2
    with pytest.raises(Conflict, match="item-changed"):
        change_item(cast.office, INSTALLER, "subjects", "02", replace(facts, names={"en": "Persons"}), 1)
    assert change_item(cast.office, cast["anna"], "subjects", "02", cast.facts("02"), 2) == 2


def test_a_closed_item_keeps_its_name_and_is_offered_no_more(cast: Cast) -> None:
    close_item(cast.office, cast["anna"], "subjects", "01")
    close_item(cast.office, cast["anna"], "subjects", "01")
    assert cast.level(None) == ["02"]
    assert cast.level(None, closed=True) == ["01", "02"]
    assert cast.found("mould") == []  # what stands below a closed one cannot be chosen either
    with cast.office.database.reading() as session:
        known = items(session, "subjects", ["01", "01.01.01"], "en", DAY)
    assert {(one.name, one.open) for one in known.values()} == {("Goods", False), ("Mould", False)}
    reopen_item(cast.office, cast["anna"], "subjects", "01")
    assert cast.level(None) == ["01", "02"]


def test_an_unused_item_is_deleted_but_not_one_with_others_below(cast: Cast) -> None:
    with pytest.raises(Conflict, match="item-has-children"):
        delete_item(cast.office, cast["anna"], "subjects", "01.01")
    delete_item(cast.office, cast["anna"], "subjects", "01.01.01")
    assert cast.item("01.01").view.leaf
    with pytest.raises(NotFound):
        delete_item(cast.office, cast["anna"], "subjects", "01.01.01")


def test_a_person_keeps_own_items_and_a_head_those_of_the_unit(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        add_item(cast.office, cast["clara"], "subjects", "", ItemFacts({"en": "Typical"}), owner=MINE)
    with cast.office.database.reading() as session:
        revision = directory_page(cast.office, session, INSTALLER, "subjects", "en").revision
    change_directory(cast.office, INSTALLER, "subjects", DirectoryFacts(NAMES, scope="personal"), revision)
    own = add_item(cast.office, cast["clara"], "subjects", "", ItemFacts({"en": "Typical"}, parent="01"), owner=MINE)
    assert own in cast.level("01", "clara")
    assert own not in cast.level("01", "boris")
    assert cast.found("typical", "dmitri") == []
    with pytest.raises(NotFound):
        change_item(cast.office, cast["dmitri"], "subjects", own, ItemFacts({"en": "Mine"}), 1)
    change_directory(cast.office, INSTALLER, "subjects", DirectoryFacts(NAMES, scope="unit"), revision + 2)
    ours = add_item(cast.office, cast["boris"], "subjects", "", ItemFacts({"en": "Ours"}), owner="north")
    assert ours in cast.level(None, "clara")  # her unit stands below Boris's
    assert ours not in cast.level(None, "dmitri")
    with pytest.raises(NotFound):
        close_item(cast.office, cast["clara"], "subjects", ours)
    with pytest.raises(NotAllowed):
        add_item(cast.office, cast["boris"], "subjects", "", ItemFacts({"en": "Theirs"}), owner="south")
    assert ours.encode() not in export(cast)


def test_a_file_is_looked_at_before_it_is_taken(cast: Cast) -> None:
    file = b"code,parent,name_en,valid_to\n01,,Goods,\n01.01,01,Loaves,\n02,,Staff,2026-01-01\n05,01.01.01,New,\n"
    with cast.office.database.reading() as session:
        seen = preview_import(cast.office, session, cast["anna"], "subjects", file)
    assert {(one.what, one.code) for one in seen.changes} == {("changed", "01.01"), ("closed", "02"), ("added", "05")}
    assert (seen.missing, seen.refused) == (1, False)  # 01.01.01 is open and not in the file
    done = import_directory(cast.office, cast["anna"], "subjects", file, revision=seen.revision, close_missing=True)
    assert ("closed", "01.01.01") in [(one.what, one.code) for one in done]
    assert cast.level(None) == ["01"]
    assert import_directory(cast.office, cast["anna"], "subjects", file) == []
    with pytest.raises(Conflict, match="directory-changed"):
        import_directory(cast.office, cast["anna"], "subjects", TREE, revision=seen.revision)
    with cast.office.database.reading() as session:
        wrong = preview_import(
            cast.office, session, cast["anna"], "subjects", b"code,parent,name_en\n01,01.01.01,Goods\n09,x,X\n"
        )
    assert {(found.code, found.line) for found in wrong.findings} >= {
        ("directory-cycle", 2),
        ("directory-parent-missing", 3),
    }


def test_what_is_typed_is_checked(cast: Cast) -> None:
    long = ItemFacts({"en": "x" * 10_000}, valid_from=DAY, valid_to=date(2020, 1, 1))
    with pytest.raises(Invalid) as refused:
        add_item(cast.office, cast["anna"], "subjects", "09", long)
    assert {key: code for key, (code, _) in refused.value.fields.items()} == {
        "name_en": "too-long",
        "valid_to": "ends-before-it-begins",
    }
    for code in ("=1", "a b", "x" * 65, "a/b"):
        with pytest.raises(Invalid):
            add_item(cast.office, cast["anna"], "subjects", code, ItemFacts({"en": "x"}))
    with pytest.raises(Conflict, match="item-code-taken"):
        add_item(cast.office, cast["anna"], "subjects", "01", ItemFacts({"en": "x"}))
    with pytest.raises(Invalid):
        add_item(cast.office, cast["anna"], "subjects", "09", ItemFacts({"en": "x"}, parent="nope"))


def test_every_change_is_told_and_a_repeated_request_changes_nothing(cast: Cast) -> None:
    anna = replace(cast["anna"], request_id="once-1")
    first = add_item(cast.office, anna, "subjects", "", ItemFacts({"en": "Once"}))
    assert add_item(cast.office, anna, "subjects", "", ItemFacts({"en": "Once"})) == first
    close_item(cast.office, cast["anna"], "subjects", first)
    delete_item(cast.office, cast["anna"], "subjects", first)
    with cast.office.database.reading() as session:
        told = session.scalars(select(Audit.action).where(Audit.object_ref == "directory:subjects").order_by(Audit.id))
        assert list(told) == [
            "directory.made",
            "directory.imported",
            "directory.item-added",
            "directory.item-closed",
            "directory.item-deleted",
        ]
        listed = directory_list(cast.office, session, cast["anna"], "en")
        assert [(one.code, one.name, one.items, one.may_keep) for one in listed] == [("subjects", "Subjects", 4, True)]
        assert session.scalar(select(DirectoryItem.id).where(DirectoryItem.code == first)) is None
